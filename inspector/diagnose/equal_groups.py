"""Groups of equal tensors, compared in one of their assignments: all assignments say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.status import AGREE
from inspector.match.equals import differing_reason
from inspector.match.matching import Ambiguous, MatchResult
from inspector.tensors import TensorPair


def pairs_to_compare(match: MatchResult, order: Sequence[str]) -> tuple[TensorPair, ...]:
    """The pairs, and those of the assignments of harmless groups, in order of execution.

    Args:
        match: what belongs together.
        order: names of the reference in order of execution.
    """
    place = {name: number for number, name in enumerate(order)}
    assigned = [pair for group in match.ambiguous for pair in group.assignment]
    if not assigned:
        return match.pairs
    return tuple(sorted((*match.pairs, *assigned), key=lambda p: place[p.reference.name]))


def set_apart(
    judged: Sequence[TensorComparison], match: MatchResult
) -> tuple[tuple[TensorComparison, ...], MatchResult]:
    """The comparisons of the pairs alone, and the match with what the others have shown.

    A group whose members do not agree within their tolerance is harmless no longer: how they
    differ is seen only once a mapping file names its pairs.

    Args:
        judged: comparisons of `pairs_to_compare`.
        match: what belongs together.
    """
    found = {t.pair.reference.name: t for t in judged}
    groups = tuple(_settled(group, found) for group in match.ambiguous)
    tensors = tuple(found[pair.reference.name] for pair in match.pairs)
    return tensors, match if groups == match.ambiguous else replace(match, ambiguous=groups)


def _settled(group: Ambiguous, found: dict[str, TensorComparison]) -> Ambiguous:
    if all(found[pair.reference.name].status in AGREE for pair in group.assignment):
        return group
    return replace(group, harmless=False, reason=differing_reason(group.reason))
