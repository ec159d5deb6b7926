"""Pairs of open tensors whose lengths differ: reshaped, or with one axis cropped or padded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from inspector.errors import TraceError
from inspector.match.assign import assign
from inspector.match.choice import choose
from inspector.match.entries import Entry, conflict
from inspector.match.fingerprints import FULL_SIZE, Print, centred_gap, gap, print_of
from inspector.match.layouts import reconcile
from inspector.match.pairing import Board
from inspector.match.reshapes import reshaped
from inspector.match.values import ValueGraph, near
from inspector.tensors import Array

# Of the nearest by moments, and of the ends of axes, only so many are read to be sure.
_MOST_READ = 2000
_MOST_COMPARED = 250_000
_MOMENTS_ALIKE = 0.03
_ENDS_ALIKE = 0.03
_CENTRED = 0.25
_CLEAR = 3.0
_SLICES, _SAMPLES = 8, 64
_RESHAPED, _CROPPED = 0.85, 0.8


def pair_reshaped(board: Board, graph: ValueGraph) -> None:
    """Pair open tensors of one size that hold the same values under another division of axes."""
    left = _by_size(board.reference.values(), graph, 0)
    right = _by_size(board.candidate.values(), graph, 1)
    read = 0
    for size, refs in left.items():
        cands = right.get(size, [])
        if not cands or len(refs) * len(cands) > _MOST_COMPARED:
            continue
        own = np.array([p.moments for _, p in refs])
        other = np.array([p.moments for _, p in cands])
        far = np.abs(own[:, None] - other[None]) / (1 + np.abs(own[:, None]))
        costs = np.full(far.shape[:2], np.inf)
        for i, j in zip(*np.nonzero(far.max(-1) < _MOMENTS_ALIKE), strict=True):
            (ref, one), (cand, two) = refs[i], cands[j]
            fits = reshaped(ref.record.shape, cand.record.shape) if one.key != two.key else ()
            if not fits or conflict(ref, cand) or read >= _MOST_READ:
                continue
            read += 1
            try:
                a, b = ref.record.read(), cand.record.read()
            except TraceError:
                continue
            costs[i, j] = min(
                _distance(print_of(f.reference.apply(a)), print_of(f.candidate.apply(b)))
                for f in fits
            )
        _link(board, [r for r, _ in refs], [c for c, _ in cands], costs, _RESHAPED)


def pair_cropped(board: Board) -> None:
    """Pair open tensors of which one is the head or the tail of the other along one axis."""
    refs = [e for e in board.reference.values() if _may_crop(e)]
    cands = [e for e in board.candidate.values() if _may_crop(e)]
    left, right = _by_rest(refs), _by_rest(cands)
    shared = {rest for rest in left if rest in right}
    wanted = [sorted({e.name for rest in shared for e in side[rest]}) for side in (left, right)]
    if not wanted[0] or not wanted[1] or len(wanted[0]) + len(wanted[1]) > _MOST_READ:
        return
    ends = [
        {e.name: _ends(e) for e in entries if e.name in set(names)}
        for entries, names in ((refs, wanted[0]), (cands, wanted[1]))
    ]
    own = [e for e in refs if e.name in ends[0]]
    other = [e for e in cands if e.name in ends[1]]
    costs = np.full((len(own), len(other)), np.inf)
    for i, j, distance in sorted(_alike_ends(own, other, ends), key=lambda found: found[2]):
        ref, cand = own[i], other[j]
        if np.isfinite(costs[i, j]) or conflict(ref, cand):
            continue
        fits = reconcile(ref.record.shape, cand.record.shape, rows=False)
        trimmed = bool(fits) and bool(fits[0].crop)
        if trimmed and not choose(ref.record, cand.record, fits).mismatch:
            costs[i, j] = distance
    _link(board, own, other, costs, _CROPPED)


def _link(
    board: Board, refs: list[Entry], cands: list[Entry], costs: Array, confidence: float
) -> None:
    for i, j in assign(costs, _CLEAR):
        if costs[i, j] <= _ENDS_ALIKE:
            board.link(refs[i], cands[j], "values", confidence)


def _by_size(
    entries: Iterable[Entry], graph: ValueGraph, side: int
) -> dict[int, list[tuple[Entry, Print]]]:
    groups: dict[int, list[tuple[Entry, Print]]] = defaultdict(list)
    for entry in entries:
        found = graph.printed(side, entry.name)
        # the values of larger tensors are thinned by axis, so that reshaping changes them
        if found is not None and not found.whole.constant and 8 < found.whole.size <= FULL_SIZE:
            groups[found.whole.size].append((entry, found.whole))
    return groups


def _distance(one: Print, other: Print) -> float:
    if centred_gap(one, other) > _CENTRED:
        return float("inf")
    return gap(one, other)


def _may_crop(entry: Entry) -> bool:
    record = entry.record
    return record.size > _SLICES and not record.dtype.startswith(("int", "uint", "bool"))


def _by_rest(entries: Iterable[Entry]) -> dict[Hashable, list[Entry]]:
    """Entries by all their lengths but one."""
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        lengths = sorted(n for n in entry.record.shape if n != 1)
        for i in range(len(lengths)):
            groups[tuple(lengths[:i] + lengths[i + 1 :])].append(entry)
    return groups


@dataclass(frozen=True)
class _End:
    """A few slices at one end of one axis."""

    length: int
    tail: bool
    print: Print


_Groups = dict[Hashable, list[tuple[int, _End]]]


def _ends(entry: Entry) -> list[_End]:
    try:
        values = entry.record.read()
    except TraceError:
        return []
    values = values.reshape([n for n in values.shape if n != 1])
    ends = []
    take: Callable[[int, slice], Array]
    for axis, length in enumerate(values.shape):
        count = _SLICES if values.ndim > 1 else _SAMPLES
        if length < count:
            continue
        take = lambda i, part: values[(slice(None),) * i + (part,)]  # noqa: E731 - short
        ends.append(_End(length, False, print_of(take(axis, slice(None, count)))))
        ends.append(_End(length, True, print_of(take(axis, slice(-count, None)))))
    return ends


def _alike_ends(
    own: list[Entry], other: list[Entry], ends: list[dict[str, list[_End]]]
) -> Iterable[tuple[int, int, float]]:
    """Pairs of which an end is alike and the lengths differ, with the distance."""
    sides: tuple[_Groups, _Groups] = (defaultdict(list), defaultdict(list))
    for groups, entries, found in zip(sides, (own, other), ends, strict=True):
        for number, entry in enumerate(entries):
            for end in found[entry.name]:
                if not end.print.constant:
                    groups[end.print.key, end.tail].append((number, end))
    for key, left in sides[0].items():
        right = sides[1].get(key, [])
        if not right:
            continue
        for a, b in near([e.print for _, e in left], [e.print for _, e in right]):
            (i, one), (j, two) = left[a], right[b]
            distance = _distance(one.print, two.print)
            if one.length != two.length and distance < _ENDS_ALIKE:
                yield i, j, distance
