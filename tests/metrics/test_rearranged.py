import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.metrics.chunks import CHUNK
from inspector.metrics.rearranged import may_be_rearranged, same_multiset
from inspector.metrics.side import describe

RNG = np.random.default_rng(0)


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(st.sampled_from(["f4", "f8", "i8", "u1"]), st.integers(1, 50)), st.randoms())
def test_any_permutation_is_recognised(values, random):
    order = list(range(values.size))
    random.shuffle(order)
    moved = values[order]
    assert same_multiset(values, moved)
    if np.isfinite(values).any():
        assert may_be_rearranged(describe(values), describe(moved))


def test_one_changed_value_is_enough():
    values = RNG.standard_normal(2 * CHUNK).astype(np.float32)
    moved = values[::-1].copy()
    assert same_multiset(values, moved)
    moved[7] = np.nextafter(moved[7], np.float32(9))
    assert not same_multiset(values, moved)


def test_equal_sums_and_ranges_are_not_enough():
    one, two = np.array([0.0, 1.0, 5.0, 6.0]), np.array([0.0, 2.0, 4.0, 6.0])
    assert not same_multiset(one, two)


def test_integers_stored_as_floats_are_compared_exactly():
    tokens = np.array([5, 2**53 + 1, 7])
    assert same_multiset(tokens[:1], np.array([5.0], np.float32))
    assert not same_multiset(tokens, np.array([7.0, 5.0, 2.0**53]))
    assert same_multiset(np.array([3, 1, 2], np.int32), np.array([2.0, 3.0, 1.0], np.float32))


def test_nan_counts_as_a_value():
    nan = np.nan
    assert same_multiset(np.array([nan, 1.0, np.inf]), np.array([np.inf, nan, 1.0]))
    assert not same_multiset(np.array([nan, 1.0]), np.array([1.0, 1.0]))
    assert not same_multiset(np.array([np.inf, 1.0]), np.array([1.0, -np.inf]))


def test_sizes_must_agree():
    assert not same_multiset(np.zeros(2), np.zeros(3))


@pytest.mark.parametrize(
    "other", [[1.0, 2.0, 4.0], [1.0, 2.5, 3.0], [1.0, 2.0], [1.0, 2.0, np.nan], [-1.0, 2.0, 3.0]]
)
def test_different_summaries_rule_a_permutation_out(other):
    values = describe(np.array([1.0, 2.0, 3.0]))
    assert may_be_rearranged(values, values)
    assert not may_be_rearranged(values, describe(np.array(other)))


def test_no_finite_value_gives_no_claim():
    nothing = describe(np.array([np.nan]))
    assert not may_be_rearranged(nothing, nothing)
