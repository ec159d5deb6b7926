"""Pairs that the definition of an ODE solution makes: one state under two names.

The state before the first step is the starting noise, the state after a step is the one
before the next, and the state after the last step is the mel.  Where one side recorded only
the one and the other side only the other, they are the same point of the solution.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.errors import TraceError
from inspector.match.entries import Entry
from inspector.match.layouts import reconcile, whole_fits
from inspector.match.pairing import Board
from inspector.match.values import EXCHANGED, ValueGraph
from inspector.tensors import Trace

_AGREE, _DIFFER = 0.8, 0.6
# Less than the first step of any schedule in use: 1 - cos(pi / 200) is 1.2e-4.
_SAME_TIME = 1e-5
_NOISE, _MEL, _BEFORE, _AFTER = "initial_noise", "mel", "x_before", "x_after"
_END = -1
_WHY = {
    frozenset((_NOISE, _BEFORE)): "the state before the first step is the starting noise",
    frozenset((_MEL, _AFTER)): "the state after the last step is the mel",
    frozenset((_BEFORE, _AFTER)): "the state after a step is the state before the next one",
}


@dataclass(frozen=True)
class _Clock:
    """Where the integration of one side begins and ends, in the reference's step numbers.

    Attributes:
        first: number of the first step of an integration: 0 or 1.
        last: number of the last step; None when the recordings do not tell.
        begins: False when the recorded time of the step `first` is not that of the start.
    """

    first: int
    last: int | None
    begins: bool


def pair_by_definition(board: Board, graph: ValueGraph, reference: Trace, candidate: Trace) -> None:
    """Pair open states of two roles that are one point of the solution.

    Only where neither has a partner of its own role.  Equal values confirm the definition;
    without them the pair is less sure, and is made only where the recordings tell that the
    step is the first or the last one.  A mel of another length has lost its prompt frames
    and stays out.

    Args:
        board: the state; changed in place.
        graph: likeness of the tensors.
        reference, candidate: the traces, for the number of steps that they state.
    """
    sides = (
        [*board.reference.values(), *(link.reference for link in board.links)],
        [*board.candidate.values(), *(link.candidate for link in board.links)],
    )
    clocks = _clocks(sides, (reference.info.steps, candidate.info.steps))
    top = max((e.step for entries in sides for e in entries if e.step is not None), default=0)
    left, right = (
        _points(entries.values(), clock, top)
        for entries, clock in zip((board.reference, board.candidate), clocks, strict=True)
    )
    for point, refs in left.items():
        cands = right.get(point, [])
        if len(refs) == len(cands) == 1:
            (ref, known), (cand, also_known) = refs[0], cands[0]
            if ref.name in board.reference and cand.name in board.candidate:
                _link(board, graph, ref, cand, sure=known and also_known)


def _link(board: Board, graph: ValueGraph, ref: Entry, cand: Entry, *, sure: bool) -> None:
    why = _WHY.get(frozenset((ref.role, cand.role)))
    if why is None or not _fit(ref, cand):
        return
    edge = graph.measure(ref, cand)
    same = edge is not None and edge.same
    if not sure and not (same and edge is not None and edge.telling):
        return
    note = f"One state under two names: {why}, and each side recorded only one of the two."
    if edge is not None and not same:
        note += " The values differ."
    known = edge is not None and (same or edge.relation == EXCHANGED)
    relation = edge.relation if edge is not None and known else ""
    board.link(ref, cand, "definition", _AGREE if same else _DIFFER, note, relation=relation)


def _fit(ref: Entry, cand: Entry) -> bool:
    shapes = ref.record.shape, cand.record.shape
    if _MEL in (ref.role, cand.role):
        return bool(whole_fits(*shapes))
    fits = reconcile(*shapes)
    return bool(fits) and not fits[0].crop


def _points(
    entries: Iterable[Entry], clock: _Clock, top: int
) -> dict[int, list[tuple[Entry, bool]]]:
    """Open states by the number of the step that they precede, and whether that is known.

    The end of the integration, with the mel, has the number `_END`.
    """
    found: dict[int, list[tuple[Entry, bool]]] = defaultdict(list)
    for entry in entries:
        told = entry.parsed.step is not None
        if entry.role == _NOISE:
            found[clock.first].append((entry, True))
        elif entry.role == _MEL:
            found[_END].append((entry, True))
        elif entry.role == _BEFORE and entry.step is not None:
            if entry.step != clock.first or clock.begins:
                found[entry.step].append((entry, told))
        elif entry.role == _AFTER and entry.step is not None:
            found[entry.step + 1].append((entry, told))
            if entry.step == (top if clock.last is None else clock.last):
                found[_END].append((entry, told and clock.last is not None))
    return found


def _clocks(
    sides: Sequence[Sequence[Entry]], stated: Sequence[int | None]
) -> tuple[_Clock, _Clock]:
    """The clocks of both sides; a number of steps that one does not tell is the other's."""
    first = 0 if any(e.step == 0 for entries in sides for e in entries) else 1
    spans = [_numbers(entries, "t_span", None) for entries in sides]
    counts = [
        count or (len(span) - 1 if len(span) > 1 else 0)
        for count, span in zip(stated, spans, strict=True)
    ]
    clocks = []
    for side, entries in enumerate(sides):
        count = counts[side] or counts[1 - side]
        time = _numbers(entries, "t", first)
        start = spans[side][0] if spans[side] else 0.0
        begins = not time or abs(time[0] - start) <= _SAME_TIME
        clocks.append(_Clock(first, first + count - 1 if count else None, begins))
    return clocks[0], clocks[1]


def _numbers(entries: Iterable[Entry], role: str, step: int | None) -> list[float]:
    """Values of the only tensor of a role and step; empty when there is none or several."""
    found = [e.record for e in entries if e.role == role and e.step == step]
    if len(found) != 1 or found[0].size == 0:
        return []
    try:
        return [float(value) for value in np.real(found[0].read()).ravel()]
    except (TraceError, TypeError):
        return []
