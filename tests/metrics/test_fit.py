import numpy as np
import pytest

from inspector.metrics.fit import Fit, fit
from inspector.metrics.side import summarise
from inspector.metrics.sweep import Limits, PairSweep


def fitted(reference: np.ndarray, candidate: np.ndarray) -> Fit:
    sides = summarise(reference, candidate), summarise(candidate, reference)
    sweep = PairSweep(
        reference, candidate, sides, Limits(0.0, 0.0, 0.0), ulp_dtype=None, nan_differs=False
    )
    return fit(*sides, sweep)


def test_agrees_with_numpy():
    rng = np.random.default_rng(0)
    a = rng.standard_normal(1000) + 3
    b = 0.7 * a - 2 + 0.1 * rng.standard_normal(1000)
    found = fitted(a, b)
    slope, intercept = np.polyfit(a, b, 1)
    assert found.gain == pytest.approx(slope)
    assert found.offset == pytest.approx(intercept)
    assert found.correlation == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert found.cosine == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    assert found.norm_ratio == pytest.approx(np.linalg.norm(b) / np.linalg.norm(a))


def test_only_elements_finite_on_both_sides_count():
    a = np.array([1.0, 2.0, 1e300, np.nan, 3.0])
    b = np.array([2.0, 4.0, np.inf, 7.0, 6.0])
    found = fitted(a, b)
    assert (found.gain, found.norm_ratio, found.cosine) == pytest.approx((2.0, 2.0, 1.0))
    assert found.offset == pytest.approx(0.0, abs=1e-12)


def test_a_zero_side_leaves_the_angle_undefined():
    zero, some = np.zeros(3), np.array([1.0, 2.0, 4.0])
    found = fitted(zero, some)
    assert found.norm_ratio is found.cosine is found.correlation is found.gain is None
    found = fitted(some, zero)
    assert (found.norm_ratio, found.cosine, found.correlation) == (0.0, None, None)
    assert (found.gain, found.offset) == (0.0, 0.0)


def test_a_constant_side_leaves_the_correlation_undefined():
    found = fitted(np.full(3, 0.1), np.array([1.0, 2.0, 3.0]))
    assert found.correlation is found.gain is found.offset is None
    assert found.cosine == pytest.approx(6 / np.sqrt(3 * 14))


@pytest.mark.parametrize(("one", "two"), [(1e200, 1e200), (1e-200, 1e200), (1e-200, 3e-200)])
def test_extreme_scales_keep_the_angle(one, two):
    a = np.array([1.0, 2.0, -3.0])
    found = fitted(a * one, a * two)
    assert found.cosine == pytest.approx(1.0)
    assert found.correlation == pytest.approx(1.0)
    if two / one < 1e300:
        assert found.norm_ratio == pytest.approx(two / one)
        assert found.gain == pytest.approx(two / one)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_the_offset_is_in_the_unit_of_the_tensor(scale):
    a = np.array([1.0, 2.0, -3.0]) * scale
    assert fitted(a, 2 * a + scale).offset == pytest.approx(scale)


def test_nothing_finite_gives_nothing():
    found = fitted(np.array([np.nan]), np.array([1.0]))
    assert found.norm_ratio is found.cosine is found.gain is None
