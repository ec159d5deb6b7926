"""Walk over several arrays side by side in pieces of float64, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.metrics.chunks import CHUNK, ChunkReader, ranges
from inspector.tensors import Array


def float64_chunks(*arrays: Array, size: int = CHUNK) -> Iterator[tuple[Array, ...]]:
    """Yield matching pieces [N] of `arrays`, in C order of their shapes and as float64.

    Args:
        arrays: one or more real arrays with the same number of elements.
        size: elements per piece.

    Raises:
        ValueError: the arrays differ in their number of elements.
    """
    if len({a.size for a in arrays}) > 1:
        raise ValueError(f"sizes differ: {[a.size for a in arrays]}")
    readers = [ChunkReader(a, size) for a in arrays]
    for start, stop in ranges(arrays[0].size, size):
        # astype copies, so a piece survives the next read of its buffer
        yield tuple(r.read(start, stop).astype(np.float64) for r in readers)


def inner(a: Array, b: Array) -> float:
    """The sum of a * b of two float64 pieces [N], on one thread.

    The BLAS behind ``a @ b`` wakes every core for a piece of this size and then waits for
    them: on a busy machine that costs ten times the sum itself.
    """
    return float(np.einsum("i,i->", a, b))
