"""Layouts: axes that move, unit axes that go, never a value that changes."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.errors import UsageError
from inspector.suite.layouts import LAYOUTS, Form, forms_of
from inspector.suite.seeded import SMALL

GRAPH = step_graph(SMALL)
RESNET, INSIDE = (f"step01/decoder.estimator.mid_blocks.0.{p}" for p in ("0", "1.0.norm1"))
NAMES = {name: np.zeros((1, 3, 2)) for name in ("mu", RESNET, INSIDE)}


def turned(layout, seed=""):
    return [form.turned for form in forms_of(NAMES, GRAPH, layout, seed).values()]


def test_pytorch_turns_all_but_transformers_and_mlx_nothing():
    assert turned("torch") == [True, True, False]
    assert turned("column") == [True, True, False]
    assert turned("mlx") == turned("squeezed") == [False, False, False]


def test_mixed_turns_some_by_the_seed():
    found = [turned("mixed", str(seed)) for seed in range(20)]
    assert len({tuple(f) for f in found}) > 3
    assert found[0] == turned("mixed", "0")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_form_only_moves_elements(layout):
    array = np.arange(24.0).reshape(1, 6, 4)
    for form in forms_of(NAMES, GRAPH, layout, "1").values():
        stored = form.apply(array)
        assert sorted(stored.ravel()) == sorted(array.ravel())


def test_a_form_by_hand():
    array = np.arange(6.0).reshape(1, 3, 2)
    assert Form(turned=True, squeezed=True).apply(array).tolist() == [[0, 2, 4], [1, 3, 5]]
    assert Form(squeezed=True).apply(np.ones((2, 3))).shape == (2, 3)
    assert Form(column=True).apply(array).flags.f_contiguous


def test_an_unknown_layout_is_a_sentence():
    with pytest.raises(UsageError, match="one of torch, mlx"):
        forms_of(NAMES, GRAPH, "upside-down", "")
