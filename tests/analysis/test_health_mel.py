"""Faults that show in the final mel."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_mel import check_mel, neighbour_correlation
from inspector.audio.mel_scale import LOG_FLOOR
from tests.analysis.health_probe import ask, missing
from tests.analysis.synthetic_run import BINS, FRAMES, PROMPT, healthy_run


def test_a_healthy_mel_is_fine() -> None:
    found = ask(check_mel, healthy_run())
    assert {c: f.status for c, f in found.items()} == {"log_floor": "ok", "mel_sign": "ok"}


def test_the_floor_is_the_log_of_the_clamp() -> None:
    assert pytest.approx(-11.513, abs=5e-4) == LOG_FLOOR


def test_a_few_values_under_the_floor_are_a_note_with_their_share() -> None:
    run = healthy_run()
    mel = run["mel"].copy()
    mel[0, :5, :10] = -12.0  # 50 of 2400 values, all in the prompt
    run["mel"] = mel
    found = ask(check_mel, run)["log_floor"]
    assert found.status == "note"
    assert found.values["percent_under"] == pytest.approx(100 * 50 / 2400)
    assert found.values["percent_under_generated"] == 0
    assert found.values["percent_under_prompt"] == pytest.approx(100 * 50 / 800)


def test_generated_frames_far_under_the_floor_fail() -> None:
    run = healthy_run()
    mel = run["mel"].copy()
    mel[:, :, PROMPT:] -= 9
    run["mel"] = mel
    found = ask(check_mel, run)["log_floor"]
    assert found.status == "fail" and found.values["percent_under_generated"] > 90
    assert f"{FRAMES - PROMPT} generated frames" in found.sentence


def test_without_a_prompt_the_whole_mel_is_judged() -> None:
    run = healthy_run()
    run.drop("cond", "prompt_feat")
    run["mel"] = run["mel"] - 9
    found = ask(check_mel, run)["log_floor"]
    assert found.status == "fail" and "generated" not in found.sentence


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_clamped_mel_lies_on_the_floor_and_not_under_it(dtype: str) -> None:
    run = healthy_run()
    run["mel"] = np.maximum(run["mel"] - 5, LOG_FLOOR).astype(dtype)
    assert ask(check_mel, run)["log_floor"].status == "ok"
    run["mel"] = run["mel"].astype(np.float32)  # its half-precision values in wider storage
    assert ask(check_mel, run)["log_floor"].status == "ok"


@pytest.mark.parametrize(("share", "status"), [(0.1, "note"), (0.9, "fail")])
def test_a_slight_undershoot_fails_only_when_most_values_do(share: float, status: str) -> None:
    run = healthy_run()
    mel = run["mel"].copy()
    low = np.random.default_rng(0).random(mel.shape) < share
    run["mel"] = np.where(low, np.float32(LOG_FLOOR - 0.5), mel)
    assert ask(check_mel, run)["log_floor"].status == status


def test_a_mel_that_never_left_its_noise_fails() -> None:
    run = healthy_run()
    noise = run["initial_noise"]
    run["mel"] = (noise + 0.4 * np.random.default_rng(1).standard_normal(noise.shape)).astype("f4")
    found = ask(check_mel, run)["mel_sign"]
    assert found.status == "fail" and "never left the noise" in found.sentence
    assert found.values["noise_correlation"] > 0.8


def test_white_noise_is_recognised_without_the_starting_noise() -> None:
    run = healthy_run()
    run.drop("initial_noise", "x_before")
    run["mel"] = healthy_run(seed=3)["initial_noise"]
    found = ask(check_mel, run)["mel_sign"]
    assert found.status == "fail" and "neighbouring frames" in found.sentence


def test_a_normalised_mel_is_a_note_and_no_failure() -> None:
    run = healthy_run()
    mel = run["mel"]
    run["mel"] = (mel - mel.mean()) / mel.std()
    assert ask(check_mel, run)["mel_sign"].status == "note"
    run.drop("initial_noise", "x_before")
    assert ask(check_mel, run)["mel_sign"].status == "note"


def test_a_positive_mel_fails() -> None:
    run = healthy_run()
    mel = run["mel"]
    run["mel"] = -mel + 2 * np.random.default_rng(0).standard_normal(mel.shape).astype("f4") - 2
    found = ask(check_mel, run)["mel_sign"]
    assert found.status == "fail" and "wrong sign" in found.sentence


def test_magnitudes_in_place_of_logs_are_a_note() -> None:
    run = healthy_run()
    run["mel"] = np.exp(run["mel"])
    found = ask(check_mel, run)["mel_sign"]
    assert found.status == "note" and "magnitudes" in found.sentence


def test_a_missing_mel_is_said() -> None:
    run = healthy_run()
    run.drop("mel")
    assert missing(check_mel, run) == {"log_floor"} and ask(check_mel, run) == {}


def test_neighbours_of_a_mel_are_alike_and_those_of_noise_are_not() -> None:
    run = healthy_run()
    smooth = neighbour_correlation(run["mel"][0])
    rough = neighbour_correlation(run["initial_noise"][0])
    assert smooth is not None and smooth > 0.7
    assert rough is not None and abs(rough) < 0.1
    assert neighbour_correlation(np.zeros((BINS, 20))) is None
    assert neighbour_correlation(np.zeros((BINS, 3))) is None
