"""What the values say about tensors without partner: extra, packed, a row, a copy."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from itertools import product

import numpy as np

from inspector.errors import TraceError
from inspector.match.entries import Entry
from inspector.match.fingerprints import Key, Print, gap, print_of
from inspector.match.module_kinds import kinds_apart
from inspector.match.pairing import Board, Link
from inspector.match.values import CANDIDATE_ROW, REFERENCE_ROW, Edge, ValueGraph
from inspector.names import show_name

# Packed tensors hold q, k and v, k and v, or a gate and its values.
_PARTS = (3, 2)
_MOST_READ = 400
_SAME, _SAME_HALF = 2e-3, 3e-2
_SIDES = ("reference", "candidate")


def one_sided(board: Board, graph: ValueGraph) -> tuple[dict[str, str], dict[str, str]]:
    """Reasons that the values give for open tensors, one table per side.

    Args:
        board: the state after all pairing.
        graph: likeness of the tensors.

    Returns:
        One sentence by stored name for the reference and for the candidate; tensors of which
        the values say nothing are missing.
    """
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    open_entries = (board.reference, board.candidate)
    partners = (
        {link.reference.name: link for link in board.links},
        {link.candidate.name: link for link in board.links},
    )
    for side in (0, 1):
        for entry in open_entries[side].values():
            edges = (graph.of_reference, graph.of_candidate)[side].get(entry.name, ())
            same = [e for e in edges if e.same and e.telling]
            if same:
                found[side][entry.name] = _copy(entry, same[0], side, partners[1 - side])
    for ref, cand in board.refused:
        _refused(ref, cand, board, found)
    for side in (0, 1):
        rest = [e for e in open_entries[side].values() if e.name not in found[side]]
        _packed(rest, side, board, graph, found)
    places = _Places(board.links, board)
    for side in (0, 1):
        for entry in open_entries[side].values():
            if entry.name not in found[side] and not entry.role:
                where = places.between(entry, side)
                if where:
                    found[side][entry.name] = where
    return found


def _copy(entry: Entry, edge: Edge, side: int, partners: dict[str, Link]) -> str:
    own, other = _SIDES[side], _SIDES[1 - side]
    name = edge.candidate if side == 0 else edge.reference
    if edge.relation in (REFERENCE_ROW if side == 1 else CANDIDATE_ROW):
        what = f"{edge.relation.split(' ', 1)[1]} of the {other}'s {show_name(name)}"
    elif edge.relation:
        what = f"those of the {other}'s {show_name(name)} by rows"
    else:
        what = f"those of the {other}'s {show_name(name)}"
    link = partners.get(name)
    if link is None:
        return f"Its values are {what}, whose name says that it is something else."
    twin = link.reference if side == 0 else link.candidate
    moved = _moved(entry.record.shape, twin.record.shape)
    again = f"{moved}, which is paired with {show_name(twin.name)}"
    return f"An extra tensor of the {own}: its values are {what}{again}."


def _refused(
    ref: Entry, cand: Entry, board: Board, found: tuple[dict[str, str], dict[str, str]]
) -> None:
    """Two open tensors that only their names keep apart."""
    kinds = kinds_apart(ref, cand)
    if kinds is None or ref.name not in board.reference or cand.name not in board.candidate:
        return
    for side, own, other in ((0, ref, cand), (1, cand, ref)):
        found[side].setdefault(
            own.name,
            f"Its place would fit the {_SIDES[1 - side]}'s {show_name(other.name)}, but the names "
            f"say different kinds of module: {_an(kinds[side])} here and {_an(kinds[1 - side])} "
            f"there.",
        )


def _an(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _moved(own: tuple[int, ...], twin: tuple[int, ...]) -> str:
    if own == twin:
        return " once more"
    if sorted(own) == sorted(twin):
        return " transposed"
    return " in another shape"


def _packed(
    entries: list[Entry],
    side: int,
    board: Board,
    graph: ValueGraph,
    found: tuple[dict[str, str], dict[str, str]],
) -> None:
    """Open tensors that hold several tensors of the other side along one axis."""
    other = _SIDES[1 - side]
    whole = _by_key(side, board, graph)
    read = 0
    for entry in entries:
        shape = entry.record.shape
        cuts = [
            (axis, parts)
            for parts, axis in product(_PARTS, range(len(shape)))
            if shape[axis] > parts
            and shape[axis] % parts == 0
            and tuple(sorted(n for n in _cut(shape, axis, parts) if n != 1)) in whole
        ]
        if not cuts or read >= _MOST_READ:
            continue
        read += 1
        try:
            values = entry.record.read()
        except TraceError:
            continue
        for axis, parts in cuts:
            pieces = [print_of(piece) for piece in np.split(values, parts, axis)]
            names = [_same(piece, whole.get(piece.key, ())) for piece in pieces]
            if all(names) and len(set(names)) == parts:
                listed = ", ".join(show_name(n) for n in names[:-1])
                found[side][entry.name] = (
                    f"It holds the same values as the {other}'s {listed} and "
                    f"{show_name(names[-1])} together, one after the other along axis {axis}."
                )
                for number, name in enumerate(names, start=1):
                    if name in (board.candidate if side == 0 else board.reference):
                        found[1 - side][name] = (
                            f"Its values are part {number} of {parts} of the {_SIDES[side]}'s "
                            f"{show_name(entry.name)} along axis {axis}."
                        )
                break


def _cut(shape: tuple[int, ...], axis: int, parts: int) -> tuple[int, ...]:
    return (*shape[:axis], shape[axis] // parts, *shape[axis + 1 :])


def _by_key(
    side: int, board: Board, graph: ValueGraph
) -> dict[Key, list[tuple[str, Print, float]]]:
    """Prints of the open tensors of the other side, with how near equal ones must be."""
    groups: dict[Key, list[tuple[str, Print, float]]] = defaultdict(list)
    for name in board.candidate if side == 0 else board.reference:
        print_ = graph.printed(1 - side, name)
        if print_ is not None and not print_.whole.constant and print_.whole.size > 8:
            limit = _SAME_HALF if print_.half else _SAME
            groups[print_.whole.key].append((name, print_.whole, limit))
    return groups


def _same(piece: Print, others: Iterable[tuple[str, Print, float]]) -> str:
    fits = []
    for name, one, limit in others:
        # the norm alone rules out nearly all
        if abs(piece.point[-1] - one.point[-1]) <= limit and gap(piece, one) <= limit:
            fits.append((gap(piece, one), name))
    return min(fits)[1] if fits else ""


class _Places:
    """The places of the pairs and of the open tensors, to see what stands between."""

    def __init__(self, links: list[Link], board: Board) -> None:
        self._links = [
            sorted(links, key=lambda k, side=side: _entry(k, side).place) for side in (0, 1)
        ]
        self._places = [[_entry(k, s).place for k in self._links[s]] for s in (0, 1)]
        self._open = [
            sorted(e.place for e in entries.values())
            for entries in (board.reference, board.candidate)
        ]

    def between(self, entry: Entry, side: int) -> str:
        """Where the tensor stands, when the other side records nothing open there."""
        own, other = _SIDES[side], _SIDES[1 - side]
        at = bisect_left(self._places[side], entry.place)
        if not 0 < at < len(self._places[side]):
            return ""
        first, last = self._links[side][at - 1], self._links[side][at]
        start, stop = _entry(first, 1 - side).place, _entry(last, 1 - side).place
        open_places = self._open[1 - side]
        if start > stop or bisect_left(open_places, start) != bisect_left(open_places, stop):
            return ""
        return (
            f"No counterpart: between {show_name(_entry(first, side).name)} and "
            f"{show_name(_entry(last, side).name)} of the {own} the {other} records nothing more."
        )


def _entry(link: Link, side: int) -> Entry:
    return link.reference if side == 0 else link.candidate
