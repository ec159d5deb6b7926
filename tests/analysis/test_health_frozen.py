"""Frames frozen at the starting noise."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_frozen import check_frozen
from tests.analysis.health_probe import ask, missing
from tests.analysis.synthetic_run import (
    FRAMES,
    PROMPT,
    STEPS,
    SyntheticRun,
    double_states,
    healthy_run,
    swap_layout,
)


def _freeze(run: SyntheticRun, frames: slice) -> SyntheticRun:
    noise = run["step1_x_before"]
    for name in run.of_role("x_before", "x_after", "mel"):
        state = run[name].copy()
        state[:, :, frames] = noise[:, :, frames]
        run[name] = state
    return run


def test_a_healthy_run_moves_everywhere() -> None:
    assert ask(check_frozen, healthy_run())["frozen"].status == "ok"


@pytest.mark.parametrize("change", [lambda r: None, swap_layout, double_states])
def test_frozen_prompt_frames_are_counted_in_any_layout(change) -> None:
    run = _freeze(healthy_run(), slice(0, PROMPT))
    change(run)
    found = ask(check_frozen, run)["frozen"]
    assert found.status == "fail"
    assert f"{PROMPT} of {FRAMES} frames are frozen at the initial noise" in found.sentence
    assert "exactly the prompt" in found.sentence
    assert (found.values["first"], found.values["last"]) == (0, PROMPT - 1)


def test_one_frozen_frame_is_enough() -> None:
    found = ask(check_frozen, _freeze(healthy_run(), slice(77, 78)))["frozen"]
    assert found.status == "fail" and "(frame 77)" in found.sentence


def test_a_frame_that_returns_to_the_noise_was_not_frozen() -> None:
    run = _freeze(healthy_run(), slice(0, PROMPT))
    moved = run["step5_x_after"].copy()
    moved[:, :, : PROMPT - 1] += 1
    run["step5_x_after"] = moved
    found = ask(check_frozen, run)["frozen"]
    assert found.values["frames"] == 1


def test_one_equal_value_is_no_frozen_frame() -> None:
    run = healthy_run()
    for name in run.of_role("x_after", "mel"):
        state = run[name].copy()
        state[:, 3] = run["step1_x_before"][:, 3]
        run[name] = state
    assert ask(check_frozen, run)["frozen"].status == "ok"


def test_padding_may_keep_its_noise() -> None:
    run = _freeze(healthy_run(), slice(100, FRAMES))
    assert ask(check_frozen, run)["frozen"].status == "fail"
    run["mask"] = (np.arange(FRAMES) < 100).astype("f4")[None, None]
    assert ask(check_frozen, run)["frozen"].status == "ok"


def test_the_mel_stands_in_for_states_that_are_not_recorded() -> None:
    run = _freeze(healthy_run(), slice(0, 9))
    run.tensors = {n: t for n, t in run.tensors.items() if t.step is None}
    assert ask(check_frozen, run)["frozen"].values["frames"] == 9


def test_healthy_states_are_not_all_read_again() -> None:
    run = healthy_run()
    list(run.roles.by_name)
    ask(check_frozen, run)
    assert run.reads[f"step{STEPS}_x_after"] > run.reads["step5_x_after"]


def test_without_noise_nothing_is_claimed() -> None:
    run = healthy_run()
    run.drop("initial_noise", "x_before")
    assert missing(check_frozen, run) == {"frozen"}


def test_zero_noise_is_left_to_its_own_finding() -> None:
    run = healthy_run()
    run["step1_x_before"] = np.zeros_like(run["step1_x_before"])
    assert ask(check_frozen, run) == {}


def test_a_frozen_tail_may_be_padding_when_no_mask_tells() -> None:
    run = _freeze(healthy_run(), slice(FRAMES - 9, FRAMES))
    run.drop("mask")
    found = ask(check_frozen, run)["frozen"]
    assert found.status == "note"
    assert "the last 9 of" in found.sentence
    run = _freeze(run, slice(20, 22))
    assert ask(check_frozen, run)["frozen"].status == "fail"
