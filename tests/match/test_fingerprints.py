"""Fingerprints: what changes them and what must not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.match import fingerprints
from inspector.match.fingerprints import (
    FULL_SIZE,
    Fingerprints,
    centred_gap,
    directions,
    fingerprint,
    gap,
    print_of,
    thin,
)
from tests.match.build import make_record, unreadable


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@settings(max_examples=60, deadline=None)
@given(shape=st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple), data=st.data())
def test_the_order_of_axes_and_unit_axes_change_nothing(shape, data):
    values = normal(*shape)
    order = data.draw(st.permutations(range(len(shape))))
    moved = np.ascontiguousarray(values.transpose(order))[None, ..., None]
    one, other = print_of(values), print_of(moved)
    assert one.key == other.key
    assert gap(one, other) < 1e-12
    np.testing.assert_allclose(one.moments, other.moments, atol=1e-9)


def test_the_gap_estimates_the_relative_difference():
    values = normal(20, 30)
    for size in (1e-6, 1e-3, 0.1):
        found = [
            gap(print_of(values), print_of(values + size * normal(20, 30, seed=s)))
            for s in range(1, 60)
        ]
        assert 0.8 * size < np.median(found) < 1.2 * size
        assert max(found) < 2.0 * size
    unrelated = [gap(print_of(values), print_of(normal(20, 30, seed=s))) for s in range(1, 200)]
    assert min(unrelated) > 0.5


def test_a_gain_and_an_offset_are_differences():
    values = normal(20, 30)
    assert gap(print_of(values), print_of(1.1 * values)) == pytest.approx(0.1, abs=0.05)
    assert gap(print_of(values), print_of(values + 1.0)) > 0.5
    # the common offset hides a difference from the gap, not from the centred one
    other = print_of(normal(20, 30, seed=1) + 100.0)
    assert gap(print_of(values + 100.0), other) < 0.05
    assert centred_gap(print_of(values + 100.0), other) > 0.5


def test_other_lengths_and_other_holes_are_far():
    values = normal(4, 6)
    assert gap(print_of(values), print_of(values[:3])) == np.inf
    holes = values.copy()
    holes[0, 0] = np.nan
    assert gap(print_of(values), print_of(holes)) == np.inf
    assert gap(print_of(holes), print_of(holes)) == 0.0


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((3, 4)), np.full((3, 4), 7.0), np.array(5), np.array([True, False, True]),
        np.full((2, 3), np.nan), np.array([np.inf, 1.0, -np.inf]), np.full((4, 4), 1e308),
        np.array([1 + 2j, 3 - 1j]), np.arange(12, dtype=np.uint64).reshape(3, 4),
        np.full(5, 5e-324),
    ],
)  # fmt: skip
def test_edge_values_give_finite_prints(values):
    with np.errstate(all="raise", under="ignore"):
        one = print_of(values)
    assert np.isfinite(one.point).all() and np.isfinite(one.moments).all()
    assert gap(one, print_of(values.copy())) == 0.0


def test_rows_and_their_exchange():
    rows = normal(2, 5, 7)
    found = fingerprint(make_record("a", rows))
    assert found is not None and found.exchanged is not None
    assert gap(found.rows[1], print_of(rows[1].T)) < 1e-12
    assert gap(found.exchanged, print_of(rows[::-1])) < 1e-12
    assert gap(found.whole, print_of(rows)) < 1e-12
    assert gap(found.whole, found.exchanged) > 0.3


def test_large_tensors_are_thinned_alike_whatever_their_axes():
    values = normal(3, 700, 700)
    assert thin(values).size <= FULL_SIZE < values.size
    assert gap(print_of(values), print_of(values.transpose(2, 0, 1))) < 1e-12
    assert print_of(values).size == values.size


def test_what_cannot_be_read_has_no_fingerprint():
    assert fingerprint(unreadable("a", (2, 3), TraceError("truncated", "a", "ends early"))) is None
    assert fingerprint(make_record("a", np.zeros((0, 3)))) is None
    assert fingerprint(make_record("a", np.array(["x"]))) is None


def test_each_tensor_is_read_once(monkeypatch):
    calls = []
    monkeypatch.setattr(fingerprints, "fingerprint", lambda r: calls.append(r.name))
    record = make_record("a", normal(3))
    source = Fingerprints("")
    source.of(record)
    source.of(record)
    assert calls == ["a"]
    # a trace with an identity is remembered by the next match too, one without is not
    for identity, count in (("some trace 1", 2), ("some trace 1", 2), ("", 3)):
        Fingerprints(identity).of(record)
        assert len(calls) == count


def test_directions_are_fixed_by_the_length():
    np.testing.assert_array_equal(directions(5), directions(5))
    assert directions(5).shape == (5, fingerprints.PROJECTIONS)
    assert np.mean(directions(5000) ** 2) == pytest.approx(1.0, abs=0.01)
