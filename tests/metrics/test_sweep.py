import numpy as np
import pytest

from inspector.metrics.chunks import CHUNK
from inspector.metrics.side import summarise
from inspector.metrics.sweep import Limits, PairSweep

NOTHING = Limits(0.0, 0.0, 0.0)


def sweep(reference, candidate, limits=NOTHING, ulp_dtype=None, nan_differs=False) -> PairSweep:
    sides = summarise(reference, candidate), summarise(candidate, reference)
    return PairSweep(
        reference, candidate, sides, limits, ulp_dtype=ulp_dtype, nan_differs=nan_differs
    )


def test_sums_over_several_pieces():
    rng = np.random.default_rng(0)
    a = rng.standard_normal(3 * CHUNK + 11)
    b = a + rng.standard_normal(a.size)
    found = sweep(a, b, Limits(0.1, 0.2, 0.3))
    error = np.abs(b - a)
    assert found.finite == found.unequal == a.size
    assert found.sum_abs == pytest.approx(error.sum(), rel=1e-13)
    assert found.sum_squares == pytest.approx((error**2).sum(), rel=1e-13)
    assert (found.largest, found.largest_at) == (error.max(), error.argmax())
    assert found.outside == np.count_nonzero(error > 0.2 + 0.1 * np.abs(a))
    assert found.outside_swapped == np.count_nonzero(error > 0.3 + 0.1 * np.abs(b))
    assert found.sign_differs == np.count_nonzero(np.sign(a) != np.sign(b))
    assert found.relative == pytest.approx((error / np.abs(a)).max())
    rms = np.sqrt(np.mean(a**2))
    assert found.needed == pytest.approx((error / (rms + np.abs(a))).max())
    assert found.co_moment == pytest.approx(np.cov(a, b, bias=True)[0, 1], rel=1e-12)


def test_the_first_of_equal_errors_is_kept_across_pieces():
    a = np.zeros(3 * CHUNK)
    b = a.copy()
    b[[CHUNK + 3, 2 * CHUNK]] = 1.0, -1.0
    assert sweep(a, b).largest_at == CHUNK + 3
    b[3 * CHUNK - 1] = 1.5
    assert sweep(a, b).largest_at == 3 * CHUNK - 1


def test_bits_are_compared_in_every_piece():
    a = np.zeros(2 * CHUNK, np.float32)
    b = a.copy()
    assert sweep(a, b).identical
    b[-1] = -0.0
    found = sweep(a, b)
    assert not found.identical and found.unequal == 0
    assert not sweep(a, a.astype(np.float64)).identical
    assert sweep(a.astype(">f4"), a).identical


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e200, 1.7e308])
def test_errors_of_any_size_keep_their_squares(size):
    a, b = np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.0, size])
    found = sweep(a, b)
    assert found.largest == pytest.approx(size)
    root = np.sqrt(found.sum_squares) / found.error_scale
    assert root == pytest.approx(size, rel=1e-9)


def test_a_difference_beyond_float64_is_infinite_and_placed():
    top = np.finfo(np.float64).max
    found = sweep(np.array([1.0, top]), np.array([2.0, -top]))
    assert found.largest == np.inf and found.largest_at == 1
    assert np.isfinite(found.sum_squares)


def test_a_denormal_difference_beside_the_largest_values_is_still_one():
    top = np.finfo(np.float64).max
    found = sweep(np.array([top, 5e-324]), np.array([top, 1e-323]))
    assert found.unequal == 1 and found.largest_at == 1 and found.outside == 1


def test_near_ties_of_large_integers_are_settled_exactly():
    a = np.array([2**63 - 2, 2**63 - 1, 2**63 - 1])
    b = np.array([0, 0, 1])
    found = sweep(a, b)
    assert found.largest_at == 1


def test_ulp_leaves_out_what_is_not_finite():
    a = np.array([1.0, np.nan, np.inf], np.float32)
    b = np.array([np.nextafter(np.float32(1), np.float32(2)), 0.0, 5.0], np.float32)
    assert sweep(a, b, ulp_dtype="float32").ulp == 1
    assert sweep(a, b).ulp is None


def test_zero_references_do_not_enter_the_relative_error():
    found = sweep(np.array([0.0, 2.0]), np.array([1.0, 3.0]))
    assert found.relative == 0.5
