"""How the same values came to other places: axes, direction, order of rows or columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np

from inspector.diagnose.weight_grid import slice_hashes
from inspector.tensors import Array

_AXES = ("rows", "columns", "taps")
_SMALL_FLIP = 16
"""A flip along an axis longer than this is a reordered list, not a reversed kernel."""

Same = Callable[[Array, Array], bool]


def exactly(a: Array, b: Array) -> bool:
    """Equal shapes and values."""
    return a.shape == b.shape and bool(np.array_equal(a, b))


def nearly(limit: float) -> Same:
    """A comparison that lets a relative L2 difference up to `limit` pass."""

    def same(a: Array, b: Array) -> bool:
        if a.shape != b.shape:
            return False
        scale = float(np.linalg.norm(a))
        return scale > 0 and float(np.linalg.norm(a - b)) <= limit * scale

    return same


def find_move(reference: Array, candidate: Array, same: Same = exactly) -> tuple[str, str]:
    """Kind and description of a whole-array move that turns reference into candidate.

    Returns:
        ``transposed``, ``flipped`` or ``rearranged`` with a clause; two empty texts when no
        move does.
    """
    for kind, clause, moved in _moves(reference, candidate.shape):
        if same(moved, candidate):
            return kind, clause
    return "", ""


def find_permutation(
    reference: Array, candidate: Array, heads: int | None = None
) -> tuple[str, tuple[int, ...]]:
    """Describe an exact reordering of the slices along one axis.

    Args:
        reference, candidate: same shape.
        heads: attention heads, to recognise heads that were interleaved.

    Returns:
        A clause and the order p with candidate[i] = reference[p[i]]; an empty clause when
        no axis is merely reordered.
    """
    if reference.shape != candidate.shape:
        return "", ()
    for axis in range(min(reference.ndim, 3)):
        before, after = slice_hashes(reference, axis), slice_hashes(candidate, axis)
        old, new = np.argsort(before, kind="stable"), np.argsort(after, kind="stable")
        if before.size > 1 and np.array_equal(before[old], after[new]):
            order = np.empty(before.size, np.int64)
            order[new] = old
            if exactly(np.take(reference, order, axis), candidate):
                what = "values" if reference.ndim == 1 else _AXES[axis]
                return describe_order(order, what, heads), tuple(order.tolist())
    return "", ()


def describe_order(order: Array, what: str, heads: int | None = None) -> str:
    """A clause about an order, such as ``the rows are reversed``."""
    n = order.size
    places = np.arange(n)
    if np.array_equal(order, places[::-1]):
        return f"the {what} are reversed"
    for parts in _divisors(n, heads):
        if np.array_equal(order, places.reshape(parts, -1).T.reshape(-1)):
            return f"the {what} are interleaved: {_grid(parts, n // parts, heads)}"
    shift = int(order[0])
    if np.array_equal(order, (places + shift) % n):
        halves = " (the halves are swapped)" if 2 * shift == n else ""
        return f"the {what} are rotated by {shift}{halves}"
    moved = int((order != places).sum())
    return f"{moved:,} of {n:,} {what} are at another place"


def _grid(parts: int, width: int, heads: int | None) -> str:
    if parts == heads:
        return f"{parts} heads of {width} are stored channel by channel instead of head by head"
    if width == heads:
        return f"{width} heads of {parts} are taken apart as if stored channel by channel"
    return f"{parts} groups of {width} are stored element by element instead of group by group"


def _divisors(n: int, heads: int | None) -> Iterator[int]:
    if heads and n % heads == 0 and 1 < heads < n:
        yield from (heads, n // heads)
    yield from (d for d in range(2, n // 2 + 1) if n % d == 0)


def _moves(reference: Array, shape: tuple[int, ...]) -> Iterator[tuple[str, str, Array]]:
    rank = reference.ndim
    if rank < 2 or rank > 4:
        if reference.shape != shape:
            yield "same", "only the shape is written otherwise", _reshaped(reference, shape)
        return
    taps = rank >= 3 and reference.shape[-1] <= _SMALL_FLIP
    if taps:
        yield "flipped", "the kernel is reversed", reference[..., ::-1]
    turns = [p for p in permutations(range(rank)) if p != tuple(range(rank))]
    for axes in turns:
        turned = reference.transpose(axes)
        if turned.shape == shape:
            yield "transposed", _axes_clause(axes), turned
            if taps:
                yield ("transposed", f"{_axes_clause(axes)} and the kernel is reversed",
                       reference[..., ::-1].transpose(axes))  # fmt: skip
    if reference.shape != shape:
        yield "same", "only the shape is written otherwise", _reshaped(reference, shape)
    for axes in turns:
        yield ("rearranged", f"its values are those of axes {_text(axes)}, read on without moving",
               _reshaped(reference.transpose(axes), shape))  # fmt: skip


def _reshaped(values: Array, shape: tuple[int, ...]) -> Array:
    fits = values.size == int(np.prod(shape, dtype=object)) if shape else values.size == 1
    return values.reshape(shape) if fits else values


def _axes_clause(axes: tuple[int, ...]) -> str:
    return "it is transposed" if axes == (1, 0) else f"its axes are in the order {_text(axes)}"


def _text(axes: tuple[int, ...]) -> str:
    return " ".join(map(str, axes))
