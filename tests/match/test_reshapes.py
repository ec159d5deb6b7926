"""Layouts that split one axis."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.match.reshapes import reshaped
from tests.match.build import make_trace, match

V = np.random.default_rng(0).normal(size=(2, 12, 4, 8))  # B T H D


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [
        (V.reshape(2, 12, 32), V.transpose(0, 2, 1, 3)),  # heads together against apart
        (V.transpose(0, 2, 1, 3), V.reshape(2, 12, 32)),
        (V.reshape(2, 12, 32).transpose(0, 2, 1), V.transpose(0, 2, 1, 3)),  # BCT
        (V[:1].reshape(1, 12, 32), V[0].transpose(1, 0, 2)),
        (V.reshape(2, 12, 32), V.reshape(-1)),  # flattened
        (V.reshape(-1), V.reshape(2, 12, 32)),
        (V.reshape(24, 32), V.reshape(2, 12, 32)),  # batch and frames together
        (V.reshape(2, 12, 32), V.reshape(24, 32)),
    ],
)
@pytest.mark.parametrize("names", [("x.query", "x.query"), ("alpha", "omega")])
def test_split_axes_are_compared_as_equal(reference, candidate, names):
    reference, candidate = np.ascontiguousarray(reference), np.ascontiguousarray(candidate)
    result = match(make_trace({names[0]: reference}), make_trace({names[1]: candidate}))
    (pair,) = result.pairs
    left, right = pair.read()
    np.testing.assert_array_equal(left, right)
    assert pair.mismatch == "" and pair.confidence >= 0.5
    assert "in one axis" in pair.notes[0]
    assert pair.letters == "" or len(pair.letters) == left.ndim


def test_other_values_stay_a_mismatch():
    other = np.random.default_rng(1).normal(size=(2, 4, 12, 8))
    (pair,) = match(make_trace({"q": V.reshape(2, 12, 32)}), make_trace({"q": other})).pairs
    assert "2x12x32 and 2x4x12x8" in pair.mismatch
    assert (
        match(make_trace({"alpha": V.reshape(2, 12, 32)}), make_trace({"beta": other})).pairs == ()
    )


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [((2, 3), (3, 2)), ((6,), (5,)), ((0, 3), (0,)), ((), (1,)), ((4, 9), (6, 6)), ((7,), (2, 3))],
)
def test_no_split(reference, candidate):
    assert reshaped(reference, candidate) == ()


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(0, 3),
    st.data(),
)
def test_every_fit_gives_equal_shapes(lengths, at, data):
    few = list(lengths)
    if len(few) > 1:
        at %= len(few) - 1
        few[at : at + 2] = [few[at] * few[at + 1]]
    many = data.draw(st.permutations(lengths))
    for fit in reshaped(tuple(few), tuple(many)):
        left = fit.reference.apply(np.zeros(few))
        assert left.shape == fit.candidate.apply(np.zeros(many)).shape
