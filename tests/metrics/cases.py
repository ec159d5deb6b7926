"""Small pairs of arrays of every dtype, with the values that break naive code."""

from __future__ import annotations

import numpy as np

REAL_DTYPES = (
    "float64", "float32", "float16", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64", "bool",
)  # fmt: skip


def edge_values(dtype: str) -> list[float | int]:
    """Zeros, extremes, neighbours of powers of two, and NaN and Inf where they exist."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return [0, 1]
    if kind.kind in "iu":
        facts = np.iinfo(kind)
        near = [2**53, 2**53 + 1, 2**31, 2**62, 2**63 - 1, 2**63, -(2**53) - 1]
        return [0, 1, 2, 3, 100, facts.min, facts.max, facts.max - 1, facts.min + 1] + [
            v for v in near if facts.min <= v <= facts.max
        ]
    facts = np.finfo(kind)
    values = [0.0, -0.0, 1.0, -1.0, float(facts.max), -float(facts.max), float(facts.tiny),
              float(facts.smallest_subnormal), -float(facts.smallest_subnormal), 0.1, 3.0,
              float("nan"), float("inf"), -float("inf"), 1.0 + float(facts.eps), 0.5]  # fmt: skip
    if dtype == "float64":
        values += [1e200, -1e200, 1e-200, 3e-200, 2.0**53, 2.0**63, 2.0**64, 1.5e19, -(2.0**63)]
    return values


def draw(rng: np.random.Generator, dtype: str, shape: tuple[int, ...], edges: float) -> np.ndarray:
    """An array of ordinary values with a share `edges` of `edge_values`."""
    size = int(np.prod(shape))
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.integers(0, 2, size).astype(bool).reshape(shape)
    ordinary = rng.standard_normal(size) * 10.0 ** rng.integers(-2, 3)
    if kind.kind in "iu":
        ordinary = np.abs(ordinary * 5) if kind.kind == "u" else ordinary * 5
        ordinary = np.clip(ordinary, max(-100, np.iinfo(kind).min), 100)
    values = ordinary.astype(kind)
    pool = edge_values(dtype)
    for place in np.flatnonzero(rng.random(size) < edges):
        values[place] = pool[rng.integers(len(pool))]
    return values.reshape(shape)


def near_copy(rng: np.random.Generator, array: np.ndarray, dtype: str) -> np.ndarray:
    """The values of `array` in `dtype`, a few of them moved a little."""
    with np.errstate(all="ignore"):
        copy = array.astype(dtype)
        for place in np.flatnonzero(rng.random(array.size) < 0.3):
            value = copy.flat[place]
            if copy.dtype.kind == "f":
                copy.flat[place] = np.nextafter(value, copy.dtype.type(np.inf))
            elif copy.dtype.kind == "b":
                copy.flat[place] = not value
            else:
                step = -1 if int(value) == np.iinfo(copy.dtype).max else 1
                copy.flat[place] = int(value) + step
    return copy
