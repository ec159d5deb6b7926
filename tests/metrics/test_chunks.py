import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.metrics.chunks import CHUNK, ChunkReader, boxes, copy_range, ranges


@settings(max_examples=200, deadline=None)
@given(data=st.data(), shape=hnp.array_shapes(min_dims=1, max_dims=5, min_side=1, max_side=6))
def test_any_range_of_any_view_is_read_in_c_order(data, shape):
    values = np.arange(math.prod(shape)).reshape(shape)
    view = values.transpose(data.draw(st.permutations(range(len(shape)))))
    view = view[tuple(slice(None, None, data.draw(st.sampled_from([1, -1, 2]))) for _ in shape)]
    flat = view.ravel()
    start = data.draw(st.integers(0, flat.size - 1))
    stop = data.draw(st.integers(start + 1, flat.size))
    out = np.full(stop - start, -1)
    copy_range(view, start, stop, out)
    assert out.tolist() == flat[start:stop].tolist()


def test_pieces_of_a_contiguous_array_are_views_and_of_others_copies():
    values = np.arange(24.0).reshape(4, 6)
    piece = ChunkReader(values, 10).read(10, 20)
    assert np.shares_memory(piece, values)
    other = ChunkReader(values.T, 10).read(10, 20)
    assert not np.shares_memory(other, values)
    assert other.tolist() == values.T.ravel()[10:20].tolist()


def test_pieces_come_in_native_byte_order():
    values = np.arange(5, dtype=">i2")
    piece = ChunkReader(values).read(1, 4)
    assert piece.dtype.isnative
    assert piece.tolist() == [1, 2, 3]


def test_a_scalar_is_one_piece():
    assert ChunkReader(np.array(3.5)).read(0, 1).tolist() == [3.5]


def test_ranges_cover_everything_once():
    assert list(ranges(10, 4)) == [(0, 4), (4, 8), (8, 10)]
    assert list(ranges(0)) == []
    assert list(ranges(CHUNK)) == [(0, CHUNK)]


@settings(max_examples=100, deadline=None)
@given(
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9),
    chunk=st.integers(1, 40),
)
def test_boxes_cover_everything_once_and_stay_small(shape, chunk):
    seen = np.zeros(shape, int)
    for box in boxes(shape, chunk):
        seen[box] += 1
        assert seen[box].size <= chunk
    assert (seen == 1).all()


@pytest.mark.parametrize("shape", [(0,), (3, 0, 2)])
def test_an_empty_shape_has_no_boxes(shape):
    assert list(boxes(shape)) == []
