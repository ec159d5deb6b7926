"""Groups that nothing tells apart and that hide nothing: all their members hold one value."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.match.entries import Entry
from inspector.match.fingerprints import gap
from inspector.match.pairing import ASK, Link
from inspector.match.values import EXCHANGED, WHOLE, ValueGraph

_AGREE = "whichever belongs to which, they agree."
_DIFFER = "whichever belongs to which, they differ by more than the tolerance; "
_RULE, _UNSURE = "any of equals", 0.45
# Copies of one run differ by the rounding of sums at most.
_COPIES = 1e-6


def any_assignment(
    refs: Sequence[Entry], cands: Sequence[Entry], graph: ValueGraph
) -> tuple[Link, ...]:
    """One assignment of a group, in order, where every assignment says the same.

    That is so when both sides hold equally many copies of one tensor, and these two agree.

    Returns:
        One link per member; empty when the group hides something.
    """
    if len(refs) != len(cands):
        return ()
    edge = graph.measure(refs[0], cands[0])
    if edge is None or not edge.same or edge.relation not in (WHOLE, EXCHANGED):
        return ()
    for side, entries in enumerate((refs, cands)):
        prints = [graph.printed(side, entry.name) for entry in entries]
        first = prints[0]
        if first is None or any(p is None or gap(first.whole, p.whole) > _COPIES for p in prints):
            return ()
    return tuple(
        Link(ref, cand, _RULE, _UNSURE, (), edge.relation)
        for ref, cand in zip(refs, cands, strict=True)
    )


def agreeing_reason(reason: str) -> str:
    """The reason of a group of which any assignment agrees."""
    return reason.removesuffix(ASK) + _AGREE


def differing_reason(reason: str) -> str:
    """The reason of such a group whose two tensors turn out to differ after all."""
    return reason.removesuffix(_AGREE) + _DIFFER + ASK
