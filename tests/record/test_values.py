"""Values as bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.record.values import Unstorable, flat_bytes, row_slices, store_numpy


@given(
    hnp.arrays(
        st.sampled_from(["f4", ">f8", "i2", ">u4", "?", "c8", "f2"]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    )
)
def test_bytes_are_little_endian_in_c_order(array):
    for view in (array, array.T):
        stored = store_numpy(view)
        back = np.frombuffer(stored.data, np.dtype(stored.dtype).newbyteorder("<"))
        assert stored.shape == view.shape
        assert back.tobytes() == view.astype(view.dtype.newbyteorder("<")).tobytes()


@pytest.mark.parametrize(
    ("value", "dtype"), [(0.5, "float64"), (3, "int64"), (True, "bool"), (np.float32(1), "float32")]
)
def test_numbers_are_scalars(value, dtype):
    stored = store_numpy(value)
    assert (stored.dtype, stored.shape) == (dtype, ())
    assert np.frombuffer(stored.data, dtype)[0] == value


@pytest.mark.parametrize("value", ["text", object(), np.array(["a"]), np.zeros(2, "c16"), [[1], 2]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(Unstorable, match="it"):
        store_numpy(value)


def test_rows_become_slices_that_keep_the_axis():
    assert np.concatenate([np.eye(3)[part] for part in row_slices((2, 0))]).tolist() == [
        [0, 0, 1],
        [1, 0, 0],
    ]


def test_bytes_of_a_contiguous_array_are_not_copied():
    array = np.zeros(4, np.float32)
    view = flat_bytes(array)
    array[0] = 1
    assert bytes(view[:4]) == np.float32(1).tobytes()
