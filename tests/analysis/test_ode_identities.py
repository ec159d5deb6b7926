"""Least squares for dt and the guidance rate, formula names, rounding grids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analysis.ode_identities import fit_cfg, fit_euler, name_formula, value_eps
from inspector.dtypes import dtype_info
from inspector.tensors import Array


def _three(seed: int = 0) -> tuple[Array, Array, Array]:
    random = np.random.default_rng(seed)
    return tuple(random.standard_normal((1, 20, 50)) for _ in range(3))  # type: ignore[return-value]


def test_a_right_step_has_no_residual_and_its_dt_is_solved() -> None:
    x, v, _ = _three()
    fit = fit_euler(x, x + 0.125 * v, v, 0.125)
    assert fit.residual is not None and fit.residual < 1e-14
    assert fit.dt_solved == pytest.approx(0.125, abs=1e-12)


def test_a_wrong_dt_leaves_a_residual_that_the_solved_one_removes() -> None:
    x, v, _ = _three()
    fit = fit_euler(x, x + 0.1 * v, v, 0.125)
    after = x + 0.1 * v
    expected = np.abs(0.025 * v).max() / np.sqrt(np.mean(after**2))
    assert fit.residual == pytest.approx(expected)
    assert fit.dt_solved == pytest.approx(0.1)
    assert fit.residual_solved == pytest.approx(0, abs=1e-12)


def test_without_dt_the_solved_one_is_used() -> None:
    x, v, _ = _three()
    assert fit_euler(x, x + 0.3 * v, v, None).residual == pytest.approx(0, abs=1e-12)


def test_one_wrong_value_is_seen() -> None:
    x, v, _ = _three()
    after = x + 0.1 * v
    after[0, 3, 7] += 0.5
    fit = fit_euler(x, after, v, 0.1)
    assert fit.residual == pytest.approx(0.5 / np.sqrt(np.mean(after**2)))


def test_nan_never_passes() -> None:
    x, v, _ = _three()
    after = x + 0.1 * v
    after[0, 0, 0] = np.nan
    residual = fit_euler(x, after, v, 0.1).residual
    assert residual is not None and np.isnan(residual)
    before = x.copy()
    before[0, 0, 0] = np.nan  # the state after it is finite: only the residual can tell
    residual = fit_euler(before, x + 0.1 * v, v, 0.1).residual
    assert residual is not None and np.isnan(residual)
    broken = fit_cfg(x, v, after)
    assert broken.residual is not None and np.isnan(broken.residual)


def test_a_zero_velocity_must_not_move_the_state() -> None:
    x, _, _ = _three()
    zero = np.zeros_like(x)
    still, moved = fit_euler(x, x, zero, None), fit_euler(x, x + 1, zero, None)
    assert still.residual == 0 and still.dt_solved is None
    assert moved.residual is not None and moved.residual > 0.5


@settings(max_examples=60, deadline=None)
@given(st.floats(-2, 3), st.integers(0, 1000))
def test_the_rate_is_solved_whatever_it_is(rate: float, seed: int) -> None:
    c, u, _ = _three(seed)
    fit = fit_cfg(c, u, (1 + rate) * c - rate * u)
    assert fit.rate == pytest.approx(rate, abs=1e-9)
    assert fit.residual == pytest.approx(0, abs=1e-9)
    assert fit.weights == pytest.approx((1 + rate, -rate), abs=1e-9)
    assert not fit.uncond_zero and not fit.rows_equal


def test_a_zero_unconditional_velocity_still_gives_a_rate() -> None:
    c, _, _ = _three()
    fit = fit_cfg(c, np.zeros_like(c), 1.5 * c)
    assert fit.rate == pytest.approx(0.5)
    assert fit.uncond_zero and fit.weights is None


def test_equal_rows_leave_the_rate_undefined() -> None:
    c, _, _ = _three()
    fit = fit_cfg(c, c, c)
    assert fit.rate is None and fit.rows_equal and fit.residual == 0


def test_rows_that_differ_by_rounding_only_leave_the_rate_undefined() -> None:
    c, _, _ = _three()
    assert fit_cfg(c, c * (1 + 1e-8), c).rate is None


def test_a_formula_of_another_family_leaves_a_residual_and_free_weights() -> None:
    c, u, _ = _three()
    fit = fit_cfg(c, u, 0.3 * c - 0.7 * u)
    assert fit.residual is not None and fit.residual > 0.1
    assert fit.weights == pytest.approx((0.3, -0.7))
    assert fit.free_residual == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("weights", "formula"),
    [
        ((1.7, -0.7), "(1 + r) c - r u"),
        ((0.7, 0.3), "u + r (c - u)"),
        ((-0.7, 1.7), "(1 + r) u - r c, the rows exchanged"),
        ((0.3, -0.7), "(1 - r) c - r u"),
        ((1.7, 0.7), "(1 + r) c + r u"),
        ((0.3, 0.7), "(1 - r) c + r u"),
    ],
)
def test_known_formulas_are_named_with_their_rate(
    weights: tuple[float, float], formula: str
) -> None:
    named = name_formula(weights)
    assert named is not None
    assert named[0] == formula
    assert named[1] == pytest.approx(0.7)


def test_unknown_weights_have_no_name() -> None:
    assert name_formula((3.0, 4.0)) is None


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
def test_values_on_a_coarse_grid_are_recognised_in_wider_storage(name: str) -> None:
    values = np.random.default_rng(0).standard_normal(500).astype(np.float32)
    if name == "bfloat16":
        values = (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    else:
        values = values.astype(name).astype(np.float32)
    assert value_eps(values, "float32") == dtype_info(name).eps
    assert value_eps(values.astype(np.float64), "float64") == dtype_info(name).eps


def test_true_double_precision_keeps_its_own_step() -> None:
    values = np.random.default_rng(0).standard_normal(50)
    assert value_eps(values, "float64") == dtype_info("float64").eps
    assert value_eps(np.arange(5), "int64") == 0
