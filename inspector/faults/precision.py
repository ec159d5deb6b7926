"""What half precision and affine quantisation leave of a weight."""

from __future__ import annotations

import numpy as np

from inspector.errors import UsageError
from inspector.tensors import Array


def rounded(array: Array, dtype: str) -> Array:
    """`array` rounded to ``float16`` or ``bfloat16``, as float64.

    bfloat16 keeps the upper 16 bits of a float32, rounded to nearest, ties to even.
    """
    if dtype == "float16":
        with np.errstate(over="ignore"):
            return array.astype(np.float16).astype(np.float64)
    if dtype != "bfloat16":
        raise UsageError("setting", "dtype", f"it is {dtype!r}", "float16 or bfloat16")
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    upper = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return upper.view(np.float32).astype(np.float64)


def quantised(array: Array, bits: int, group: int) -> Array:
    """`array` [O, I] after affine quantisation and back, in groups along I.

    Each group has a scale and an offset: the end of its range with the larger magnitude is
    met exactly, zero stays representable, q = round((w - offset) / scale) in 0..2^bits - 1.
    Source of the formula: MLX `quantize` in affine mode.

    Raises:
        UsageError: I is not a multiple of `group`.
    """
    if array.ndim != 2 or array.shape[1] % group:
        raise UsageError(
            "shape", "weight", f"its shape is {array.shape}", f"rows in groups of {group} values"
        )
    values = array.reshape(array.shape[0], -1, group).astype(np.float64)
    low, high = values.min(-1, keepdims=True), values.max(-1, keepdims=True)
    levels = 2**bits - 1
    scale = np.maximum((high - low) / levels, 1e-7)
    from_low = np.abs(low) > np.abs(high)
    scale = np.where(from_low, scale, -scale)
    edge = np.where(from_low, low, high)
    steps = np.rint(edge / scale)
    scale = np.where(steps != 0, edge / np.where(steps != 0, steps, 1), scale)
    offset = np.where(steps != 0, edge, 0.0)
    q = np.clip(np.rint((values - offset) / scale), 0, levels)
    return (q * scale + offset).reshape(array.shape)
