"""Every question answers or says why it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.audio.high_band import mel_high_band
from inspector.audio.mel_scale import MelSpec
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.questions import Answer, mel_spec, read_mel, read_sound
from inspector.diagnose.side import examine
from tests import runs

QUESTIONS = {"ode", "sign", "mel", "hf_energy", "waveform", "tokens"}


def test_a_full_run_answers_every_question(agreeing):
    assert set(agreeing.answers) == QUESTIONS
    assert all(a.available for a in agreeing.answers.values())
    assert all(a.to_dict()["available"] for a in agreeing.answers.values())


def test_a_bare_trace_gives_a_reason_for_each(tmp_path):
    bare = {"layer.weight": np.ones((3, 4), np.float32)}
    found = compare_traces(runs.trace(bare), runs.trace(bare)).answers
    for key in QUESTIONS - {"sign"}:
        assert not found[key].available
        assert found[key].reason.endswith(".")
        assert found[key].to_dict() == {"available": False, "reason": found[key].reason}
    assert found["sign"].available


def test_mels_of_another_height_are_refused_with_both_numbers():
    run = runs.healthy_run()
    other = {**run, "step7_final_mel": run["step7_final_mel"][:, :64]}
    answer = compare_traces(runs.trace(run), runs.trace(other)).answers["mel"]
    assert "80" in answer.reason
    assert "64" in answer.reason


def test_mel_and_sound_are_read_by_role_whatever_the_layout():
    run = runs.healthy_run()
    left = examine(runs.trace(run))
    right = examine(runs.trace(runs.other_style(run)))
    np.testing.assert_array_equal(read_mel(left), run["step7_final_mel"][0])
    np.testing.assert_array_equal(read_mel(right), run["step7_final_mel"][0])
    sound = read_sound(left, 16000)
    np.testing.assert_array_equal(sound.samples, run["step8_audio"][0])
    assert sound.rate_hz == 16000
    assert read_sound(left, None).rate_hz == 24000


def test_the_side_file_sets_the_mel_parameters():
    side = examine(
        runs.trace({"mel": np.zeros((1, 80, 5), np.float32)}, n_fft=1024, hop_length=256)
    )
    spec = mel_spec(side)
    assert (spec.n_fft, spec.hop_length, spec.win_length, spec.n_mels) == (1024, 256, 1024, 80)


def test_an_answer_without_result_is_not_available():
    assert not Answer(reason="No.").available


def test_a_guessed_sample_rate_is_said_and_a_known_one_is_not():
    run = runs.healthy_run()

    def sentences(**info):
        trace = runs.trace(run, **info)
        return " ".join(compare_traces(trace, trace).answers["waveform"].result.sentences)

    guessed = sentences()
    assert "step8_audio in the reference is not recorded: assumed 24000 Hz" in guessed
    assert "step8_audio in the candidate is not recorded: assumed 24000 Hz" in guessed
    assert "assumed" not in sentences(sample_rate_hz=24000)


def without_mask(run: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array for name, array in run.items() if "mask" not in name}


def _answers(reference, candidate):
    return compare_traces(runs.trace(reference), runs.trace(candidate)).answers


@pytest.mark.parametrize("knows", ["both", "reference", "candidate"])
def test_padding_by_the_mask_of_either_side_is_left_out(knows):
    run = runs.padded_run()
    reference = run if knows != "candidate" else without_mask(run)
    candidate = run if knows != "reference" else without_mask(run)
    found = _answers(reference, runs.other_style(candidate))
    kept = runs.FRAMES - runs.PADDED
    said = f"{kept} of {runs.FRAMES} frames are counted; the {runs.PADDED} frames of padding"
    mel = found["mel"].result
    assert (mel.frames_compared, mel.reference_side.frames, mel.candidate_side.frames) == (
        kept,
    ) * 3
    assert mel.reference_side.percent_positive == mel.candidate_side.percent_positive == 0
    energy = found["hf_energy"].result
    assert (energy.mel.reference.frames, energy.mel.candidate.frames) == (kept, kept)
    clean = mel_high_band(run["step7_final_mel"][0][:, :kept], MelSpec(), 3000.0)
    assert energy.mel.reference.hf_energy_fraction == pytest.approx(clean.hf_energy_fraction)
    last = found["sign"].result.steps[-1]
    assert last.role == "x_after" and last.frames == kept
    assert last.reference_percent_positive == last.candidate_percent_positive == 0
    for answer in (mel, energy):
        assert [said in s for s in answer.sentences].count(True) == 1
    assert found["sign"].result.sentence.count(said) == 1


@pytest.mark.parametrize("mask", ["start", "none"])
def test_frames_that_are_no_padding_at_the_end_stay(mask):
    run = runs.padded_run(mask=mask)
    found = _answers(run, run)
    assert found["mel"].result.frames_compared == runs.FRAMES
    assert found["mel"].result.reference_side.percent_positive > 10
    assert found["hf_energy"].result.mel.reference.frames == runs.FRAMES
    assert found["sign"].result.steps[-1].reference_percent_positive > 10
    for key in ("mel", "hf_energy"):
        assert not any("padding after" in s for s in found[key].result.sentences)
    assert "padding" not in found["sign"].result.sentence


def test_of_two_masks_the_larger_number_of_frames_counts():
    reference, candidate = runs.padded_run(), runs.padded_run()
    candidate["step7_mask_T"] = np.ones_like(candidate["step7_mask_T"])
    candidate["step7_mask_T"][..., -4:] = 0
    found = _answers(reference, candidate)
    assert found["mel"].result.frames_compared == runs.FRAMES - 4
    assert found["hf_energy"].result.mel.candidate.frames == runs.FRAMES - 4
    assert found["sign"].result.steps[-1].frames == runs.FRAMES - 4


def test_a_mel_that_was_cut_to_its_frames_meets_one_with_padding():
    reference, candidate = runs.padded_run(), runs.padded_run()
    cut = candidate["step7_final_mel"][..., : -runs.PADDED]
    candidate["step7_final_mel"] = np.ascontiguousarray(cut)
    mel = _answers(reference, candidate)["mel"].result
    assert mel.identical and mel.frames_compared == runs.FRAMES - runs.PADDED
    assert any(s.startswith("Of the reference's mel, 30 of 40 frames") for s in mel.sentences)


def test_a_mel_as_long_as_no_mask_keeps_all_its_frames():
    run = runs.padded_run()
    run["step7_final_mel"] = np.ascontiguousarray(run["step7_final_mel"][..., 4:])
    found = _answers(run, run)
    assert found["mel"].result.frames_compared == runs.FRAMES - 4
    assert found["hf_energy"].result.mel.reference.frames == runs.FRAMES - 4
