"""Where dt comes from, and which law the times follow."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.ode_side import describe_trajectory
from inspector.analysis.ode_times import read_span, step_lengths
from inspector.analysis.schedule import cosine_times, linear_times
from tests.analysis.synthetic_run import SyntheticRun, healthy_run

_DT = np.diff(cosine_times(10))


def _lengths(run: SyntheticRun) -> dict[int, tuple[float | None, str]]:
    trajectory = run.roles.trajectory
    return step_lengths(trajectory, read_span(trajectory.t_span), 1)


def test_dt_comes_from_the_recording_then_t_then_t_span_then_nowhere() -> None:
    run = healthy_run()
    sources = [{s for _, s in _lengths(run).values()}]
    run.drop("dt")
    found = _lengths(run)
    assert [found[n][0] for n in range(1, 11)] == pytest.approx(_DT, abs=1e-6)
    assert found[10][1] == "t_span"  # the last step has no next t
    sources.append({found[n][1] for n in range(1, 10)})
    run.drop("t")
    sources.append({s for _, s in _lengths(run).values()})
    run.drop("t_span")
    sources.append({s for _, s in _lengths(run).values()})
    assert sources == [{"recorded"}, {"t"}, {"t_span"}, {""}]


def test_dt_that_is_recorded_nowhere_is_solved_and_sums_to_one() -> None:
    run = healthy_run()
    run.drop("dt", "t", "t_span")
    side = describe_trajectory(run.roles.trajectory, run.roles)
    assert {s.dt_source for s in side.steps} == {"solved"}
    assert side.sum_dt == pytest.approx(1, abs=1e-5)
    assert side.schedule.kind == "cosine" and side.schedule.source == "sum of dt"


@pytest.mark.parametrize("law", [cosine_times, linear_times])
def test_the_law_is_found_from_each_source(law) -> None:
    kind = "cosine" if law is cosine_times else "linear"
    run = healthy_run(times=law(10))
    found = [describe_trajectory(run.roles.trajectory).schedule]
    run.drop("t_span")
    found.append(describe_trajectory(run.roles.trajectory).schedule)
    run.drop("t")
    found.append(describe_trajectory(run.roles.trajectory).schedule)
    assert [f.kind for f in found] == [kind] * 3
    assert [f.source for f in found] == ["t_span", "t", "sum of dt"]


def test_one_early_step_does_not_tell_the_law() -> None:
    run = healthy_run()
    run.drop("t_span")
    run.tensors = {n: t for n, t in run.tensors.items() if t.step in (None, 1)}
    assert describe_trajectory(run.roles.trajectory).schedule.kind == "unknown"


def test_a_stale_dt_is_seen_against_t() -> None:
    run = healthy_run()
    run["step2_dt"] = run["step1_dt"]
    side = describe_trajectory(run.roles.trajectory)
    assert side.dt_error == pytest.approx(_DT[1] - _DT[0], abs=1e-6)
    assert describe_trajectory(healthy_run().roles.trajectory).dt_error == pytest.approx(
        0, abs=1e-6
    )


def test_a_span_with_nan_is_not_used() -> None:
    run = healthy_run()
    span = run["t_span"].copy()
    span[3] = np.nan
    run["t_span"] = span
    assert read_span(run.roles.trajectory.t_span) is None
