"""One side of an integration as a whole."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from inspector.analysis.ode_side import describe_trajectory
from inspector.errors import TraceError
from inspector.tensors import OdeTrajectory
from tests.analysis.synthetic_run import STATES, STEPS, healthy_run


def test_a_healthy_run_in_numbers() -> None:
    run = healthy_run()
    side = describe_trajectory(run.roles.trajectory, run.roles)
    assert len(side.steps) == side.expected_steps == STEPS and side.missing == ()
    assert side.sum_dt == pytest.approx(1, abs=1e-6) and side.t_end == pytest.approx(1)
    assert side.cfg_rate == pytest.approx(0.7, abs=5e-7)
    assert side.cfg_rate_range == pytest.approx((0.7, 0.7), abs=1e-5)
    assert side.euler_residual is not None and side.euler_residual < 1e-6
    assert side.continuity_error == 0
    assert side.verdict.kind == "converging" and side.schedule.kind == "cosine"
    assert side.start is not None and side.start.std == pytest.approx(1, abs=0.05)
    json.dumps(side.to_dict(), allow_nan=False)


def test_every_tensor_is_read_once_and_only_the_ends_again() -> None:
    run = healthy_run()
    roles = run.roles
    describe_trajectory(roles.trajectory, roles)
    states = {n: c for n, c in run.reads.items() if run.tensors[n].role in STATES}
    assert {n for n, c in states.items() if c != 1} == {"step1_x_before", "step10_x_after"}
    assert max(states.values()) == 2


def test_numbering_from_zero_is_the_same_run() -> None:
    a, b = healthy_run(), healthy_run(base=0)
    first = describe_trajectory(a.roles.trajectory, a.roles)
    second = describe_trajectory(b.roles.trajectory, b.roles)
    assert (first.base, second.base) == (1, 0)
    assert second.missing == () and second.schedule.kind == "cosine"
    assert second.sum_dt == first.sum_dt and second.cfg_rate == first.cfg_rate


def test_the_noise_stands_in_for_a_first_state_that_is_not_recorded() -> None:
    run = healthy_run()
    run.drop("x_before")
    side = describe_trajectory(run.roles.trajectory, run.roles)
    assert all(s.euler_residual is not None and s.euler_residual < 1e-6 for s in side.steps)
    assert side.continuity_error is None
    assert side.start is not None and side.start.std == pytest.approx(1, abs=0.05)


def test_gaps_are_missing_steps_and_break_continuity() -> None:
    run = healthy_run()
    run.tensors = {n: t for n, t in run.tensors.items() if t.step not in (4, 5)}
    side = describe_trajectory(run.roles.trajectory, run.roles)
    assert side.missing == (4, 5)
    at_six = next(s for s in side.steps if s.number == 6)
    assert at_six.continuity_error is None


def test_an_unreadable_tensor_costs_its_step_only() -> None:
    run = healthy_run()
    trajectory = run.roles.trajectory

    def fail():
        raise TraceError("truncated", "step4_v_cfg", "the file ends early")

    broken = []
    for step in trajectory.steps:
        if step.number == 4 and step.v_cfg is not None:
            record = dataclasses.replace(step.v_cfg.record, load=fail)
            step = dataclasses.replace(step, v_cfg=dataclasses.replace(step.v_cfg, record=record))
        broken.append(step)
    side = describe_trajectory(OdeTrajectory(tuple(broken), trajectory.t_span), run.roles)
    assert side.steps[3].state is None and "the file ends early" in side.notes[0]
    assert side.steps[4].euler_residual is not None and side.steps[4].continuity_error is None
    assert side.verdict.kind == "converging"


def test_no_steps_is_an_empty_side() -> None:
    side = describe_trajectory(OdeTrajectory())
    assert side.steps == () and side.verdict.kind == "unknown"
    assert side.to_dict()["schedule"]["kind"] == "unknown"


def test_nan_in_a_velocity_reaches_the_residuals() -> None:
    run = healthy_run()
    run["step5_v_cfg"] = np.full_like(run["step5_v_cfg"], np.nan)
    side = describe_trajectory(run.roles.trajectory, run.roles)
    assert side.euler_residual is not None and np.isnan(side.euler_residual)
    assert side.cfg_residual is not None and np.isnan(side.cfg_residual)
    # the other steps still give the rate
    assert side.cfg_rate == pytest.approx(0.7, abs=1e-5)


def test_noise_in_place_of_a_decoder_stays_at_n01() -> None:
    run = healthy_run()
    random = np.random.default_rng(9)
    x = run["step1_x_before"]
    for n in range(1, STEPS + 1):
        v = random.standard_normal(x.shape).astype("f4")
        run[f"step{n}_x_before"] = x
        run[f"step{n}_v_cfg"] = v
        x = (x + run[f"step{n}_dt"][0] * v).astype("f4")
        run[f"step{n}_x_after"] = x
    side = describe_trajectory(run.roles.trajectory, run.roles)
    assert side.verdict.kind == "stays at N(0,1)"
    assert side.verdict.noise_correlation is not None and side.verdict.noise_correlation > 0.7
