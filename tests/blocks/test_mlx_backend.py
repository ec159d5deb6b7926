"""Arrays go into MLX and come back, and its refusals are sentences."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import ml_dtypes
import mlx.core as mx
import numpy as np
import pytest

from inspector.blocks.mlx_backend import MlxBackend
from inspector.errors import UsageError

B = MlxBackend()
VALUES = np.array([[1.0, -2.5, 1 / 3], [1e-30, 7e4, np.nan]], np.float64)


@pytest.mark.parametrize("precision", B.precisions)
@pytest.mark.parametrize("stored", [np.float64, np.float32, np.float16])
def test_values_are_rounded_to_the_precision(precision, stored):
    with np.errstate(over="ignore"):
        array = VALUES.astype(stored)
        dtype = ml_dtypes.bfloat16 if precision == "bfloat16" else np.dtype(precision)
        expected = array.astype(np.float32).astype(dtype)
    value = B.put(array, precision)
    assert str(value.dtype) == f"mlx.core.{precision}"
    back = B.take(value)
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, expected.astype(np.float32))


def test_what_is_put_is_a_copy_and_what_is_taken_read_only():
    array = np.ones((2, 2), np.float32)
    value = B.put(array, "float32")
    array[:] = 5
    taken = B.take(value)
    assert taken.max() == 1
    assert not taken.flags.writeable


def test_any_memory_order_keeps_its_values():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    for view in (array.T, array[:, ::2], np.asfortranarray(array), array[::-1]):
        np.testing.assert_array_equal(B.take(B.put(view, "float32")), view)
    np.testing.assert_array_equal(B.take(B.put(np.float32(3), "float32")), 3)


@pytest.mark.parametrize("array", [np.array([3, -1]), np.array([3], np.uint8), np.array([True])])
def test_integers_and_truths_stay_what_they_are(array):
    value = B.cast(B.put(array, "float16"), "bfloat16")
    assert not mx.issubdtype(value.dtype, mx.floating)
    np.testing.assert_array_equal(B.take(value), array)


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([1j])])
def test_values_that_are_no_real_numbers_are_refused(array):
    with pytest.raises(UsageError, match="real numbers"):
        B.put(array, "float32")


def test_double_precision_is_refused_rather_than_rounded():
    """MLX has it on the CPU alone, and there not for every operation."""
    assert "float64" not in B.precisions
    for ask in (B.put, B.cast):
        with pytest.raises(UsageError, match=r"float64.*float32, float16, bfloat16"):
            ask(mx.zeros(1) if ask == B.cast else np.zeros(1), "float64")


def test_a_refusal_of_the_framework_is_a_sentence():
    x = B.put(np.ones((1, 4, 5)), "float32")
    with pytest.raises(UsageError) as caught:
        B.run("group_norm", [x], {}, {"eps": 1e-5, "groups": 3})
    for part in ("group_norm", "MLX refuses", "[1, 4, 5] float32"):
        assert part in caught.value.sentence
    assert "\n" not in caught.value.sentence


def test_a_value_made_in_one_thread_is_read_and_used_in_another():
    """MLX ties a value that is not yet computed to the thread that asked for it."""
    x = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)

    def softly(value):
        return B.run("activation", [value], {}, {"kind": "tanh"})

    with ThreadPoolExecutor(1) as pool:
        put = pool.submit(B.put, x, "float16").result()
        made = pool.submit(softly, B.cast(put, "float32")).result()
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(B.take, softly(made)).result()
    np.testing.assert_allclose(taken, np.tanh(np.tanh(x)), atol=1e-3)
