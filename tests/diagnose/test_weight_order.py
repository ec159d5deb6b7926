"""Every way to move values is found from values alone, and described."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.diagnose.weight_order import describe_order, find_move, find_permutation, nearly

RANDOM = np.random.default_rng(0)
MATRIX = RANDOM.standard_normal((6, 6)).astype(np.float32)
WIDE = RANDOM.standard_normal((4, 6)).astype(np.float32)
KERNEL = RANDOM.standard_normal((5, 5, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("reference", "candidate", "kind", "word"),
    [
        (MATRIX, MATRIX.T, "transposed", "transposed"),
        (WIDE, WIDE.T, "transposed", "transposed"),
        (WIDE, WIDE.T.reshape(4, 6), "rearranged", "axes 1 0"),
        (WIDE, WIDE.reshape(24), "same", "shape"),
        (WIDE, WIDE.reshape(6, 4), "same", "shape"),
        (KERNEL, KERNEL[..., ::-1], "flipped", "reversed"),
        (KERNEL, KERNEL.transpose(1, 0, 2), "transposed", "1 0 2"),
        (KERNEL, KERNEL[..., ::-1].transpose(1, 0, 2), "transposed", "reversed"),
        (KERNEL, KERNEL.transpose(0, 2, 1), "transposed", "0 2 1"),
        (KERNEL, KERNEL.transpose(0, 2, 1).reshape(5, 5, 3), "rearranged", "axes 0 2 1"),
    ],
)
def test_whole_moves(reference, candidate, kind, word):
    found = find_move(reference, candidate)
    assert found[0] == kind
    assert word in found[1]


def test_no_move_is_nothing():
    assert find_move(MATRIX, MATRIX[::-1]) == ("", "")
    assert find_move(MATRIX, MATRIX + 1) == ("", "")
    assert find_move(MATRIX, WIDE) == ("", "")


def test_a_move_with_small_changes_is_found_by_a_looser_comparison():
    noisy = MATRIX.T * np.float32(1.001)
    assert find_move(MATRIX, noisy) == ("", "")
    assert find_move(MATRIX, noisy, nearly(0.01))[0] == "transposed"
    assert find_move(MATRIX, noisy * 2, nearly(0.01)) == ("", "")


@given(st.permutations(range(6)))
def test_any_order_of_rows_or_columns(order):
    for axis in (0, 1):
        moved = np.take(MATRIX, order, axis)
        clause, found = find_permutation(MATRIX, moved)
        assert np.array_equal(np.take(MATRIX, found, axis), moved)
        assert clause
        if list(order) != sorted(order):
            assert ("rows", "columns")[axis] in clause


def test_taps_and_values():
    assert "taps are rotated by 1" in find_permutation(KERNEL, KERNEL[..., [1, 2, 0]])[0]
    assert "values are reversed" in find_permutation(MATRIX[0], MATRIX[0, ::-1])[0]


def test_what_is_not_a_reordering_is_nothing():
    moved = MATRIX.copy()
    moved[0, 0], moved[1, 1] = moved[1, 1], moved[0, 0]
    assert find_permutation(MATRIX, moved) == ("", ())
    assert find_permutation(MATRIX, WIDE) == ("", ())


@pytest.mark.parametrize(
    ("order", "heads", "words"),
    [
        (np.arange(8)[::-1], None, "reversed"),
        (np.arange(8).reshape(2, 4).T.reshape(-1), 2, "2 heads of 4 are stored channel by channel"),
        (np.arange(8).reshape(4, 2).T.reshape(-1), 2, "2 heads of 4 are taken apart"),
        (np.arange(12).reshape(3, 4).T.reshape(-1), None, "3 groups of 4"),
        (np.roll(np.arange(8), 4), None, "halves are swapped"),
        (np.roll(np.arange(8), 3), None, "rotated by 5"),
        (np.array([1, 0, 2, 3, 4, 5, 6]), None, "2 of 7 rows"),
    ],
)  # fmt: skip
def test_orders_are_named(order, heads, words):
    assert words in describe_order(order, "rows", heads)


def test_equal_rows_do_not_confuse_the_order():
    twice = np.concatenate([MATRIX, MATRIX])
    clause, order = find_permutation(twice, twice[::-1])
    assert clause
    assert np.array_equal(twice[list(order)], twice[::-1])
