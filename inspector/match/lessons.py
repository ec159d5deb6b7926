"""Names learned from values: what one ODE step proves holds for the other steps."""

from __future__ import annotations

from collections import Counter, defaultdict

from inspector.match.checking import Checked
from inspector.match.entries import Entry
from inspector.match.names import join
from inspector.match.pairing import Board

_ONE_PROOF, _MORE_PROOFS = 0.7, 0.8
_PROVEN = 0.7


def pair_by_lessons(board: Board, checked: Checked) -> None:
    """Pair tensors of one step whose namesakes in other steps are proven pairs.

    Only where all proofs agree: a name that has met two partners teaches nothing.
    """
    lessons: dict[str, Counter[str]] = defaultdict(Counter)
    back: dict[str, set[str]] = defaultdict(set)
    for link in board.links:
        proven = link.rule.startswith("values") and link.confidence >= _PROVEN
        same = link.reference.name in checked.agreed
        both = link.reference.step is not None and link.candidate.step is not None
        if (proven or same) and both:
            own, other = _path(link.reference), _path(link.candidate)
            lessons[own][other] += 1
            back[other].add(own)
    cands: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for cand in board.candidate.values():
        if cand.step is not None:
            cands[_path(cand), cand.step].append(cand)
    refs: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for ref in board.reference.values():
        if ref.step is not None:
            refs[_path(ref), ref.step].append(ref)
    for (own, step), group in refs.items():
        taught = lessons.get(own, Counter())
        if len(group) != 1 or len(taught) != 1:
            continue
        ((other, proofs),) = taught.items()
        found = cands.get((other, step), [])
        if len(found) != 1 or len(back[other]) != 1 or not checked.allows(group[0], found[0]):
            continue
        note = (
            f"These two names hold the same values in {proofs} other ODE "
            f"{'step' if proofs == 1 else 'steps'}, so they are taken for a pair here too."
        )
        confidence = _ONE_PROOF if proofs == 1 else _MORE_PROOFS
        board.link(group[0], found[0], "learned name", confidence, note)


def _path(entry: Entry) -> str:
    return join(entry.parsed.tokens)
