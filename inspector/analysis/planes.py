"""Two-dimensional pictures of a pair of tensors, small enough to draw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inspector.errors import UsageError
from inspector.metrics.chunks import CHUNK, ChunkReader
from inspector.metrics.numbers import subtract
from inspector.tensors import Array, freeze

MAX_CELLS = 400_000
_MAX_SIDE = 4096
_SLAB = 4 * CHUNK

_AXIS_WORDS = {
    "B": "batch", "T": "frame", "F": "mel bin", "C": "channel", "N": "sample", "H": "head",
    "D": "width", "S": "step", "K": "kernel", "O": "out channel", "I": "in channel",
}  # fmt: skip

_PLAIN_FIELDS = (
    "pooled", "rows", "columns", "row_pool", "column_pool", "row_label", "column_label",
    "stored_rows", "stored_columns", "vmin", "vmax", "dmax",
)  # fmt: skip


@dataclass(frozen=True)
class HeatPlanes:
    """Both sides and their difference as planes [rows, columns], float64.

    Attributes:
        reference, candidate: values (moduli for complex); pooled cells hold the mean.
        difference: candidate minus reference (the modulus of it for complex); pooled cells
            hold the difference of largest size with its sign, so that one wrong value stays
            visible.  NaN anywhere in a cell makes the cell NaN.
        pooled: cells stand for more than one value.
        row_pool, column_pool: values per cell along each side (fewer in the last cell).
        row_label, column_label: what the axes count.
        stored_rows, stored_columns: size before pooling.
        vmin, vmax: common finite range of both sides; None without a finite value.
        dmax: largest finite absolute difference; None without one.
    """

    reference: Array
    candidate: Array
    difference: Array
    pooled: bool
    row_pool: int
    column_pool: int
    row_label: str
    column_label: str
    stored_rows: int
    stored_columns: int
    vmin: float | None
    vmax: float | None
    dmax: float | None

    @property
    def rows(self) -> int:
        """Rows of the drawn planes."""
        return self.reference.shape[0]

    @property
    def columns(self) -> int:
        """Columns of the drawn planes."""
        return self.reference.shape[1]

    def to_dict(self) -> dict[str, object]:
        """Everything but the planes as plain JSON values."""
        return {name: getattr(self, name) for name in _PLAIN_FIELDS}


def heat_planes(
    reference: Array, candidate: Array, max_cells: int = MAX_CELLS, *, letters: str = ""
) -> HeatPlanes:
    """Return both arrays and their difference as planes with frames along x.

    The column axis is T (or N) when `letters` names it, else the last one; all other axes
    are stacked along y in C order.  Planes of more than `max_cells` cells, or longer than
    4096 on a side, are pooled.

    Args:
        reference, candidate: values of equal shape, any rank.
        letters: axis letters of the common shape; empty when unknown.

    Raises:
        UsageError: the shapes differ.
    """
    if reference.shape != candidate.shape:
        raise UsageError(
            "shape", "planes", f"the reference is {reference.shape}, the candidate "
            f"{candidate.shape}", "equal shapes",
        )  # fmt: skip
    letters = letters if len(letters) == reference.ndim else ""
    axis = next((letters.index(a) for a in "TN" if a in letters), reference.ndim - 1)
    left, right = (np.atleast_1d(a) for a in (reference, candidate))
    axis = max(axis, 0)
    left, right = np.moveaxis(left, axis, -1), np.moveaxis(right, axis, -1)
    columns = left.shape[-1]
    rows = math.prod(left.shape[:-1])
    row_pool, column_pool = _pools(rows, columns, max_cells)
    one, two, difference = _pool(left, right, rows, columns, row_pool, column_pool)
    vmin, vmax = _finite_range(one, two)
    top = _finite_range(difference)
    others = [a for a in letters if letters.index(a) != axis]
    kept = [a for a, n in zip(others, left.shape[:-1], strict=False) if n > 1] or others
    return HeatPlanes(
        reference=freeze(one),
        candidate=freeze(two),
        difference=freeze(difference),
        pooled=row_pool * column_pool > 1,
        row_pool=row_pool,
        column_pool=column_pool,
        row_label=" x ".join(_AXIS_WORDS.get(a, a) for a in kept) or "row",
        column_label=_AXIS_WORDS.get(letters[axis], letters[axis]) if letters else "index",
        stored_rows=rows,
        stored_columns=columns,
        vmin=vmin,
        vmax=vmax,
        dmax=None if top[0] is None or top[1] is None else max(abs(top[0]), abs(top[1])),
    )


def _pools(rows: int, columns: int, max_cells: int) -> tuple[int, int]:
    """Values per cell along rows and columns; the longer drawn side is cut first."""
    row_pool = max(1, math.ceil(rows / _MAX_SIDE))
    column_pool = max(1, math.ceil(columns / _MAX_SIDE))
    while (high := math.ceil(rows / row_pool)) * (wide := math.ceil(columns / column_pool)) > max(
        1, max_cells
    ):
        if wide >= high:
            column_pool = max(column_pool + 1, math.ceil(column_pool * 1.1))
        else:
            row_pool = max(row_pool + 1, math.ceil(row_pool * 1.1))
    return row_pool, column_pool


def _pool(
    left: Array, right: Array, rows: int, columns: int, row_pool: int, column_pool: int
) -> tuple[Array, Array, Array]:
    """Mean of both sides and the extreme difference per cell, slab by slab."""
    shape = math.ceil(rows / row_pool), math.ceil(columns / column_pool)
    one, two = np.zeros(shape), np.zeros(shape)
    high, low = np.full(shape, -np.inf), np.full(shape, np.inf)
    slab = max(_SLAB, column_pool)
    readers = ChunkReader(left, slab), ChunkReader(right, slab)
    # A slab is a run of whole rows where one fits, else whole cells of a single row.
    width = columns if columns <= slab else slab // column_pool * column_pool
    height = max(1, slab // width) if width == columns and width else 1
    with np.errstate(all="ignore"):
        for top in range(0, rows, height):
            bottom = min(top + height, rows)
            y, y_edges = _cells(top, bottom, row_pool)
            for start in range(0, columns, width):
                stop = min(start + width, columns)
                x, x_edges = _cells(start, stop, column_pool)
                first, last = top * columns + start, (bottom - 1) * columns + stop
                pieces = (r.read(first, last).reshape(bottom - top, stop - start) for r in readers)
                values, other, difference = _numbers(*pieces)
                one[y, x] += _reduce(np.add, values, y_edges, x_edges)
                two[y, x] += _reduce(np.add, other, y_edges, x_edges)
                np.maximum(
                    high[y, x], _reduce(np.maximum, difference, y_edges, x_edges), out=high[y, x]
                )
                np.minimum(
                    low[y, x], _reduce(np.minimum, difference, y_edges, x_edges), out=low[y, x]
                )
        lengths = _lengths(rows, row_pool)[:, None] * _lengths(columns, column_pool)
        return one / lengths, two / lengths, np.where(high >= -low, high, low)


def _cells(start: int, stop: int, pool: int) -> tuple[slice, Array]:
    """The cells that ``start:stop`` touches and where each begins inside it."""
    first, last = start // pool, (stop - 1) // pool + 1
    return slice(first, last), np.maximum(np.arange(first, last) * pool - start, 0)


def _lengths(size: int, pool: int) -> Array:
    """Values per cell; the last cell may be shorter."""
    return np.minimum(pool, size - np.arange(0, size, pool))


def _reduce(operation: np.ufunc, values: Array, rows: Array, columns: Array) -> Array:
    if len(rows) == values.shape[0] and len(columns) == values.shape[1]:
        return values
    return operation.reduceat(operation.reduceat(values, columns, axis=1), rows, axis=0)


def _numbers(left: Array, right: Array) -> tuple[Array, Array, Array]:
    """Both pieces and their difference in float64; moduli when a side is complex."""
    if "c" in left.dtype.kind + right.dtype.kind:
        one, two = left.astype(np.complex128), right.astype(np.complex128)
        return np.abs(one), np.abs(two), np.abs(two - one)
    one, two = left.astype(np.float64), right.astype(np.float64)
    difference = np.empty_like(one)
    subtract(left, right, one, two, difference)
    # The same Inf on both sides is no difference; Inf against anything else stays Inf.
    difference[np.isinf(one) & (one == two)] = 0.0
    return one, two, difference


def _finite_range(*planes: Array) -> tuple[float | None, float | None]:
    values = [p[np.isfinite(p)] for p in planes]
    values = [v for v in values if v.size]
    if not values:
        return None, None
    return min(float(v.min()) for v in values), max(float(v.max()) for v in values)
