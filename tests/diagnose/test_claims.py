"""Claims come in the order of triage, each with evidence and a confidence that it deserves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.diagnose import claim as module
from inspector.diagnose.comparison import compare_traces
from tests import runs


def claims(reference, candidate):
    left, right = runs.trace(reference, "reference"), runs.trace(candidate, "candidate")
    return compare_traces(left, right).verdict.claims


@pytest.fixture(scope="module")
def run():
    return runs.healthy_run()


def changed(run, **arrays):
    return {**run, **arrays}


def test_equal_runs_make_no_claim(run):
    assert claims(run, run) == ()


def test_every_claim_has_evidence_and_a_known_subject_and_confidence(run):
    other = runs.healthy_run(seed=3)
    found = claims(run, other)
    assert len(found) >= 3
    for claim in found:
        assert claim.subject in module.SUBJECTS
        assert claim.confidence in module.CONFIDENCES
        assert claim.evidence
        assert all(claim.evidence)
        assert claim.sentence[0].isupper()
        assert claim.sentence.endswith(".")
        assert claim.to_dict()["sentence"] == claim.sentence


@pytest.mark.parametrize("side", ["reference", "candidate"])
def test_a_recording_that_contradicts_itself_comes_first_in_one_claim(run, side):
    broken = dict(run)
    for n in range(1, runs.STEPS + 1):
        broken[f"step7_step{n}_dxdt_uncond"] = np.zeros_like(run[f"step7_step{n}_dxdt_uncond"])
    pair = (broken, run) if side == "reference" else (run, broken)
    first, *others = claims(*pair)
    assert (first.subject, first.side, first.confidence) == ("recording", side, "certain")
    assert "contradicts itself" in first.sentence
    assert not [c for c in others if c.subject == "recording"]


def test_other_tokens_come_before_everything_computed(run):
    tokens = run["step3_speech_tokens"][::-1].copy()
    found = claims(run, changed(run, step3_speech_tokens=tokens, step6_mu=run["step6_mu"] * 2))
    assert [c.subject for c in found] == ["inputs", "inputs"]
    assert "tokens" in found[0].sentence
    assert "mu, the encoder's output" in found[1].sentence


def test_another_duration_is_no_decoder_bug(run):
    short = run["step8_audio"][:, : runs.FRAMES * 240]
    found = claims(run, changed(run, step8_audio=short))
    assert found[0].subject == "inputs"
    assert "no mistake of the decoder changes a duration" in found[0].sentence


def test_values_of_unequal_lengths_have_no_error_in_their_evidence(run):
    short = changed(run, step8_audio=run["step8_audio"][:, : -480 * 8] * np.float32(0.5))
    (claim,) = [c for c in claims(run, short) if "step8_audio" in c.tensors]
    assert any("the lengths differ" in e for e in claim.evidence)
    assert not any("relative L2" in e for e in claim.evidence)


def test_equal_tokens_are_not_blamed_for_a_duration(run):
    short = changed(run, step8_audio=run["step8_audio"][:, : -480 * 8])
    (claim,) = [c for c in claims(run, short) if "changes a duration" in c.sentence]
    assert "look at the prompt and the trimming" in claim.sentence
    tokens = {"step3_speech_tokens": run["step3_speech_tokens"][::-1].copy()}
    (claim,) = [c for c in claims(run, {**short, **tokens}) if "changes a duration" in c.sentence]
    assert "look at the tokens" in claim.sentence


def test_other_noise_is_named_and_called_no_mistake(run):
    other = runs.healthy_run(seed=8)
    mixed = {k: other[k] if "step7_step" in k or "noise" in k else v for k, v in run.items()}
    first, *others = claims(run, mixed)
    assert "different starting noise" in first.sentence
    assert "no mistake" in first.sentence
    assert first.records == ("RN01", "RN04")
    # what follows from it is not certain to be a mistake of its own
    assert all(c.confidence == "possible" for c in others if c.subject == "block")


def test_similar_noise_is_an_input_that_differs_not_another_draw(run):
    noise = run["step7_initial_noise"] * np.float32(1.5)
    (claim,) = [c for c in claims(run, changed(run, step7_initial_noise=noise))
                if "step7_initial_noise" in c.tensors and c.subject == "inputs"]  # fmt: skip
    assert "the starting noise" in claim.sentence
    assert "drew" not in claim.sentence


def test_guidance_is_blamed_when_both_rows_agree(run):
    v = run["step7_step1_dxdt_cond"] * 0.5 + run["step7_step1_dxdt_uncond"] * 0.5
    found = claims(run, changed(run, step7_step1_dxdt_cfg=v.astype(np.float32)))
    (claim,) = [c for c in found if c.subject == "solver"]
    assert "Both guidance rows agree" in claim.sentence
    assert claim.confidence == "certain"
    # the same tensor is not claimed twice
    assert not [c for c in found if c.subject == "block" and c.tensors == claim.tensors]


def test_guidance_is_not_blamed_when_a_row_differs(run):
    changes = {
        f"step7_step1_dxdt_{k}": run[f"step7_step1_dxdt_{k}"] * np.float32(1.1)
        for k in ("cond", "cfg")
    }
    assert not [c for c in claims(run, {**run, **changes}) if "Both guidance rows" in c.sentence]


def test_one_wrong_row_points_at_its_inputs(run):
    v = run["step7_step1_dxdt_uncond"] + np.float32(0.3)
    found = claims(run, changed(run, step7_step1_dxdt_uncond=v))
    (claim,) = [c for c in found if "unconditional row goes wrong" in c.sentence]
    assert claim.confidence == "likely"
    cond = run["step7_step1_dxdt_cond"] * np.float32(1.1)
    both = changed(run, step7_step1_dxdt_uncond=v, step7_step1_dxdt_cond=cond)
    assert not [c for c in claims(run, both) if "unconditional row goes wrong" in c.sentence]


def test_a_wrong_schedule_is_blamed_on_the_times(run):
    found = claims(run, changed(run, step7_t_span=np.linspace(0, 1, runs.STEPS + 1, dtype="f4")))
    (claim,) = [c for c in found if c.subject == "solver"]
    assert "schedule" in claim.sentence


def test_the_first_computed_value_is_claimed_with_what_agrees_before_it(run):
    block = np.random.default_rng(4).standard_normal((1, 16, runs.FRAMES)).astype(np.float32)
    names = [f"step7_step{n}_down_blocks.0.0" for n in (1, 2)]
    whole = {**run, **dict.fromkeys(names, block)}
    found = claims(whole, {**whole, names[1]: block * np.float32(1.2)})
    (claim,) = [c for c in found if c.subject == "block"]
    assert claim.tensors == (names[1],)
    assert claim.confidence == "certain"
    assert "ODE step 2" in claim.sentence
    assert "(ResNet)" in claim.sentence
    assert any("the last value before it in this step agrees" in e for e in claim.evidence)


def test_another_order_of_axes_is_said_to_be_no_bug(run):
    stored = {k: v.swapaxes(1, 2).copy() if v.ndim == 3 else v for k, v in run.items()}
    (claim,) = claims(run, stored)
    assert claim.subject == "no_bug"
    assert "axes in another order" in claim.sentence


def test_a_clipped_sound_is_a_claim_of_its_own_beside_other_tokens(run):
    loud = np.clip(run["step8_audio"] * 20, -0.99, 0.99)
    tokens = run["step3_speech_tokens"][::-1].copy()
    found = claims(run, changed(run, step8_audio=loud, step3_speech_tokens=tokens))
    (claim,) = [c for c in found if c.subject == "sound"]
    assert claim.sentence.startswith("The candidate's sound is clipped: ")
    assert "0.99" in claim.sentence
    (claim,) = [c for c in claims(changed(run, step8_audio=loud), run) if c.subject == "sound"]
    assert claim.sentence.startswith("The reference's sound")
    both = changed(run, step8_audio=loud)
    assert not [c for c in claims(both, both) if c.subject == "sound"]


def test_the_side_that_passes_is_cleared(run):
    broken = dict(run)
    for n in range(1, runs.STEPS + 1):
        broken[f"step7_step{n}_dxdt_uncond"] = np.zeros_like(run[f"step7_step{n}_dxdt_uncond"])
    assert "The candidate passes all of its" in claims(broken, run)[0].sentence
    assert "passes all" not in claims(broken, broken)[0].sentence


def test_a_doubted_condition_is_not_called_harmless(run):
    """Both rows of mu are equal: a matter of the recording, or a row that kept its condition."""
    both = {**run, "step6_mu": np.concatenate([run["step6_mu"]] * 2)}
    assert not [c for c in claims(run, both) if "both guidance rows" in c.sentence]
    zero = {**run, "step6_mu": np.concatenate([run["step6_mu"], 0 * run["step6_mu"]])}
    assert [c for c in claims(run, zero) if "both guidance rows" in c.sentence]


@pytest.mark.parametrize("side", ["reference", "candidate"])
def test_the_side_that_misread_the_bytes_is_named_where_a_file_tells(run, side):
    features = np.random.default_rng(1).standard_normal((1, 30, 80)).astype(np.float32)
    misread = features.reshape(-1, order="F").reshape(features.shape)
    records = {
        name: runs.record("prompt_feat", value, fortran_order=name != side)
        for name, value in (("reference", features), ("candidate", features))
    }
    records[side] = runs.record("prompt_feat", misread)
    traces = [
        replace(runs.trace({}, name), records=(one,)) for name, one in records.items()
    ]  # fmt: skip
    (claim,) = [
        c for c in compare_traces(*traces).verdict.claims if "prompt features" in c.sentence
    ]
    assert any(f"the {side} was made by a reader that ignored it" in e for e in claim.evidence)
