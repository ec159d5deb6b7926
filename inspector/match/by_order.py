"""Order of execution as evidence: trusted when the pairs that values prove keep it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

from inspector.match.assign import increasing
from inspector.match.entries import Entry, contradict
from inspector.match.pairing import Board, Link

# A chance order of five is increasing once in 120 times.
_FEWEST = 5
_NEARLY_ALL = 0.95
_BY_ORDER = 0.4


class Order:
    """Where the tensors of two traces stand between the pairs that are certain.

    Args:
        anchors: pairs proven by values.
    """

    def __init__(self, anchors: Iterable[Link]) -> None:
        places = sorted({(link.reference.place, link.candidate.place) for link in anchors})
        chain = increasing([cand for _, cand in places])
        self.trusted = len(places) >= _FEWEST and len(chain) >= _NEARLY_ALL * len(places)
        self._reference = [places[i][0] for i in chain]
        self._candidate = [places[i][1] for i in chain]

    def slot(self, entry: Entry, *, reference: bool) -> int:
        """Number of certain pairs before `entry`."""
        return bisect_left(self._reference if reference else self._candidate, entry.place)

    def keeps(self, ref: Entry, cand: Entry) -> bool:
        """True when the pair crosses no certain pair."""
        left = self._around(self._reference, ref.place)
        right = self._around(self._candidate, cand.place)
        return left[0] <= right[1] and right[0] <= left[1]

    @staticmethod
    def _around(places: list[int], place: int) -> tuple[int, int]:
        return bisect_left(places, place), bisect_right(places, place)

    def pairs(self, refs: Sequence[Entry], cands: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
        """Pairs of equals that stand between the same certain pairs, as many on both sides."""
        if not self.trusted:
            return []
        left: dict[int, list[Entry]] = defaultdict(list)
        right: dict[int, list[Entry]] = defaultdict(list)
        for entry in refs:
            left[self.slot(entry, reference=True)].append(entry)
        for entry in cands:
            right[self.slot(entry, reference=False)].append(entry)
        found = []
        for slot, own in left.items():
            other = right.get(slot, [])
            if len(own) == len(other):
                found.extend(zip(_placed(own), _placed(other), strict=True))
        return found


def pair_by_order(board: Board, order: Order) -> None:
    """Pair what values leave open by its order among tensors of the same lengths.

    Only between the same two certain pairs, and only where both sides have equally many
    tensors of these lengths there; the others stay open.
    """
    if not order.trusted:
        return
    left = _kinds(board.reference.values(), order, reference=True)
    right = _kinds(board.candidate.values(), order, reference=False)
    note = (
        "Paired by the order of execution and the lengths of the axes: the values do not tell, "
        "because they differ or because several are equal."
    )
    for kind, refs in left.items():
        cands = right.get(kind, [])
        if len(refs) != len(cands):
            continue
        for ref, cand in zip(_placed(refs), _placed(cands), strict=True):
            if not contradict(ref, cand):
                board.guess(ref, cand, "order", _BY_ORDER, note)


def _kinds(
    entries: Iterable[Entry], order: Order, *, reference: bool
) -> dict[Hashable, list[Entry]]:
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        record = entry.record
        lengths = tuple(sorted(n for n in record.shape if n != 1))
        whole = record.dtype.startswith(("int", "uint", "bool"))
        if not entry.role:
            slot = order.slot(entry, reference=reference)
            groups[slot, entry.step, lengths, whole].append(entry)
    return groups


def _placed(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda e: e.place)
