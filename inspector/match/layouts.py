"""Layouts that bring two stored shapes together, by shape alone.

The common shape is the reference's wherever possible, so that usually only the candidate
moves.  Nothing here reads values; `inspector.match.choice` picks among several layouts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations

from inspector.tensors import Layout

Shape = tuple[int, ...]

# Above this number of axes longer than 1 only the stored order of axes is tried.
_MAX_AXES = 5
_CFG_ROWS = 2


@dataclass(frozen=True)
class Fit:
    """One way to lay two arrays on each other.

    Attributes:
        reference, candidate: layouts of the two sides; equal shapes after both.
        order: for each axis of the reference longer than 1, the place of the candidate's
            axis among those; ``(0, 1, ...)`` moves no values.
        crop: ``head`` or ``tail`` when the longer side loses its other end.
        row: row 0 of a side with two rows is used.
        by_letters: the known axis letters of both sides ask for this order.
    """

    reference: Layout
    candidate: Layout
    order: tuple[int, ...] = ()
    crop: str = ""
    row: bool = False
    by_letters: bool = False

    @property
    def moves(self) -> bool:
        """True when axes longer than 1 change places."""
        return self.order != tuple(range(len(self.order)))


def reconcile(
    reference: Shape,
    candidate: Shape,
    reference_letters: str = "",
    candidate_letters: str = "",
    *,
    rows: bool = True,
    equal_axes: bool = True,
) -> tuple[Fit, ...]:
    """Find the layouts under which two shapes agree, the most natural first.

    Tried in this order, and the first kind with any result is the answer: the same axes
    in some order with unit axes added or dropped; row 0 of a pair of CFG rows against
    one row; one axis trimmed to the common length at its head or tail.

    Args:
        reference: stored shape.
        candidate: stored shape.
        reference_letters, candidate_letters: axis letters of the stored shapes, or empty.
        rows: whether row 0 may stand for a side with two rows.
        equal_axes: whether to try exchanging axes when the shapes are equal already.

    Returns:
        Layout pairs; empty when the shapes cannot be brought together.
    """
    letters = (reference_letters, candidate_letters)
    fits = list(_whole(reference, candidate, letters, equal_axes))
    if not fits and rows:
        fits = list(_by_row(reference, candidate, letters))
    if not fits:
        fits = list(_trimmed(reference, candidate, letters, rows))
    return tuple(sorted(fits, key=_naturalness))


def _naturalness(fit: Fit) -> tuple:
    moved = sum(1 for i, j in enumerate(fit.order) if i != j)
    keeps_first = not fit.order or fit.order[0] == 0
    return (not fit.by_letters, fit.moves, not keeps_first, moved, fit.crop, fit.order)


def _long(shape: Shape) -> list[int]:
    return [i for i, n in enumerate(shape) if n != 1]


def _whole(ref: Shape, cand: Shape, letters: tuple[str, str], equal_axes: bool) -> Iterator[Fit]:
    wanted = [ref[i] for i in _long(ref)]
    have = [cand[i] for i in _long(cand)]
    if sorted(wanted) != sorted(have):
        return
    for order in _orders(wanted, have):
        moves = order != tuple(range(len(order)))
        if ref == cand and moves and (not equal_axes or not _may_exchange(ref, order)):
            continue
        yield Fit(
            Layout(),
            _layout(ref, cand, order),
            order,
            by_letters=_letters_ask(ref, cand, order, *letters),
        )


def whole_fits(reference: Shape, candidate: Shape) -> tuple[Fit, ...]:
    """The layouts that only reorder axes and add or drop unit axes."""
    return tuple(_whole(reference, candidate, ("", ""), True))


def _orders(wanted: list[int], have: list[int]) -> Iterator[tuple[int, ...]]:
    """Permutations of `have` that give `wanted`."""
    if len(wanted) > _MAX_AXES:
        if wanted == have:
            yield tuple(range(len(have)))
        return
    for order in permutations(range(len(have))):
        if [have[i] for i in order] == wanted:
            yield order


def _may_exchange(shape: Shape, order: tuple[int, ...]) -> bool:
    """A batch axis in front of two or more other axes stays where it is."""
    return order[0] == 0 or len(shape) == 2 or shape[0] == 1


def _layout(ref: Shape, cand: Shape, order: tuple[int, ...]) -> Layout:
    """The candidate's layout that gives shape `ref`, its long axes in `order`."""
    moves = order != tuple(range(len(order)))
    if ref == cand and not moves:
        return Layout()
    if sorted(ref) == sorted(cand):
        long, units = _long(cand), iter([i for i, n in enumerate(cand) if n == 1])
        places = iter(order)
        axes = tuple(next(units) if n == 1 else long[next(places)] for n in ref)
        return Layout(axes=axes)
    if not moves:
        return Layout(shape=ref)
    lengths = tuple(cand[i] for i in _long(cand))
    pad = len(ref) - len(lengths)
    units, places = iter(range(pad)), iter(order)
    axes = tuple(next(units) if n == 1 else pad + next(places) for n in ref)
    return Layout(shape=(1,) * pad + lengths, axes=axes)


def _letters_ask(
    ref: Shape, cand: Shape, order: tuple[int, ...], ref_letters: str, cand_letters: str
) -> bool:
    if len(ref_letters) != len(ref) or len(cand_letters) != len(cand) or not order:
        return False
    wanted = [_same(ref_letters[i]) for i in _long(ref)]
    have = [_same(cand_letters[i]) for i in _long(cand)]
    return [have[i] for i in order] == wanted


def _same(letter: str) -> str:
    return "C" if letter == "F" else letter


def _by_row(ref: Shape, cand: Shape, letters: tuple[str, str]) -> Iterator[Fit]:
    if ref[:1] == (_CFG_ROWS,):
        common = (1, *ref[1:])
        for fit in _whole(common, cand, letters, True):
            yield replace(fit, reference=Layout(row=0), row=True)
    if cand[:1] == (_CFG_ROWS,):
        single = (1, *cand[1:])
        for fit in _whole(ref, single, letters, True):
            yield replace(fit, candidate=replace(fit.candidate, row=0), row=True)


def _trimmed(ref: Shape, cand: Shape, letters: tuple[str, str], rows: bool) -> Iterator[Fit]:
    """One axis longer than 1 differs: both sides keep the common length of it."""
    for row_ref, row_cand in ((False, False), (True, False), (False, True)):
        if (row_ref and ref[:1] != (_CFG_ROWS,)) or (row_cand and cand[:1] != (_CFG_ROWS,)):
            continue
        if (row_ref or row_cand) and not rows:
            continue
        one = (1, *ref[1:]) if row_ref else ref
        other = (1, *cand[1:]) if row_cand else cand
        found = list(_cropped(one, other, letters))
        for fit in found:
            left, right = fit.reference, fit.candidate
            yield replace(
                fit,
                reference=replace(left, row=0) if row_ref else left,
                candidate=replace(right, row=0) if row_cand else right,
                row=row_ref or row_cand,
            )
        if found:
            return


def _cropped(ref: Shape, cand: Shape, letters: tuple[str, str]) -> Iterator[Fit]:
    wanted = [ref[i] for i in _long(ref)]
    have = [cand[i] for i in _long(cand)]
    if not wanted or len(wanted) != len(have) or len(wanted) > _MAX_AXES:
        return
    if 0 in wanted or 0 in have:
        return
    orders = [
        (order, [k for k, i in enumerate(order) if have[i] != wanted[k]])
        for order in permutations(range(len(have)))
    ]
    single = [(order, differ[0]) for order, differ in orders if len(differ) == 1]
    for order, place in single:
        axis = _long(ref)[place]
        other = _long(cand)[order[place]]
        if not _may_trim(ref, axis, letters[0]) or not _may_trim(cand, other, letters[1]):
            continue
        before = list(ref)
        before[axis] = have[order[place]]
        layout = _layout(tuple(before), cand, order)
        common = min(ref[axis], before[axis])
        asked = _letters_ask(ref, cand, order, *letters)
        for end in ("head", "tail"):
            yield Fit(
                _crop(Layout(), ref, axis, common, end),
                _crop(layout, tuple(before), axis, common, end),
                order,
                crop=end,
                by_letters=asked,
            )


def _may_trim(shape: Shape, axis: int, letters: str) -> bool:
    """Frames and samples may; channels never; a first axis of three or more is the batch."""
    if len(letters) == len(shape):
        return letters[axis] not in "BCF"
    return axis > 0 or len(shape) < 3


def _crop(layout: Layout, shape: Shape, axis: int, common: int, end: str) -> Layout:
    """Keep `common` of axis `axis`, at the head or the tail; nothing when it is whole."""
    length = shape[axis]
    if length == common:
        return layout
    start = 0 if end == "head" else length - common
    ranges = [(0, n) for n in shape]
    ranges[axis] = (start, start + common)
    return replace(layout, crop=tuple(ranges))
