"""Coarser grids that parameters may have been rounded to, and fingerprints of their values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.tensors import Array

GRIDS = ("bfloat16", "float16")
"""Narrow dtypes whose rounding is recognised, coarser first."""

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_PIECE = 1 << 20


@dataclass(frozen=True)
class Fingerprint:
    """A number that stays the same when values change places.

    Attributes:
        size: how many values.
        mixed: sum of a 64-bit hash (SplitMix64) of every value's bits, modulo 2^64.
    """

    size: int
    mixed: int


def round_to(values: Array, grid: str) -> Array:
    """Float32 `values` rounded to the nearest of `grid`, ties to even, as float32."""
    if grid == "float16":
        with np.errstate(over="ignore"):
            return values.astype(np.float16).astype(np.float32)
    bits = values.view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    result = (rounded & np.uint32(0xFFFF0000)).view(np.float32)
    return np.where(np.isfinite(values), result, values)


def grid_of(values: Array) -> str:
    """The coarsest of `GRIDS` on which all finite values lie; ``float32`` when none."""
    for grid in GRIDS:
        if np.array_equal(round_to(values, grid), values, equal_nan=True):
            return grid
    return "float32"


def fingerprint(values: Array) -> Fingerprint:
    """Fingerprint of float32 `values`; -0 counts as 0."""
    flat = np.ascontiguousarray(values).reshape(-1)
    total = 0
    for start in range(0, flat.size, _PIECE):
        total += int(_mix(flat[start : start + _PIECE]).sum(dtype=np.uint64))
    return Fingerprint(flat.size, total % 2**64)


def slice_hashes(values: Array, axis: int) -> Array:
    """A hash [n] uint64 of every slice along `axis` that depends on the places inside it."""
    moved = np.ascontiguousarray(np.moveaxis(values, axis, 0)).reshape(values.shape[axis], -1)
    place = np.arange(moved.shape[1], dtype=np.uint64) * _MIX_1 + _GAMMA
    return _avalanche(_mix(moved) ^ _avalanche(place)).sum(axis=1, dtype=np.uint64)


def _mix(values: Array) -> Array:
    with np.errstate(invalid="ignore"):  # a signalling NaN
        bits = (values + np.float32(0)).view(np.uint32)  # -0 + 0 is 0
    return _avalanche(bits.astype(np.uint64) * _GAMMA + _GAMMA)


def _avalanche(hashes: Array) -> Array:
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _MIX_1
    hashes = (hashes ^ (hashes >> np.uint64(27))) * _MIX_2
    return hashes ^ (hashes >> np.uint64(31))
