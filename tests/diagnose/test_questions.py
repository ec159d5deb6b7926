"""Every question answers or says why it cannot."""

from __future__ import annotations

import numpy as np

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
