"""The last open tensor of a module on either side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from inspector.match.checking import Checked
from inspector.match.entries import Entry
from inspector.match.layouts import reconcile
from inspector.match.pairing import Board

_SHORTEST = 2
_LONGEST = 16
_LAST = 0.4
_NOTE = (
    "Paired because nothing else of this module is open on either side, and the lengths of the "
    "axes fit; the values do not tell."
)


def pair_last_of_module(board: Board, checked: Checked) -> None:
    """Pair the only open tensors of one module and ODE step, innermost modules first.

    Never with confidence: each may also be a tensor that only one side records, and never
    where the names say two kinds of module.
    """
    deepest = max((len(e.path) for e in board.reference.values()), default=0)
    for depth in range(min(deepest, _LONGEST), _SHORTEST - 1, -1):
        cands = _below(board.candidate.values(), depth)
        for key, refs in _below(board.reference.values(), depth).items():
            found = cands.get(key, [])
            if len(refs) == len(found) == 1 and checked.allows(refs[0], found[0]):
                fits = reconcile(refs[0].record.shape, found[0].record.shape)
                if fits and not fits[0].crop:
                    board.guess(refs[0], found[0], "last of module", _LAST, _NOTE)


def _below(
    entries: Iterable[Entry], depth: int
) -> dict[tuple[int | None, tuple[str, ...]], list[Entry]]:
    groups: dict[tuple[int | None, tuple[str, ...]], list[Entry]] = defaultdict(list)
    for entry in entries:
        if len(entry.path) >= depth and not entry.role:
            groups[entry.step, entry.path[:depth]].append(entry)
    return groups
