"""Pieces of several arrays side by side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analysis.chunks import float64_chunks, inner


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 40), st.integers(1, 12))
def test_the_pieces_hold_every_value_once_and_in_order(count: int, size: int) -> None:
    a, b = np.arange(count, dtype=np.int16), np.arange(count, dtype=np.float32) / 2
    pieces = list(float64_chunks(a, b, size=size))
    assert all(x.dtype == np.float64 and x.size <= size for piece in pieces for x in piece)
    joined = [np.concatenate([p[i] for p in pieces]) if pieces else np.empty(0) for i in (0, 1)]
    np.testing.assert_array_equal(joined[0], a)
    np.testing.assert_array_equal(joined[1], b)


def test_a_transposed_view_is_walked_in_the_order_of_its_own_shape() -> None:
    view = np.arange(12).reshape(3, 4).T
    walked = np.concatenate([p for (p,) in float64_chunks(view, size=5)])
    np.testing.assert_array_equal(walked, view.ravel())


def test_a_piece_survives_the_next_one() -> None:
    pieces = [p for (p,) in float64_chunks(np.arange(10).reshape(2, 5).T, size=3)]
    assert pieces[0].tolist() == [0, 5, 1]


def test_arrays_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="sizes differ"):
        list(float64_chunks(np.zeros(3), np.zeros(4)))


def test_the_inner_product_is_that_of_blas() -> None:
    a, b = np.random.default_rng(0).standard_normal((2, 5000))
    assert inner(a, b) == pytest.approx(float(a @ b), rel=1e-12)
    assert np.isnan(inner(np.array([1.0, np.nan]), np.array([1.0, 0.0])))
