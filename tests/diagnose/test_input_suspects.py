"""Inputs that already differ before the decoder runs."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.input_suspects import suspect_inputs
from inspector.faults.edit import changed_inputs
from inspector.faults.registry import faults
from tests.blocks.seeded import SMALL
from tests.diagnose.searches import FRAMES, VALID, edit_of, pair_of, record
from tests.live.recorded import run_inputs

GIVEN = run_inputs(SMALL, FRAMES, valid=VALID)


def suspects(**inputs):
    """Suspects for a candidate that ran on other inputs, and what was logged."""
    lines = []
    pair = pair_of(record("ode", inputs={**GIVEN, **inputs}), "ode")
    entries = [f for _, f in faults().items()]
    return suspect_inputs(pair.reference, pair.candidate, entries, lines.append), lines


def test_the_same_inputs_are_no_suspects():
    found, lines = suspects()
    assert found == []
    assert lines == ["The recorded inputs of the decoder are the same on both sides."]


def test_other_noise_is_a_control():
    other = run_inputs(SMALL, FRAMES, seed=9)["x"]
    (found,), lines = suspects(x=other)
    assert (found.fault, found.kind, found.where) == ("other_noise", "control", ("x",))
    assert "initial noise differs" in lines[0]


def test_prompt_frames_masked_out_are_a_mistake():
    edit = edit_of("prompt_masked")
    (found,), _ = suspects(mask=changed_inputs(GIVEN, edit.inputs)["mask"])
    assert (found.fault, found.kind, found.where) == ("prompt_masked", "fault", ("mask",))
    assert found.evidence == "input"
    assert found.explained == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("fault", "name"),
    [("mask_inverted", "mask"), ("mask_not_passed", "mask"), ("mu_reread", "mu"),
     ("cond_reread", "cond"), ("prompt_missing", "cond"), ("speaker_missing", "speaker"),
     ("mu_one_frame_late", "mu"), ("noise_scale", "x"),
     ("noise_other_slice", "x"),
     ("x_reread", "x")],
)  # fmt: skip
def test_a_known_change_of_an_input_is_named(fault, name):
    changed = changed_inputs({**GIVEN, "step": np.array([0])}, edit_of(fault).inputs)[name]
    assert not np.array_equal(changed, GIVEN[name])
    (found,), _ = suspects(**{name: changed.astype(np.float32)})
    assert (found.fault, found.kind, found.where) == (fault, "fault", (name,))


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_inputs_rounded_to_half_precision_are_nothing(precision):
    unit = {"float16": 2.0**-11, "bfloat16": 2.0**-8}[precision]
    random = np.random.default_rng(1)
    rounded = {
        name: (GIVEN[name] * (1 + unit * random.uniform(-1, 1, GIVEN[name].shape))).astype("f4")
        for name in ("x", "mu", "cond", "speaker")
    }
    found, lines = suspects(**rounded)
    assert found == []
    assert sum(f"rounded to {precision}" in line for line in lines) == 4


def test_a_little_more_than_rounding_is_not_excused():
    (found,), lines = suspects(mu=GIVEN["mu"] * np.float32(1.02))
    assert (found.fault, found.kind) == ("input_mu", "fault")
    assert not any("rounded" in line for line in lines)


def test_an_input_of_unknown_origin_points_upstream():
    random = np.random.default_rng(2)
    other = (GIVEN["mu"] + 0.1 * random.standard_normal(GIVEN["mu"].shape)).astype(np.float32)
    (found,), _ = suspects(mu=other)
    assert (found.fault, found.kind, found.where) == ("input_mu", "fault", ("mu",))
    assert "upstream of the decoder" in found.sentence


def test_the_same_noise_with_a_disturbance_is_not_another_draw():
    random = np.random.default_rng(2)
    mixed = (0.8 * GIVEN["x"] + 0.6 * random.standard_normal(GIVEN["x"].shape)).astype(np.float32)
    (found,), _ = suspects(x=mixed)
    assert (found.fault, found.kind) == ("input_x", "fault")


def test_noise_of_another_size_is_not_another_draw():
    other = run_inputs(SMALL, FRAMES, seed=9)["x"] * np.float32(1.5)
    (found,), _ = suspects(x=other)
    assert found.kind == "fault"


def test_not_finite_inputs_are_a_mistake_without_numbers_that_look_good():
    broken = GIVEN["mu"].copy()
    broken[0, 3] = np.nan
    (found,), _ = suspects(mu=broken)
    assert (found.fault, found.kind) == ("input_mu", "fault")


def test_every_input_that_differs_is_named():
    edit = edit_of("prompt_masked")
    found, _ = suspects(
        x=run_inputs(SMALL, FRAMES, seed=9)["x"],
        mask=changed_inputs(GIVEN, edit.inputs)["mask"],
        mu=GIVEN["mu"] * np.float32(1.02),
    )
    assert {s.fault for s in found} == {"other_noise", "prompt_masked", "input_mu"}
