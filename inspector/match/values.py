"""Which tensors of two traces hold the same values: a sparse graph of likeness.

Each tensor is read once; likeness is judged by fingerprints.  An edge says how far two
tensors are apart and how one must be taken to meet the other: whole, a row, or with its
two rows in the other order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.match.entries import Entry
from inspector.match.fingerprints import (
    Fingerprint,
    Fingerprints,
    Key,
    Print,
    centred_gap,
    gap,
)
from inspector.tensors import Array

# How far equal tensors of two backends may be apart, in relative L2.  Correct float32
# decoders differ by 1e-6 to 3e-5, half precision storage adds 1e-3 to 1e-2; the estimate by
# projections is at most 1.7 times the true distance.
_SAME, _SAME_HALF = 2e-3, 3e-2
# A few numbers agree by chance, so they must agree better.
_SMALL, _SAME_SMALL, _SAME_SMALL_HALF = 8, 2e-4, 5e-3
_SAME_WHOLE_NUMBERS = 1e-6
# What is left beside a common offset must be alike too.
_SAME_CENTRED = 0.25
# Beyond this distance tensors are not considered at all; unrelated ones are at 1.4.
_ALIKE = 0.35
_NEIGHBOURS = 8
# Rows of classifier-free guidance stand in the other order on a side only when tensors say so
# whose two orders are this far apart, one of them right; rows of unrelated values are at 1.4,
# rows that differ by the noise of a backend at 1e-6.
_ROWS_DIFFER = 0.3
_CLEARLY = 3.0

WHOLE, EXCHANGED = "", "exchanged"
REFERENCE_ROW = ("reference row 0", "reference row 1")
CANDIDATE_ROW = ("candidate row 0", "candidate row 1")


@dataclass(frozen=True)
class Edge:
    """Two tensors that are alike.

    Attributes:
        reference, candidate: stored names.
        distance: estimated relative L2 difference.
        centred: the same in units of the deviation from the mean.
        same: within what backends and storage explain.
        relation: ``""`` whole against whole, ``exchanged`` when two rows stand in the other
            order, ``candidate row 0`` ... when a row of one side is the whole other side.
        telling: the values say something: not constant and more than a few numbers.
    """

    reference: str
    candidate: str
    distance: float
    centred: float
    same: bool
    relation: str = WHOLE
    telling: bool = True


@dataclass(frozen=True)
class _Item:
    """One print of one tensor, to be laid into a tree."""

    entry: Entry
    print: Print
    relation: str


class ValueGraph:
    """Likeness between the tensors of two traces.

    A side that stores two rows in the other order does so for all its tensors, so that the
    tensors that tell the two orders apart vote, and the result holds for all of them.

    Args:
        references, candidates: the tensors to look at.
        reference_prints, candidate_prints: their fingerprints.
    """

    def __init__(
        self,
        references: Iterable[Entry],
        candidates: Iterable[Entry],
        reference_prints: Fingerprints,
        candidate_prints: Fingerprints,
    ) -> None:
        self._prints: tuple[dict[str, Fingerprint], dict[str, Fingerprint]] = ({}, {})
        sides: tuple[list[Entry], list[Entry]] = ([], [])
        for side, entries, source in (
            (0, references, reference_prints),
            (1, candidates, candidate_prints),
        ):
            for entry in entries:
                found = source.of(entry.record)
                if found is not None:
                    self._prints[side][entry.name] = found
                    sides[side].append(entry)
        self.of_reference: dict[str, list[Edge]] = defaultdict(list)
        self.of_candidate: dict[str, list[Edge]] = defaultdict(list)
        self._edges: dict[tuple[str, str], Edge] = {}
        self._found: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        self._exchanged = False
        self._connect(*sides)

    def edge(self, reference: str, candidate: str) -> Edge | None:
        """The edge between two tensors, or None when they are not alike or not neighbours."""
        return self._edges.get((reference, candidate))

    def measure(self, ref: Entry, cand: Entry) -> Edge | None:
        """The nearest relation of any two tensors; None when their lengths do not allow one."""
        known = self.edge(ref.name, cand.name)
        if known is not None:
            return known
        left, right = self._prints[0].get(ref.name), self._prints[1].get(cand.name)
        if left is None or right is None:
            return None
        edges = [
            _edge(ref.name, cand.name, one, other, left, right, relation)
            for one, other, relation in _relations(left, right)
            if one.key == other.key
        ]
        return self._nearest(edges)

    def printed(self, side: int, name: str) -> Fingerprint | None:
        """Fingerprint of a tensor of the reference (0) or the candidate (1)."""
        return self._prints[side].get(name)

    def _connect(self, refs: Sequence[Entry], cands: Sequence[Entry]) -> None:
        left, right = _items(refs, self._prints[0]), _items(cands, self._prints[1])
        for key, own in left.items():
            other = right.get(key, [])
            if not other:
                continue
            for i, j in near([x.print for x in own], [y.print for y in other]):
                self._consider(own[i], other[j])
        self._exchanged = self._vote()
        for pair, edges in self._found.items():
            if (edge := self._nearest(edges)) is not None:
                self._edges[pair] = edge
        self._found.clear()
        for edge in self._edges.values():
            self.of_reference[edge.reference].append(edge)
            self.of_candidate[edge.candidate].append(edge)
        for table in (self.of_reference, self.of_candidate):
            for edges in table.values():
                edges.sort(key=lambda e: (e.distance, e.relation, e.reference, e.candidate))

    def _consider(self, own: _Item, other: _Item) -> None:
        if own.relation == WHOLE:
            relation = _AS_CANDIDATE[other.relation]
        elif other.relation == WHOLE and own.relation != EXCHANGED:
            relation = _AS_REFERENCE[own.relation]
        else:
            return
        ref, cand = own.entry.name, other.entry.name
        left, right = self._prints[0][ref], self._prints[1][cand]
        edge = _edge(ref, cand, own.print, other.print, left, right, relation)
        if edge.distance <= _ALIKE:
            self._found[ref, cand].append(edge)

    def _vote(self) -> bool:
        """True when most tensors that tell two rows apart have them in the other order."""
        votes: Counter[str] = Counter()
        for (ref, cand), edges in self._found.items():
            best = min(edges, key=lambda e: e.distance)
            other = self._prints[1][cand].exchanged
            if not best.same or not best.telling or other is None:
                continue
            whole = self._prints[0][ref].whole
            straight, exchanged = gap(whole, self._prints[1][cand].whole), gap(whole, other)
            if best.relation == (EXCHANGED if straight > exchanged else WHOLE) and (
                max(straight, exchanged) > _ROWS_DIFFER
            ):
                votes[best.relation] += 1
        return votes[EXCHANGED] > votes[WHOLE]

    def _nearest(self, edges: Sequence[Edge]) -> Edge | None:
        """The nearest relation that the vote on the order of rows allows."""
        if not self._exchanged:
            edges = [e for e in edges if e.relation != EXCHANGED]
        best = min(edges, key=lambda e: (e.distance, e.relation), default=None)
        if best is None or best.relation != WHOLE or not self._exchanged:
            return best
        turned = next((e for e in edges if e.relation == EXCHANGED), None)
        if turned is not None and (not best.same or turned.distance < _CLEARLY * best.distance):
            return turned
        return best


_ROWS = ("row 0", "row 1")
_AS_CANDIDATE: dict[str, str] = {
    WHOLE: WHOLE,
    EXCHANGED: EXCHANGED,
    **dict(zip(_ROWS, CANDIDATE_ROW, strict=True)),
}
_AS_REFERENCE: dict[str, str] = dict(zip(_ROWS, REFERENCE_ROW, strict=True))


def _relations(left: Fingerprint, right: Fingerprint) -> Iterable[tuple[Print, Print, str]]:
    yield left.whole, right.whole, WHOLE
    if right.exchanged is not None:
        yield left.whole, right.exchanged, EXCHANGED
    for one, relation in zip(left.rows, REFERENCE_ROW, strict=False):
        yield one, right.whole, relation
    for other, relation in zip(right.rows, CANDIDATE_ROW, strict=False):
        yield left.whole, other, relation


def _edge(
    reference: str,
    candidate: str,
    one: Print,
    other: Print,
    left: Fingerprint,
    right: Fingerprint,
    relation: str,
) -> Edge:
    distance, centred = gap(one, other), centred_gap(one, other)
    few = one.size <= _SMALL
    half = left.half or right.half
    if left.whole_numbers and right.whole_numbers:
        limit = _SAME_WHOLE_NUMBERS
    elif few:
        limit = _SAME_SMALL_HALF if half else _SAME_SMALL
    else:
        limit = _SAME_HALF if half else _SAME
    same = distance <= limit and (one.size == 1 or centred <= _SAME_CENTRED)
    telling = not few and not (one.constant and other.constant)
    return Edge(reference, candidate, distance, centred, same, relation, telling)


def _items(entries: Sequence[Entry], prints: dict[str, Fingerprint]) -> dict[Key, list[_Item]]:
    groups: dict[Key, list[_Item]] = defaultdict(list)
    for entry in entries:
        found = prints[entry.name]
        groups[found.whole.key].append(_Item(entry, found.whole, WHOLE))
        if found.exchanged is not None:
            groups[found.whole.key].append(_Item(entry, found.exchanged, EXCHANGED))
        for one, name in zip(found.rows, _ROWS, strict=False):
            groups[one.key].append(_Item(entry, one, name))
    return groups


def near(own: Sequence[Print], other: Sequence[Print]) -> Iterable[tuple[int, int]]:
    """Index pairs of the nearest neighbours in both directions, of prints of one key."""
    from scipy.spatial import KDTree

    left, right = _points(own), _points(other)
    found = set()
    for mine, theirs, swap in ((left, right, False), (right, left, True)):
        # one more than there are keeps the answer two-dimensional; what is missing is infinite
        count = min(_NEIGHBOURS, len(theirs) + 1)
        distances, places = KDTree(theirs).query(
            mine, k=max(count, 2), distance_upper_bound=1.5 * _ALIKE
        )
        distances, places = np.asarray(distances), np.asarray(places)
        for i, row in zip(*np.nonzero(np.isfinite(distances)), strict=True):
            j = int(places[i, row])
            found.add((j, int(i)) if swap else (int(i), j))
    return sorted(found)


def _points(prints: Sequence[Print]) -> Array:
    return np.array([p.point for p in prints])
