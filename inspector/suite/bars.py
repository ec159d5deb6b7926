"""What the self-test demands: shares over many cases, and whether each is met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from inspector.suite.case import CANDIDATE
from inspector.suite.scoring import CaseResult, MatchScore


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """In percent; None of nothing."""
        return 100.0 * self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Bar:
    """One demand and what was measured.

    Attributes:
        title: what is counted.
        least: percent that must be reached; None where the count must be 0.
        share: what was measured.
        count: what must be 0.
    """

    title: str
    least: float | None
    share: Share | None = None
    count: int | None = None

    @property
    def met(self) -> bool | None:
        """None when nothing was measured."""
        if self.least is None:
            return None if self.count is None else self.count == 0
        percent = self.share.percent if self.share is not None else None
        return None if percent is None else percent >= self.least

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "percent": self.share.percent if self.share else None,
                "met": self.met}  # fmt: skip


def measure(results: Sequence[CaseResult]) -> tuple[Bar, ...]:
    """All bars over the results."""
    matched = [r for r in results if r.match is not None]
    named = [r for r in matched if r.case.names_tell]
    random = [r for r in matched if not r.case.names_tell and r.case.healthy]
    judged = [r for r in results if r.case.healthy and r.verdict is not None]
    return (
        Bar("tensors paired correctly, telling names", 98.0, paired(named)),
        Bar("tensors paired correctly, random names, healthy", 95.0, paired(random)),
        Bar("wrong pairs claimed with confidence", None, count=_total(
            matched, lambda m: m.wrong + m.laid_wrong)),
        Bar("true ambiguities flagged", 100.0, flagged(matched)),
        Bar("first divergence right, single faults", 95.0, first_right(_singles(results))),
        Bar("culprit named first, single faults that the level can tell", 95.0,
            named_within(_singles(results), 1)),
        Bar("false alarms on healthy pairs", None,
            count=sum(bool(r.false_alarms) for r in judged) if judged else None),
        Bar("cases that could not be judged", None,
            count=sum(bool(r.error) for r in results) if results else None),
    )  # fmt: skip


def paired(results: Iterable[CaseResult]) -> Share:
    """Correct pairs of all that can be told."""
    scores = [r.match for r in results if r.match is not None]
    return Share(sum(m.correct for m in scores), sum(m.true_pairs for m in scores))


def flagged(results: Iterable[CaseResult]) -> Share:
    """True ambiguities that were said to be some."""
    scores = [r.match for r in results if r.match is not None]
    return Share(sum(m.flagged for m in scores), sum(m.ambiguous for m in scores))


def first_right(results: Iterable[CaseResult]) -> Share:
    """First divergences that are right, of cases whose mistake shows."""
    rights = [r.verdict.right for r in results if r.verdict is not None and r.visible]
    return Share(sum(bool(right) for right in rights), len(rights))


def named_within(results: Iterable[CaseResult], most: int) -> Share:
    """Planted mistakes among the first suspects, of those that can be named and show."""
    found = [
        r.culprit.within(most)
        for r in results
        if r.culprit is not None and r.culprit.nameable and r.visible and r.case.side == CANDIDATE
    ]
    return Share(sum(found), len(found))


def called_healthy(results: Iterable[CaseResult]) -> int:
    """Cases with a visible mistake of the candidate that the search calls healthy."""
    return sum(
        r.culprit is not None and r.culprit.healthy is True and r.visible
        and r.case.side == CANDIDATE
        for r in results
    )  # fmt: skip


def reference_right(results: Iterable[CaseResult]) -> Share:
    """Mistakes of the reference that are laid to it."""
    found = [r.reference_right for r in results if r.reference_right is not None]
    return Share(sum(found), len(found))


def _singles(results: Iterable[CaseResult]) -> list[CaseResult]:
    return [r for r in results if len(r.case.faults) == 1 and r.case.side == CANDIDATE]


def _total(results: Sequence[CaseResult], count: Callable[[MatchScore], int]) -> int | None:
    scores = [r.match for r in results if r.match is not None]
    return sum(count(m) for m in scores) if scores else None
