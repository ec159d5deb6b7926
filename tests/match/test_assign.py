"""One-to-one assignment with a margin, and increasing subsequences."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inspector.match.assign import assign, increasing


def test_clear_pairs_are_taken_and_ties_are_not():
    costs = np.array([[0.1, 5.0, 5.0], [5.0, 1.0, 1.0], [5.0, 1.0, 1.0]])
    assert assign(costs, 3.0) == ((0, 0),)


def test_what_is_taken_makes_others_clear():
    costs = np.array([[0.01, 0.1], [0.05, 0.1]])
    # row 1 alone is nearer to column 0, which row 0 takes
    assert assign(costs, 3.0) == ((0, 0), (1, 1))


def test_impossible_pairs_are_never_taken():
    assert assign(np.array([[np.inf, np.inf]]), 2.0) == ()
    assert assign(np.array([[0.0, np.inf], [np.inf, np.inf]]), 2.0) == ((0, 0),)


def test_equal_zeros_are_a_tie():
    assert assign(np.zeros((2, 2)), 3.0) == ()
    assert assign(np.zeros((1, 2)), 3.0) == ()


@given(st.lists(st.integers(0, 20), max_size=9))
def test_the_increasing_subsequence_is_longest(values):
    places = increasing(values)
    chain = [values[i] for i in places]
    assert list(places) == sorted(places)
    assert all(a < b for a, b in itertools.pairwise(chain))
    best = max(
        (
            len(c)
            for n in range(len(values) + 1)
            for c in itertools.combinations(values, n)
            if all(a < b for a, b in itertools.pairwise(c))
        ),
        default=0,
    )
    assert len(chain) == best
