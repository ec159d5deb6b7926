import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.metrics.moments import Moments


def gather(values: np.ndarray, cuts: list[int]) -> Moments:
    moments = Moments()
    for piece in np.split(values, cuts):
        moments.update(piece, np.empty(piece.size))
    return moments


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), size=st.integers(1, 300), shift=st.floats(-1e6, 1e6),
    cuts=st.lists(st.integers(0, 300), max_size=5),
)  # fmt: skip
def test_pieces_merge_to_the_moments_of_the_whole(seed, size, shift, cuts):
    values = np.random.default_rng(seed).standard_normal(size) + shift
    moments = gather(values, sorted(c for c in cuts if c <= size))
    assert moments.count == size
    assert (moments.minimum, moments.maximum) == (values.min(), values.max())
    assert moments.mean == pytest.approx(values.mean(), rel=1e-13, abs=1e-13)
    assert moments.variance == pytest.approx(values.var(), rel=1e-9, abs=1e-12)


def test_a_constant_has_no_variance_at_all():
    moments = gather(np.full(1000, 0.1), [300, 700])
    assert moments.mean == 0.1
    assert moments.variance == 0.0


def test_a_large_mean_costs_no_digits():
    values = np.random.default_rng(0).standard_normal(5000)
    moments = gather(values + 1e9, [1000, 2500])
    assert moments.variance == pytest.approx((values + 1e9 - 1e9).var(), rel=1e-7)


def test_nothing_has_no_range():
    moments = gather(np.empty(0), [])
    assert moments.count == 0 and moments.variance == 0.0
    assert np.isnan(moments.minimum)
