"""What the recordings cannot show is said with the mistakes that it hides and a remedy."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.blind_spots import hidden_by
from inspector.diagnose.comparison import compare_traces
from inspector.faults.registry import faults
from tests import runs


def spots(run, other=None):
    candidate = run if other is None else other
    one = compare_traces(runs.trace(run, "reference"), runs.trace(candidate, "candidate"))
    return {spot.key: spot for spot in one.verdict.blind_spots}


def modules(run, *steps):
    """The run with the output of one block at some steps."""
    block = np.random.default_rng(4).standard_normal((1, 16, runs.FRAMES)).astype(np.float32)
    found = {f"step7_step{n}_down_blocks.0.0": block * n for n in steps}
    return {**run, **found}


@pytest.fixture(scope="module")
def run():
    return runs.healthy_run()


def test_a_mask_of_ones_hides_the_mistakes_of_the_mask(run):
    spot = spots(run)["full_mask"]
    assert len(spot.hidden) >= 8
    assert set(spot.hidden) == set(hidden_by("full_mask"))
    assert "padded" in spot.remedy


def test_a_padded_batch_has_no_such_blind_spot(run):
    mask = run["step7_mask_T"].copy()
    mask[..., -5:] = 0
    found = spots({**run, "step7_mask_T": mask})
    assert "full_mask" not in found
    assert "no_mask" not in found


def test_a_missing_mask_is_said_to_be_missing(run):
    found = spots({k: v for k, v in run.items() if "mask" not in k})
    assert "no_mask" in found
    assert "full_mask" not in found


def test_one_step_hides_mistakes_of_time(run):
    first = {k: v for k, v in run.items() if "step7_step" not in k or "step7_step1_" in k}
    spot = spots(first)["one_step"]
    assert "t = 0" in spot.sentence
    assert any("time" in title.lower() for title in spot.hidden)
    assert "one_step" not in spots(run)
    assert "one_step" not in spots(modules(first, 2)), "a later step was seen inside"


def test_states_alone_do_not_tell_the_block(run):
    wrong = {**run, "step7_step2_dxdt_cond": run["step7_step2_dxdt_cond"] * np.float32(1.1)}
    assert "no_modules" in spots(run, wrong)
    assert "no_modules" not in spots(modules(run, 1, 2), modules(wrong, 1, 2))


def test_no_block_is_looked_for_where_both_guidance_rows_agree(run):
    wrong = {**run, "step7_step2_dxdt_cfg": run["step7_step2_dxdt_cfg"] * np.float32(1.1)}
    assert "no_modules" not in spots(run, wrong)
    assert "no_modules" not in spots(run)
    part = {k: v for k, v in run.items() if "uncond" not in k}
    assert "no_modules" in spots(part, {k: v for k, v in wrong.items() if "uncond" not in k})


def test_a_mask_of_ones_of_one_side_is_laid_to_that_side(run):
    part = {k: v for k, v in run.items() if "mask" not in k}
    sentence = spots(run, part)["full_mask"].sentence
    assert sentence.startswith("Every mask that the reference recorded is all ones")


def test_modules_of_the_first_step_alone_are_blind_to_time(run):
    assert spots(modules(run, 1))["modules_first_step"].hidden
    assert "modules_first_step" not in spots(modules(run, 2))
    assert "modules_first_step" not in spots(modules(run, 1, 2))


def test_inputs_that_were_not_compared_are_listed(run):
    spot = spots(run)["inputs"]
    assert "speaker embedding" in spot.sentence
    assert "mu" not in spot.sentence.split(".")[0].replace("compared", "")
    assert "the speaker embedding (recorded by neither side)" in spot.sentence
    part = {k: v for k, v in run.items() if k != "step6_mu"}
    assert "mu (the encoder's output) (not in the candidate)" in spots(run, part)["inputs"].sentence


def test_without_the_unconditional_velocity_guidance_is_blind(run):
    found = spots({k: v for k, v in run.items() if "uncond" not in k})
    assert "guidance" in found
    assert found["guidance"].hidden
    assert "guidance" not in spots(run)


def test_a_batch_of_one_is_said(run):
    assert "batch" in spots(run)


def test_tokens_alone_say_nothing_about_a_decoder(run):
    assert spots({"step3_speech_tokens": run["step3_speech_tokens"]}) == {}


def test_a_sound_without_states_leaves_the_decoder_untested(run):
    only = {name: run[name] for name in ("step3_speech_tokens", "step8_audio")}
    assert "untested" in spots(only)["no_ode"].sentence
    assert "no_ode" not in spots(run)


@pytest.mark.parametrize("condition", ["full_mask", "first_step", "no_empty_row"])
def test_what_a_condition_hides_comes_from_the_registry(condition):
    silent = [f for _, f in faults().items() if condition in f.silent_when and f.kind == "fault"]
    assert hidden_by(condition) == tuple(f.title for f in silent)
    assert silent


def test_remedies_are_offered_once_each(run):
    one = compare_traces(runs.trace(run, "a"), runs.trace(run, "b")).verdict
    assert len(one.record_next) == len(set(one.record_next)) > 1
    assert one.to_dict()["record_next"] == list(one.record_next)


def test_half_precision_hides_what_is_smaller_than_its_rounding(run):
    half = {k: v.astype(np.float16) if v.dtype == np.float32 else v for k, v in run.items()}
    spot = spots(run, half)["half_precision"]
    assert "float16 was used" in spot.sentence
    assert "0.8 %" in spot.sentence
    assert "half_precision" not in spots(run)
