"""Codes, scales and biases become one tensor; everything else stays."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.quantised_weights import join_quantised
from tests.blocks.stored import records

mx = pytest.importorskip("mlx.core", reason="mlx is not installed")


def _quantised(values):
    return [np.array(x) for x in mx.quantize(mx.array(values), group_size=64, bits=4)]


def test_three_tensors_become_one():
    values = np.random.default_rng(0).standard_normal((4, 128)).astype(np.float32)
    packed, scales, biases = _quantised(values)
    bias = np.ones(4, np.float32)
    joined, note = join_quantised(
        records({"a.weight": packed, "a.scales": scales, "a.biases": biases, "a.bias": bias})
    )
    assert [(r.name, r.shape) for r in joined] == [("a.weight", (4, 128)), ("a.bias", (4,))]
    assert joined[0].dtype == "affine4 (groups of 64)"
    step = (values.reshape(4, 2, 64).max(-1) - values.reshape(4, 2, 64).min(-1)) / 15
    assert np.abs(joined[0].read() - values).max() < 1.1 * step.max()
    assert "1 weights are quantised" in note
    assert "affine4" in note


@pytest.mark.parametrize("lost", ["a.scales", "a.biases"])
def test_an_incomplete_group_stays_as_stored(lost):
    packed, scales, biases = _quantised(np.ones((4, 128), np.float32))
    stored = {"a.weight": packed, "a.scales": scales, "a.biases": biases}
    del stored[lost]
    joined, note = join_quantised(records(stored))
    assert {r.name for r in joined} == set(stored)
    assert note == ""


def test_shapes_that_fit_no_format_stay_as_stored():
    stored = {
        "a.weight": np.zeros((4, 7), np.uint32),
        "a.scales": np.zeros((4, 2), np.float32),
        "a.biases": np.zeros((4, 2), np.float32),
    }
    assert {r.name for r in join_quantised(records(stored))[0]} == set(stored)
