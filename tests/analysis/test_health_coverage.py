"""What a recording cannot reveal."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_coverage import check_coverage
from inspector.tensors import TraceInfo
from tests.analysis.health_probe import ask
from tests.analysis.synthetic_run import SyntheticRun, double_states, healthy_run


def _keep(*numbers: int) -> SyntheticRun:
    run = healthy_run()
    run.tensors = {n: t for n, t in run.tensors.items() if t.step in (None, *numbers)}
    return run


def test_all_steps_are_recorded() -> None:
    assert ask(check_coverage, healthy_run())["steps"].status == "ok"


def test_only_the_first_step_is_a_note() -> None:
    found = ask(check_coverage, _keep(1))["steps"]
    assert found.status == "note" and "only one ODE step is recorded, at t = 0" in found.sentence


def test_missing_steps_are_counted() -> None:
    found = ask(check_coverage, _keep(1, 2, 3, 5, 6))["steps"]
    assert found.status == "note" and "5 of 10 ODE steps" in found.sentence
    assert "(4, 7, 8, 9, 10)" in found.sentence


def test_the_number_of_steps_that_the_trace_states_counts() -> None:
    run = _keep(1, 2, 3)
    run.drop("t_span")
    assert ask(check_coverage, run)["steps"].status == "ok"
    run.info = TraceInfo(steps=10)
    assert ask(check_coverage, run)["steps"].values["missing"] == 7


def test_batch_one_is_a_note_and_batch_two_is_not() -> None:
    assert ask(check_coverage, healthy_run())["batch"].status == "note"
    run = healthy_run()
    double_states(run)
    assert "batch" not in ask(check_coverage, run)


@pytest.mark.parametrize(("peak", "status"), [(0.97, "note"), (10.0, "note"), (180.0, "ok")])
def test_f0_that_never_sounds_is_a_note(peak: float, status: str) -> None:
    run = healthy_run()
    run.add("f0", np.linspace(0, peak, 50)[None], "BT", "f0")
    assert ask(check_coverage, run)["f0"].status == status


def test_nothing_is_said_about_what_is_not_there() -> None:
    assert ask(check_coverage, SyntheticRun({})) == {}
