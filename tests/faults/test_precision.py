"""Half precision and quantisation, against the frameworks' own."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest
import torch

from inspector.errors import UsageError
from inspector.faults.precision import quantised, rounded

VALUES = np.random.default_rng(0).standard_normal((24, 128)) * np.logspace(-6, 4, 24)[:, None]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_rounding_is_that_of_torch(dtype):
    expected = torch.from_numpy(VALUES.astype(np.float32)).to(getattr(torch, dtype)).double()
    found = rounded(VALUES.astype(np.float32).astype(np.float64), dtype)
    assert np.array_equal(found, expected.numpy())


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("group", [32, 64, 128])
def test_quantisation_is_that_of_mlx(bits, group):
    values = VALUES.astype(np.float32)
    packed, scales, biases = mx.quantize(mx.array(values), group_size=group, bits=bits)
    expected = np.array(mx.dequantize(packed, scales, biases, group_size=group, bits=bits))
    found = quantised(values, bits, group)
    assert np.linalg.norm(found - expected) <= 2e-6 * np.linalg.norm(expected)
    groups = values.reshape(24, -1, group)[6:]  # below, the smallest scale of 1e-7 is too coarse
    steps = np.ptp(groups, axis=-1, keepdims=True) / (2**bits - 1)
    assert (np.abs(found.reshape(24, -1, group)[6:] - groups) <= 1.6 * steps).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(UsageError, match="groups of 64"):
        quantised(np.zeros((4, 100)), 8, 64)
    with pytest.raises(UsageError, match="float16 or bfloat16"):
        rounded(VALUES, "int8")
