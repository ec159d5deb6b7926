"""Both integrations against each other."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from inspector.analysis.ode import compare_trajectories, range_gap
from inspector.metrics.side import describe
from tests.analysis.synthetic_run import (
    STEPS,
    SyntheticRun,
    double_states,
    healthy_run,
    round_to,
    swap_layout,
)
from tests.real import real_trace


def _text(reference: SyntheticRun, candidate: SyntheticRun) -> str:
    return " ".join(compare_trajectories(reference.roles, candidate.roles).sentences)


def test_a_run_against_itself_agrees_everywhere() -> None:
    run = healthy_run()
    result = compare_trajectories(run.roles, run.roles)
    assert result.first_range_step is None
    assert any("agree within 2 % at every one of 11" in s for s in result.sentences)
    assert result.reference.to_dict() == result.candidate.to_dict()
    json.dumps(result.to_dict(), allow_nan=False)


def test_layout_batch_and_half_precision_do_not_part_the_ranges() -> None:
    for change in (swap_layout, double_states, lambda r: round_to(r, "float16")):
        other = healthy_run()
        change(other)
        assert compare_trajectories(healthy_run().roles, other.roles).first_range_step is None


def test_the_first_step_where_ranges_part_is_named() -> None:
    other = healthy_run()
    for n in range(4, STEPS + 1):
        other[f"step{n}_x_after"] = other[f"step{n}_x_after"] + np.float32(2)
    result = compare_trajectories(healthy_run().roles, other.roles)
    assert result.first_range_step == 4
    assert any("part first at step 4" in s for s in result.sentences)


def test_other_noise_is_named_as_such() -> None:
    other = healthy_run(seed=5)
    result = compare_trajectories(healthy_run().roles, other.roles)
    assert result.first_range_step == 0
    assert "start from different noise" in " ".join(result.sentences)


def test_the_start_is_named_as_such_in_a_run_numbered_from_zero_too() -> None:
    text = _text(healthy_run(base=0), healthy_run(base=0, seed=5))
    assert "part at the start already" in text


def test_steps_counted_from_zero_meet_those_from_one() -> None:
    result = compare_trajectories(healthy_run().roles, healthy_run(base=0).roles)
    assert result.first_range_step is None
    assert any("at every one of 11" in s for s in result.sentences)


def test_rates_schedules_and_step_counts_are_told_apart() -> None:
    other = healthy_run(rate=0.5, times=[i / 5 for i in range(6)])
    text = _text(healthy_run(), other)
    assert "0.700000 in the reference, 0.500000 in the candidate" in text
    assert "the two sides guide with different strength" in text
    assert "cosine in the reference, linear in the candidate" in text
    assert "10 steps, the candidate 5 steps" in text


@pytest.mark.parametrize(
    ("rates", "side"), [((0.7, -0.3), "candidate"), ((-0.3, 0.7), "reference")]
)
def test_a_negative_rate_is_called_another_formula(rates: tuple, side: str) -> None:
    text = _text(*(healthy_run(rate=rate) for rate in rates))
    assert f"so the {side} combines the rows by another formula" in text
    assert "different strength" not in text


def test_another_state_in_row_1_is_mentioned() -> None:
    other = healthy_run()
    double_states(other)
    other["step3_x_before"] = np.concatenate(
        [other["step3_x_before"][:1], -other["step3_x_before"][:1]]
    )
    assert "row 1 of the state holds other values than row 0" in _text(healthy_run(), other)


def test_a_side_without_steps_is_compared_without_a_crash() -> None:
    run = healthy_run()
    result = compare_trajectories(run.roles, SyntheticRun({}).roles)
    assert result.candidate.steps == () and result.first_range_step is None


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [
        ([0.0, 1.0], [0.0, 1.0], 0.0),
        ([0.0, 2.0], [0.0, 3.0], 0.5),
        ([-1.0, 1.0], [-1.5, 1.0], 0.25),
        ([1.0, 1.0], [1.0, 1.0], 0.0),
        ([1.0, 1.0], [1.0, 2.0], float("inf")),
        ([0.0, 1.0], [np.nan, np.nan], float("inf")),
        ([np.nan], [np.nan], 0.0),
    ],
)
def test_the_gap_of_two_ranges(first: list, second: list, gap: float) -> None:
    found = range_gap(describe(np.array(first)), describe(np.array(second)))
    assert found == pytest.approx(gap)


@pytest.mark.real
def test_the_real_recordings() -> None:
    from inspector.io.trace import open_trace
    from inspector.match.roles import recognise

    roles = [
        recognise(open_trace(real_trace(name)))
        for name in ("chatterbox-reference", "chatterbox-reference-broken")
    ]
    result = compare_trajectories(*roles)
    good, bad = result.reference, result.candidate
    assert good.euler_residual is not None and good.euler_residual < 1e-6
    assert f"{good.cfg_rate:.6f}" == "0.700000" and f"{bad.cfg_rate:.6f}" == "0.500000"
    assert good.continuity_error == 0 and good.schedule.kind == "cosine"
    assert good.verdict.kind == "converging" and bad.verdict.kind == "partly at N(0,1)"
    state = good.steps[-1].state
    assert state is not None
    found = state.minimum, state.maximum, state.mean, state.std, state.percent_positive
    assert found == pytest.approx((-14.6, 2.72, -6.40, 2.44, 0.4), abs=0.05)
    assert all(s.rows_equal for s in bad.steps)


@pytest.mark.real
def test_ten_real_steps_take_a_quarter_second_of_one_core() -> None:
    from inspector.analysis.ode import describe_trajectory
    from inspector.io.trace import open_trace
    from inspector.match.roles import recognise

    roles = recognise(open_trace(real_trace("chatterbox-reference")))
    best = float("inf")
    for _ in range(3):  # processor time of all threads: other work on the machine is not in it
        begin = time.process_time()
        describe_trajectory(roles.trajectory, roles)
        best = min(best, time.process_time() - begin)
    assert best < 0.25
