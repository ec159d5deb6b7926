"""Numbers of one step."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.ode_steps import describe_step, first_rows, read_rows, scalar
from inspector.dtypes import dtype_info
from inspector.tensors import OdeStep, RoleTensor
from tests.analysis.synthetic_run import SyntheticRun, double_states, healthy_run, swap_layout


def _step(run: SyntheticRun, number: int = 3) -> OdeStep:
    step = run.roles.trajectory.step(number)
    assert step is not None
    return step


def _dt(run: SyntheticRun, number: int = 3) -> float:
    return float(run[f"step{number}_dt"][0])


def test_a_healthy_step_obeys_every_identity() -> None:
    run = healthy_run()
    stats, after = describe_step(_step(run), _dt(run), "recorded", run["step2_x_after"])
    assert after is not None and np.array_equal(after, run["step3_x_after"])
    assert stats.euler_residual is not None and stats.euler_residual < 1e-6
    assert stats.cfg_rate == pytest.approx(0.7, abs=1e-6)
    assert stats.continuity_error == 0
    assert stats.dt_solved == pytest.approx(stats.dt)
    assert stats.eps == dtype_info("float32").eps
    assert stats.state is not None and stats.v_uncond is not None
    assert stats.state.mean == pytest.approx(run["step3_x_after"].mean(), abs=1e-6)
    assert stats.to_dict()["state"]["std"] == pytest.approx(run["step3_x_after"].std(), abs=1e-6)


def test_layout_changes_nothing() -> None:
    first, second = healthy_run(), healthy_run()
    swap_layout(second)
    a, _ = describe_step(_step(first), _dt(first), "recorded", None)
    b, _ = describe_step(_step(second), _dt(second), "recorded", None)
    assert a.euler_residual == pytest.approx(b.euler_residual)
    assert a.cfg_rate == pytest.approx(b.cfg_rate)
    assert a.state is not None and b.state is not None
    assert a.state.mean == pytest.approx(b.state.mean)


def test_states_in_one_layout_and_velocities_in_another_still_fit() -> None:
    run = healthy_run()
    for role in ("v_cond", "v_uncond", "v_cfg"):
        tensor = run.tensors[f"step3_{role}"]
        tensor.array, tensor.letters = tensor.array.transpose(0, 2, 1), "BTC"
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.euler_residual is not None and stats.euler_residual < 1e-6


def test_of_a_doubled_state_row_0_is_compared() -> None:
    run = healthy_run()
    double_states(run)
    stats, after = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.batch == 2 and stats.rows_equal is True and stats.before_rows_equal is True
    assert stats.euler_residual is not None and stats.euler_residual < 1e-6
    assert after is not None and after.shape[0] == 1


def test_another_state_in_row_1_is_told() -> None:
    run = healthy_run()
    double_states(run)
    run["step3_x_after"] = np.concatenate([run["step3_x_after"][:1], run["step3_x_after"][:1] + 1])
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.rows_equal is False and stats.before_rows_equal is True
    assert stats.euler_residual is not None and stats.euler_residual < 1e-6


def test_a_true_batch_of_two_is_compared_whole() -> None:
    run = healthy_run()
    for name in run.of_role("x_before", "x_after", "v_cond", "v_uncond", "v_cfg"):
        run[name] = np.concatenate([run[name], 2 * run[name]])
    stats, after = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.rows_equal is None
    assert after is not None and after.shape[0] == 2
    assert stats.euler_residual is not None and stats.euler_residual < 1e-6


def test_a_missing_x_before_is_the_state_before() -> None:
    run = healthy_run()
    run.drop("x_before")
    stats, _ = describe_step(_step(run), _dt(run), "recorded", run["step2_x_after"])
    assert stats.euler_residual is not None and stats.euler_residual < 1e-6
    assert stats.continuity_error is None


def test_a_break_between_steps_is_measured() -> None:
    run = healthy_run()
    previous = run["step2_x_after"] + np.float32(0.5)
    stats, _ = describe_step(_step(run), _dt(run), "recorded", previous)
    rms = float(np.sqrt(np.mean(run["step3_x_before"].astype(float) ** 2)))
    assert stats.continuity_error == pytest.approx(0.5 / rms, rel=1e-4)


def test_unknown_dt_is_solved() -> None:
    run = healthy_run()
    stats, _ = describe_step(_step(run), None, "", None)
    assert stats.dt_source == "solved"
    assert stats.dt == pytest.approx(_dt(run), rel=1e-5)


def test_shapes_that_do_not_fit_are_told_and_not_compared() -> None:
    run = healthy_run()
    run["step3_v_cfg"] = run["step3_v_cfg"][:, :, :50]
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.euler_residual is None and stats.cfg is None
    assert len(stats.notes) == 2 and "1×20×50" in stats.notes[0]


def test_padding_takes_no_part_in_the_statistics() -> None:
    run = healthy_run()
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None, frames=100)
    assert stats.state is not None
    assert stats.state.count == 20 * 100


def test_a_zero_velocity_does_not_loosen_the_rounding_step() -> None:
    # zeros lie on every grid: they must not make a broken identity look like half precision
    run = healthy_run()
    run["step3_v_uncond"] = np.zeros_like(run["step3_v_uncond"])
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.cfg_residual is not None and stats.cfg_residual > 1e-3
    assert stats.eps == dtype_info("float32").eps


def test_a_two_axis_state_gets_a_batch_axis() -> None:
    run = healthy_run()
    tensor = run.tensors["mel"]
    tensor.array, tensor.letters = tensor.array[0], "CT"
    role = run.roles.get("mel")
    assert role is not None
    assert read_rows(role).shape == (1, 20, 120)
    assert read_rows(RoleTensor(role.record, "")).shape == (1, 20, 120)
    assert first_rows(role).shape == (1, 20, 120)


def test_scalars_come_from_any_shape_and_nan_is_none() -> None:
    run = healthy_run()
    run.add("a", np.array(2.5), "", "a")
    run.add("b", np.array([[3.5, 4.0]]), "BC", "b")
    run.add("c", np.array([np.nan]), "B", "c")
    run.add("d", np.empty(0), "B", "d")
    assert [scalar(run.roles.get(k)) for k in "abcd"] == [2.5, 3.5, None, None]
    assert scalar(None) is None


def test_a_guided_step_of_which_only_v_cond_was_recorded_is_not_judged() -> None:
    """x_after follows from the combined velocity, which is not here."""
    run = healthy_run()
    run.drop("v_uncond", "v_cfg")
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.euler_residual is None
    assert any("v_cond alone" in note for note in stats.notes)


def test_a_decoder_without_guidance_is_judged_by_its_only_velocity() -> None:
    run = healthy_run()
    run.drop("v_uncond")
    run.tensors["step3_v_cond"].array = run["step3_v_cfg"]
    run.drop("v_cfg")
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.euler_residual is not None and stats.euler_residual < 1e-6


@pytest.mark.parametrize("turned", ["x_before", "x_after", "v_cfg"])
def test_as_many_frames_as_bins_and_one_part_turned_still_fit(turned: str) -> None:
    run = healthy_run()
    for role in ("x_before", "x_after", "v_cfg", "v_cond", "v_uncond"):
        tensor = run.tensors[f"step3_{role}"]
        n = min(tensor.array.shape[1:])
        tensor.array = tensor.array[:, :n, :n]
    tensor = run.tensors[f"step3_{turned}"]
    tensor.array = tensor.array.swapaxes(1, 2).copy()
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.euler_residual is not None and stats.euler_residual < 1e-6


def test_a_square_step_that_is_wrong_stays_wrong() -> None:
    run = healthy_run()
    for role in ("x_before", "x_after", "v_cfg", "v_cond", "v_uncond"):
        tensor = run.tensors[f"step3_{role}"]
        n = min(tensor.array.shape[1:])
        tensor.array = tensor.array[:, :n, :n]
    run.tensors["step3_v_cfg"].array = run["step3_v_cfg"] * 1.5
    stats, _ = describe_step(_step(run), _dt(run), "recorded", None)
    assert stats.euler_residual is not None and stats.euler_residual > 1e-2
