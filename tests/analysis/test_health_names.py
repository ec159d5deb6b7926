"""Names against content."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health import check_health
from inspector.analysis.health_names import check_names
from inspector.match.roles import recognise
from inspector.tensors import Array
from tests import runs
from tests.analysis.health_probe import ask
from tests.analysis.synthetic_run import FRAMES, PROMPT, healthy_run


def test_a_healthy_run_is_fine() -> None:
    found = ask(check_names, healthy_run())
    assert {c: f.status for c, f in found.items()} == {"name_content": "ok"}


def _mask_as_cond() -> Array:
    mask = np.zeros((2, 1, FRAMES), np.float32)
    mask[0, 0, PROMPT:] = 1
    return mask


@pytest.mark.parametrize("role", ["cond", ""])
def test_a_cond_that_holds_a_mask_fails_and_is_described(role: str) -> None:
    run = healthy_run()
    run.add("run_cond_T", _mask_as_cond(), "BCT", role)
    found = ask(check_names, run)["name_content"]
    assert found.status == "fail" and found.tensors == ("run_cond_T",)
    assert "is named cond but holds only 0 and 1, in shape 2×1×120: a mask" in found.sentence
    assert "row 0 is 0 on the first 40 of 120 frames (the prompt)" in found.sentence
    assert "row 1 is 0 throughout" in found.sentence


@pytest.mark.parametrize("name", ["mu", "mel", "initial_noise", "step4_v_cond"])
def test_other_tensors_in_the_place_of_a_mask_fail_too(name: str) -> None:
    run = healthy_run()
    run[name] = (run[name] > run[name].mean()).astype("f4")
    assert ask(check_names, run)["name_content"].status == "fail"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("cond", np.zeros((1, 20, FRAMES))),  # no prompt: zero by right
        ("use_cond", np.array([1, 1])),
        ("cond_tokens", np.array([0, 1, 1])),
        ("cond_mask", np.array([0, 1, 1])),
        ("t_sinusoidal", np.array([0.0] * 160 + [1.0] * 160)),
    ],
)
def test_zeros_and_ones_by_right_do_not_fail(name: str, values: Array) -> None:
    run = healthy_run()
    run.drop("cond")
    run.add(name, values)
    assert ask(check_names, run)["name_content"].status == "ok"


def test_a_mel_that_is_a_waveform_fails() -> None:
    run = healthy_run()
    run["mel"] = np.random.default_rng(0).standard_normal((1, 24000)) * 0.1
    found = ask(check_names, run)["name_content"]
    assert found.status == "fail" and "a waveform" in found.sentence


def test_audio_that_is_a_mel_fails_and_stereo_does_not() -> None:
    run = healthy_run()
    run["audio"] = run["mel"]
    assert ask(check_names, run)["name_content"].status == "fail"
    run["audio"] = np.random.default_rng(0).standard_normal((2, 24000)) * 0.1
    assert ask(check_names, run)["name_content"].status == "ok"


def test_audio_scaled_to_16_bits_is_a_note() -> None:
    run = healthy_run()
    run["audio"] = run["audio"] * 32768
    assert ask(check_names, run)["name_content"].status == "note"


@pytest.mark.parametrize("role", ["speech_tokens", ""])
def test_tokens_with_fractions_fail(role: str) -> None:
    run = healthy_run()
    run.add("my_tokens", np.array([3.0, 4.5, 5.0]), "N", role)
    found = ask(check_names, run)["name_content"]
    assert found.status == "fail" and "fractions" in found.sentence


def test_tokens_stored_as_float_and_embeddings_called_token_are_fine() -> None:
    run = healthy_run()
    run["speech_tokens"] = run["speech_tokens"].astype(np.float32)
    run.add("speaker_token", np.random.default_rng(0).standard_normal((1, 1, 64)))
    run.add("tokens_emb", np.random.default_rng(0).standard_normal((1, 9, 64)))
    assert ask(check_names, run)["name_content"].status == "ok"


def test_tokens_in_half_precision_are_a_note_when_they_cannot_be_exact() -> None:
    run = healthy_run()
    run["speech_tokens"] = np.array([6000.0, 12.0], np.float16)
    found = ask(check_names, run)["tokens"]
    assert found.status == "note" and "exact for whole numbers up to 2048" in found.sentence
    run["speech_tokens"] = np.array([600.0, 12.0], np.float16)
    assert "tokens" not in ask(check_names, run)


def test_stop_tokens_left_in_the_speech_are_a_note() -> None:
    run = healthy_run()
    run["speech_tokens"] = np.array([6561, 12, 6562])
    found = ask(check_names, run)["tokens"]
    assert found.status == "note" and "6560" in found.sentence


def test_tokens_without_a_finite_value_are_left_to_the_nan_check():
    trace = runs.trace({"step3_speech_tokens": np.full(5, np.nan, np.complex64)})
    report = check_health(trace, recognise(trace))
    assert [f.check for f in report.failures()] == ["nonfinite"]
