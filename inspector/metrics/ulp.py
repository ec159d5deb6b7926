"""Distances in units of the last place, counted on the grid of a stored float dtype.

A float read as a signed integer grows with its value once the negative half is turned
over; the difference of two such integers counts the representable steps between them.
Both zeros get 0.  Finite values only: what rounds beyond the largest finite value of the
grid counts as one step past it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from inspector.dtypes import dtype_info
from inspector.tensors import Array


def _turn(bits: Array) -> Array:
    """Make the sign-and-magnitude integers `bits` grow with the value they stand for."""
    sign = bits >> (bits.dtype.itemsize * 8 - 1)
    bits = bits ^ (sign & np.iinfo(bits.dtype).max)
    bits -= sign
    return bits


def _upper_bits(bits: Array, dropped: int) -> Array:
    """Round unsigned float `bits` to nearest even after dropping the lower bits."""
    half = bits.dtype.type((1 << (dropped - 1)) - 1)
    odd = (bits >> dropped) & bits.dtype.type(1)
    return (bits + half + odd) >> dropped


@cache
def _thresholds(dtype: str) -> Array:
    """Borders between the neighbouring non-negative values of a table-sized float8."""
    info = dtype_info(dtype)
    if info.mantissa_bits == 0:  # e8m0: powers of two, no zero
        values = 2.0 ** np.arange(-127, 128)
    else:
        step = info.smallest_normal * info.eps
        count = 2**info.mantissa_bits
        low = np.arange(count) * step
        octaves = np.arange(0, 64)[:, None]
        high = (info.smallest_normal * (1 + np.arange(count) * info.eps) * 2.0**octaves).ravel()
        values = np.concatenate([low, high])
        beyond = int(np.searchsorted(values, info.largest)) + 2
        values = values[:beyond]
    return (values[1:] + values[:-1]) / 2


def _steps(part: Array, dtype: str) -> Array:
    """Place of each value on the grid of `dtype`, as signed integers."""
    if dtype == "float64":
        return _turn(part.astype(np.float64, copy=False).view(np.int64))
    if dtype == "float32":
        return _turn(part.astype(np.float32, copy=False).view(np.int32))
    if dtype == "float16":
        return _turn(part.astype(np.float16, copy=False).view(np.int16))
    if dtype == "bfloat16":
        bits = part.astype(np.float32).view(np.uint32)
        return _turn(_upper_bits(bits, 16).astype(np.uint16).view(np.int16))
    if dtype == "float8_e5m2":
        bits = part.astype(np.float16).view(np.uint16)
        return _turn(_upper_bits(bits, 8).astype(np.uint8).view(np.int8))
    value = part.astype(np.float64)
    place = np.searchsorted(_thresholds(dtype), np.abs(value)).astype(np.int32)
    return np.where(value < 0, -place, place)


def max_ulp(reference_part: Array, candidate_part: Array, dtype: str) -> int:
    """Return the largest number of steps between two finite arrays [N] on one grid.

    Args:
        reference_part, candidate_part: finite real values, not empty.
        dtype: stored float dtype by name whose grid is counted.

    Raises:
        KeyError: `dtype` is not a stored dtype.
    """
    return int(ulp_steps(reference_part, candidate_part, dtype).max())


def ulp_steps(reference_part: Array, candidate_part: Array, dtype: str) -> Array:
    """Return the number of steps between two finite arrays [N] on one grid, unsigned.

    Args:
        reference_part, candidate_part: finite real values.
        dtype: stored float dtype by name whose grid is counted.

    Raises:
        KeyError: `dtype` is not a stored dtype.
    """
    left, right = _steps(reference_part, dtype), _steps(candidate_part, dtype)
    unsigned = np.dtype(f"u{left.dtype.itemsize}")
    # The gap can need the sign bit: take it as unsigned, larger minus smaller.
    gap = np.maximum(left, right).view(unsigned)
    return gap - np.minimum(left, right).view(unsigned)
