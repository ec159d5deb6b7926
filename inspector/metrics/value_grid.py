"""The dtype whose values an array holds, whatever dtype it is stored in.

A run in half precision is often recorded as float32: every value then lies on the grid of
the half precision.  A float32 value does so by accident once in 2^13 (float16) or 2^16
(bfloat16), so few values tell; but masks, counts and round numbers lie on every grid and
tell nothing.  Only values that need the last two bits of a grid count.
"""

from __future__ import annotations

import numpy as np

from inspector.metrics.chunks import ChunkReader, ranges
from inspector.tensors import Array

HALF_PRECISIONS = ("bfloat16", "float16")
"""Recognised grids, coarser first."""

_DROPPED = {"bfloat16": 16, "float16": 13}
"""Mantissa bits of a float32 that a grid lacks."""

_FEWEST = 4
"""So many values have to need the last bits: by accident that happens once in 2^52."""

_SHARE = 0.5
"""Share of the values other than 0 that need the last two bits; rounding gives 0.75."""

_WIDE = ("float64", "float32", "float16")


def held_dtype(values: Array, stored: str) -> str:
    """The narrowest dtype on whose grid all finite `values` lie.

    float64 that holds float32 values is float32; float32, float64 or float16 whose values
    were rounded to a half precision (and use its last bits) is that half precision.  Reads
    piece by piece and stops as soon as the answer is known.

    Args:
        values: any shape.
        stored: stored dtype by name; other than float16, float32 and float64 is returned.
    """
    if stored not in _WIDE:
        return stored
    grids = [grid for grid in HALF_PRECISIONS if grid != stored]
    needed = dict.fromkeys(grids, 0)
    single, used = True, 0
    reader = ChunkReader(values)
    for start, stop in ranges(values.size):
        piece = reader.read(start, stop)
        piece = piece[np.isfinite(piece) & (piece != 0)]
        with np.errstate(all="ignore"):
            narrow = piece.astype(np.float32)
        single = single and np.array_equal(narrow, piece)
        grids = [g for g in grids if single and np.array_equal(_rounded(narrow, g), narrow)]
        if not grids and (stored != "float64" or not single):
            break
        used += piece.size
        bits = narrow.view(np.uint32)
        for grid in grids:
            needed[grid] += int(np.count_nonzero(bits >> _DROPPED[grid] & 3))
    for grid in grids:
        if needed[grid] >= max(_FEWEST, _SHARE * used):
            return grid
    return "float32" if stored == "float64" and single else stored


def _rounded(values: Array, grid: str) -> Array:
    with np.errstate(over="ignore"):
        if grid == "float16":
            return values.astype(np.float16).astype(np.float32)
    return (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
