"""MLX's affine quantisation undone with NumPy.

A quantised weight [O, I] is stored as packed unsigned integers q [O, I bits / 32] (32 bits
each, the first value in the lowest bits) with one scale and one bias per group of G
neighbours of a row: w = scale q + bias.  Source: documentation of ``mlx.core.quantize``.
"""

from __future__ import annotations

import numpy as np

from inspector.tensors import Array

GROUP_SIZES = (64, 32, 128)
BITS = (4, 8, 2)


def unpack_bits(packed: Array, bits: int) -> Array:
    """Packed values [..., P] uint32 to single ones [..., 32 P / bits] uint32."""
    shifts = np.arange(0, 32, bits, dtype=np.uint32)
    values = (packed[..., None] >> shifts) & np.uint32(2**bits - 1)
    return values.reshape(*packed.shape[:-1], -1)


def dequantise(packed: Array, scales: Array, biases: Array) -> Array:
    """Values [..., I] float32 of a quantised weight; bits follow from the shapes.

    Args:
        packed: [..., P] uint32.
        scales, biases: [..., I / G].

    Raises:
        ValueError: the shapes fit no group size and number of bits.
    """
    group, bits = quantised_format(packed.shape, scales.shape)
    codes = unpack_bits(packed, bits).reshape(*scales.shape, group).astype(np.float32)
    values = codes * scales[..., None].astype(np.float32) + biases[..., None].astype(np.float32)
    return values.reshape(*packed.shape[:-1], -1)


def quantised_format(packed: tuple[int, ...], scales: tuple[int, ...]) -> tuple[int, int]:
    """Group size and bits that fit the shapes of packed values and scales.

    Several may (64 x 4 bits and 32 x 8 bits pack alike); the first of `GROUP_SIZES`, MLX's
    default first, is taken.

    Raises:
        ValueError: none fits.
    """
    if len(packed) >= 2 and packed[:-1] == scales[:-1] and scales[-1]:
        for group in GROUP_SIZES:
            for bits in BITS:
                if packed[-1] * 32 == scales[-1] * group * bits:
                    return group, bits
    raise ValueError("no group size and number of bits fits the shapes")
