"""Faults of the times, each planted in a healthy run."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_times import check_times
from inspector.analysis.schedule import cosine_times
from inspector.tensors import TraceInfo
from tests.analysis.health_probe import ask, missing
from tests.analysis.synthetic_run import STEPS, SyntheticRun, healthy_run


def test_a_healthy_run_is_fine() -> None:
    found = ask(check_times, healthy_run())
    assert {c: f.status for c, f in found.items()} == {"times": "ok", "schedule": "ok"}


def test_only_states_leave_the_times_unchecked() -> None:
    run = healthy_run()
    run.drop("v_cond", "v_uncond", "v_cfg", "t", "dt", "t_span")
    assert missing(check_times, run) == {"times", "schedule"} and ask(check_times, run) == {}


def test_a_reused_time_is_seen() -> None:
    run = healthy_run()
    run["step2_t"], run["step2_dt"] = run["step1_t"], run["step1_dt"]
    assert ask(check_times, run)["times"].status == "fail"


def test_a_constant_dt_with_a_cosine_schedule_is_seen_although_it_sums_to_one() -> None:
    run = healthy_run()
    for n in range(1, STEPS + 1):
        run[f"step{n}_dt"] = np.array([0.1])
    found = ask(check_times, run)["times"]
    assert found.status == "fail" and "constant" in found.sentence


def _short() -> SyntheticRun:
    times = [0.884 * t for t in cosine_times(STEPS)]
    run = healthy_run(times=times)
    run.drop("t_span")
    return run


def test_a_sum_of_dt_below_one_fails_when_the_run_ended_there() -> None:
    found = ask(check_times, _short())["times"]
    assert found.status == "fail" and "0.8840" in found.sentence


def test_a_sum_of_dt_below_one_is_a_note_when_steps_may_be_missing() -> None:
    run = _short()
    run.drop("mel")
    assert ask(check_times, run)["times"].status == "note"
    run.info = TraceInfo(steps=STEPS)
    assert ask(check_times, run)["times"].status == "fail"


@pytest.mark.parametrize(("power", "word"), [(1, "linear"), (3, "neither")])
def test_another_schedule_is_a_note(power: int, word: str) -> None:
    found = ask(check_times, healthy_run(times=[(i / 10) ** power for i in range(11)]))
    assert found["schedule"].status == "note" and word in found["schedule"].sentence
    assert found["times"].status == "ok"
