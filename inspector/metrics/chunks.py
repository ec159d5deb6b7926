"""Arrays read piece by piece, always in C order of their shape.

Every sum of this package runs over pieces of `CHUNK` elements, counted in C order of
the shape that is compared.  Memory layout (a transposed or Fortran-ordered view) moves
no piece border, so results repeat bit for bit whatever the strides are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from inspector.tensors import Array

CHUNK = 65536
"""Elements per piece: a few float64 buffers of this length fit a second-level cache."""


def copy_range(array: Array, start: int, stop: int, out: Array) -> None:
    """Copy the elements `start` to `stop` of `array`, counted in C order, into `out` [N].

    Works on any view without copying the whole: the range is cut into at most
    ``2 * ndim - 1`` boxes.
    """
    if array.ndim <= 1 or array.flags.c_contiguous:
        np.copyto(out, array.reshape(-1)[start:stop], casting="unsafe")
        return
    inner = math.prod(array.shape[1:])
    row, offset = divmod(start, inner)
    if stop <= (row + 1) * inner:
        copy_range(array[row], offset, stop - row * inner, out)
        return
    done = 0
    if offset:
        done = inner - offset
        copy_range(array[row], offset, inner, out[:done])
        row += 1
    last, rest = divmod(stop, inner)
    if last > row:
        middle = out[done : done + (last - row) * inner]
        np.copyto(middle.reshape(last - row, *array.shape[1:]), array[row:last], casting="unsafe")
        done += middle.size
    if rest:
        copy_range(array[last], 0, rest, out[done:])


class ChunkReader:
    """Reads one array in pieces of at most `chunk` elements, as stored.

    Pieces of a contiguous array in native byte order are views; others are copied into
    one buffer, which the next piece overwrites.
    """

    def __init__(self, array: Array, chunk: int = CHUNK) -> None:
        self.size = array.size
        self._array = array
        self._flat = (
            array.reshape(-1) if array.flags.c_contiguous and array.dtype.isnative else None
        )
        length = 0 if self._flat is not None else min(chunk, array.size)
        self._buffer = np.empty(length, array.dtype.newbyteorder("="))

    def read(self, start: int, stop: int) -> Array:
        """Elements `start` to `stop` in C order [N], in native byte order."""
        if self._flat is not None:
            return self._flat[start:stop]
        piece = self._buffer[: stop - start]
        copy_range(self._array, start, stop, piece)
        return piece


def ranges(size: int, chunk: int = CHUNK) -> Iterator[tuple[int, int]]:
    """Borders ``(start, stop)`` of the pieces of an array of `size` elements."""
    for start in range(0, size, chunk):
        yield start, min(start + chunk, size)


def boxes(shape: tuple[int, ...], chunk: int = CHUNK) -> Iterator[tuple[slice, ...]]:
    """Boxes of at most `chunk` elements that cover `shape` in C order.

    For sums along an axis: each box keeps the trailing axes whole and cuts one axis.
    """
    if 0 in shape:
        return
    axis, inner = len(shape), 1
    while axis and inner * shape[axis - 1] <= chunk:
        axis -= 1
        inner *= shape[axis]
    if axis == 0:
        yield tuple(slice(0, n) for n in shape)
        return
    cut, step = axis - 1, max(1, chunk // inner)
    tail = tuple(slice(0, n) for n in shape[axis:])
    for lead in np.ndindex(shape[:cut]):
        head = tuple(slice(i, i + 1) for i in lead)
        for start in range(0, shape[cut], step):
            yield (*head, slice(start, min(start + step, shape[cut])), *tail)
