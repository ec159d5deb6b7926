"""Stored values as float64 numbers, with differences that lose nothing.

float64 holds every value of the narrower floats, of bool and of integers up to 32 bits.
64-bit integers do not fit: their difference is taken modulo 2**64, where it is exact.
"""

from __future__ import annotations

import numpy as np

from inspector.tensors import Array

_COMFORT = 400  # squares of numbers in 2**-400 ... 2**400 neither overflow nor vanish
_LARGEST_SHIFT = 1000
_EXACT_BELOW = 2.0**62


def parts_of(piece: Array) -> tuple[Array, ...]:
    """The real numbers of a piece: itself, or the real and imaginary parts of complex."""
    return (np.real(piece), np.imag(piece)) if piece.dtype.kind == "c" else (piece,)


def is_wide(dtype: np.dtype) -> bool:
    """True for 64-bit integers, the only numbers here that float64 rounds."""
    return dtype.kind in "iu" and dtype.itemsize == 8


def _modulo(part: Array) -> tuple[Array, Array | None]:
    """`part` modulo 2**64 as uint64, and where that is valid (None: everywhere)."""
    if part.dtype.kind in "iub":
        if part.dtype == np.uint64:
            return part, None
        return part.astype(np.int64).view(np.uint64), None
    value = part.astype(np.float64)
    # Only floats within 2**62 of a 64-bit integer are asked for; adding or taking off
    # 2**64 there is exact.
    valid = (value == np.floor(value)) & (value >= -(2.0**64)) & (value < 2.0**65)
    value = np.where(valid, value, 0.0)
    value = np.where(value >= 2.0**64, value - 2.0**64, value)
    value = np.where(value < -(2.0**63), value + 2.0**64, value)
    high = value >= 2.0**63  # this half of uint64 has its own cast
    modulo = np.where(high, 0.0, value).astype(np.int64).view(np.uint64)
    if high.any():
        modulo = np.where(high, np.where(high, value, 0.0).astype(np.uint64), modulo)
    return modulo, valid


def subtract(
    reference_part: Array, candidate_part: Array, reference: Array, candidate: Array, out: Array
) -> Array:
    """Write candidate minus reference as float64 into `out` [N] and return it.

    With a 64-bit integer on either side the exact difference is rounded once; it is zero
    only where the two values are equal.

    Args:
        reference_part, candidate_part: finite values as stored [N].
        reference, candidate: the same values in float64 [N].
        out: float64 [N].
    """
    np.subtract(candidate, reference, out=out)
    if not (is_wide(reference_part.dtype) or is_wide(candidate_part.dtype)):
        return out
    left, left_valid = _modulo(reference_part)
    right, right_valid = _modulo(candidate_part)
    # Differences beyond 2**62 keep the rounded value: they are far from zero.
    near = np.abs(out) < _EXACT_BELOW
    for valid in (left_valid, right_valid):
        if valid is not None:
            near &= valid
    np.copyto(out, (right - left).view(np.int64), where=near, casting="unsafe")
    return out


def choose_scale(largest: float) -> float:
    """A power of two that brings `largest` near 1; 1 when squares are safe as they are."""
    if largest == 0.0 or not np.isfinite(largest):
        return 1.0
    exponent = int(np.frexp(largest)[1])
    if abs(exponent) <= _COMFORT:
        return 1.0
    return float(np.ldexp(1.0, max(-_LARGEST_SHIFT, min(_LARGEST_SHIFT, -exponent))))
