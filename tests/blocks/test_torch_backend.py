"""Arrays go into PyTorch and come back, and its refusals are sentences."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
import torch

from inspector.blocks.torch_backend import TorchBackend
from inspector.errors import UsageError

B = TorchBackend()
VALUES = np.array([[1.0, -2.5, 1 / 3], [1e-30, 7e4, np.nan]], np.float64)


@pytest.mark.parametrize("precision", B.precisions)
@pytest.mark.parametrize("stored", [np.float64, np.float32, np.float16])
def test_values_are_rounded_once_to_the_precision(precision, stored):
    with np.errstate(over="ignore"):
        array = VALUES.astype(stored)
        dtype = ml_dtypes.bfloat16 if precision == "bfloat16" else np.dtype(precision)
        expected = array.astype(dtype)
    value = B.put(array, precision)
    assert str(value.dtype) == f"torch.{precision}"
    back = B.take(value)
    assert back.dtype == (np.float64 if precision == "float64" else np.float32)
    np.testing.assert_array_equal(back, expected.astype(back.dtype))


def test_what_is_put_is_a_copy_and_what_is_taken_read_only():
    array = np.ones((2, 2), np.float32)
    value = B.put(array, "float32")
    array[:] = 5
    taken = B.take(value)
    assert taken.max() == 1
    assert not taken.flags.writeable
    array.flags.writeable = False
    assert B.take(B.put(array, "float32")).max() == 5


def test_any_memory_order_keeps_its_values():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    for view in (array.T, array[:, ::2], np.asfortranarray(array), array[::-1]):
        np.testing.assert_array_equal(B.take(B.put(view, "float32")), view)
    np.testing.assert_array_equal(B.take(B.put(np.float32(3), "float32")), 3)


@pytest.mark.parametrize("array", [np.array([3, -1]), np.array([3], np.uint8), np.array([True])])
def test_integers_and_truths_stay_what_they_are(array):
    value = B.put(array, "float16")
    assert not value.is_floating_point()
    assert not B.cast(value, "float64").is_floating_point()
    np.testing.assert_array_equal(B.take(value), array)


def test_a_cast_changes_floating_point_values_alone():
    value = B.put(VALUES, "float64")
    assert B.cast(value, "bfloat16").dtype == torch.bfloat16
    assert B.cast(value, "float64") is value


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([1j])])
def test_values_that_are_no_real_numbers_are_refused(array):
    with pytest.raises(UsageError, match="real numbers"):
        B.put(array, "float32")


def test_an_unknown_precision_is_refused():
    for ask in (B.put, B.cast):
        with pytest.raises(UsageError, match=r"float8.*float64, float32"):
            ask(torch.zeros(1) if ask == B.cast else np.zeros(1), "float8")


def test_a_refusal_of_the_framework_is_a_sentence():
    x, weight = B.put(np.ones((1, 3)), "float32"), B.put(np.ones((2, 3)), "float16")
    with pytest.raises(UsageError) as caught:
        B.run("linear", [x], {"weight": weight}, {})
    for part in ("linear", "PyTorch refuses", "[1, 3] float32", "weight [2, 3] float16"):
        assert part in caught.value.sentence
    assert "\n" not in caught.value.sentence


def test_no_gradient_is_recorded():
    weight = torch.ones(2, 3, requires_grad=True)
    value = B.run("linear", [torch.ones(1, 3)], {"weight": weight}, {})
    assert not value.requires_grad
    np.testing.assert_array_equal(B.take(value), [[3.0, 3.0]])


def test_no_operation_changes_its_input():
    x = B.put(np.arange(24.0).reshape(2, 3, 4), "float32")
    before = B.take(x).copy()
    B.run("activation", [x], {}, {"kind": "relu"})
    B.run("layer_norm", [x], {}, {"eps": 1e-5})
    B.run("add", [x, x], {}, {})
    np.testing.assert_array_equal(B.take(x), before)
