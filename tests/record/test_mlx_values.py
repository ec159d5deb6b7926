"""MLX arrays as bytes."""

from __future__ import annotations

import re

import mlx.core as mx
import numpy as np
import pytest

from inspector.record.mlx_values import _NAMES, mlx_version, store_array
from inspector.record.values import Unstorable


@pytest.mark.parametrize("dtype", list(_NAMES), ids=str)
def test_every_dtype_keeps_its_values(dtype):
    with mx.stream(mx.cpu):
        array = mx.arange(12).reshape(3, 4).astype(dtype)
        stored = store_array(array)
        assert stored.shape == (3, 4)
        assert len(stored.data) == array.nbytes
        if dtype == mx.bfloat16:
            raw = np.frombuffer(stored.data, "<u2").astype("<u4") << 16
            assert raw.view("<f4").tolist() == list(range(12))
        else:
            assert (np.frombuffer(stored.data, stored.dtype) == np.array(array).reshape(-1)).all()


@pytest.mark.parametrize(
    "array",
    [
        mx.arange(6.0).reshape(2, 3).T,
        mx.arange(24.0).reshape(2, 3, 4)[:, ::2, 1:],
        mx.broadcast_to(mx.ones(1), (3, 2)),
        mx.array(1.5),
        mx.zeros((0, 3)),
    ],
    ids=["turned", "strided", "broadcast", "scalar", "empty"],
)
def test_every_kind_of_view_has_its_values(array):
    stored = store_array(array)
    values = np.frombuffer(stored.data, stored.dtype).reshape(stored.shape)
    assert values.shape == array.shape
    assert values.tolist() == array.tolist()


def test_turned_bfloat16_keeps_its_order():
    array = mx.arange(6).reshape(2, 3).astype(mx.bfloat16).T
    raw = np.frombuffer(store_array(array).data, "<u2").astype("<u4") << 16
    assert raw.view("<f4").tolist() == [0, 3, 1, 4, 2, 5]


def test_rows_are_taken_from_the_first_axis():
    stored = store_array(mx.arange(6.0).reshape(3, 2), (2, 0))
    assert np.frombuffer(stored.data, "f4").reshape(stored.shape).tolist() == [[4, 5], [0, 1]]


@pytest.mark.parametrize("transform", [mx.compile, mx.vmap])
def test_traced_arrays_say_why_they_have_no_values(transform):
    reasons = []

    def function(x):
        with pytest.raises(Unstorable) as refused:
            store_array(x * 2)
        reasons.append(str(refused.value))
        return x

    transform(function)(mx.ones((2, 3)))
    assert "without compiling" in reasons[0]


def test_the_version_is_known():
    assert re.match(r"\d+\.\d+", mlx_version())
