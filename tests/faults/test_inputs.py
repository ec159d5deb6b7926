"""Input faults as the decoder reads them."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.faults.edit import changed_inputs
from inspector.faults.registry import faults
from tests.faults.small_run import SMALL, given, healthy_and_faulty


def _inputs(key, condition=""):
    values = given(SMALL, condition)
    edit = faults()[key].apply(step_graph(SMALL))
    assert edit.graph == step_graph(SMALL)
    return values, changed_inputs(values, edit.inputs)


def test_masks():
    values, changed = _inputs("mask_not_passed")
    assert (changed["mask"] == 1).all()
    values, changed = _inputs("mask_inverted")
    assert np.array_equal(changed["mask"], 1 - values["mask"])
    values, changed = _inputs("prompt_masked")
    assert (changed["mask"][:, :4] == 0).all()
    assert np.array_equal(changed["mask"][:, 4:], values["mask"][:, 4:])


@pytest.mark.parametrize("name", ["mu", "cond", "x"])
def test_memory_in_the_wrong_order_keeps_its_values(name):
    values, changed = _inputs(f"{name}_reread")
    assert not np.array_equal(values[name], changed[name])
    assert np.array_equal(np.sort(values[name], axis=None), np.sort(changed[name], axis=None))


def test_prompt_and_speaker():
    values, changed = _inputs("prompt_holds_mask")
    assert (changed["cond"] == values["mask"]).all()
    assert (_inputs("prompt_missing")[1]["cond"] == 0).all()
    assert (_inputs("speaker_missing")[1]["speaker"] == 0).all()


def test_mu():
    values, changed = _inputs("mu_unrelated")
    ratio = changed["mu"].std() / values["mu"].std()
    assert 0.4 < ratio < 0.6
    values, changed = _inputs("mu_one_frame_late")
    assert np.array_equal(changed["mu"][:, 1:], values["mu"][:, :-1])


@pytest.mark.parametrize("key", ["noise_scale", "noise_other_slice", "other_noise"])
def test_noise_changes_at_the_start_only(key):
    values, changed = _inputs(key, "first_step")
    assert not np.array_equal(values["x"], changed["x"])
    for condition in ("", "later_step"):
        values, changed = _inputs(key, condition)
        assert np.array_equal(values["x"], changed["x"])


def test_a_state_in_half_precision_hardly_moves_the_velocity():
    for dtype, limit in (("float16", 1e-3), ("bfloat16", 1e-2)):
        healthy, faulty = healthy_and_faulty(f"state_{dtype}", SMALL)
        error = np.linalg.norm(faulty["velocity"] - healthy["velocity"])
        assert 0 < error / np.linalg.norm(healthy["velocity"]) < limit
