"""What the tools said about a pair, held against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from inspector.diagnose.suspect import CulpritReport
from inspector.diagnose.verdict import EXIT_DIFFERENT, Verdict
from inspector.faults.fault import Fault
from inspector.match.matching import MatchResult
from inspector.suite.case import REFERENCE, Case
from inspector.suite.controls import control_named
from inspector.suite.truth import Truth, lays_right
from inspector.suite.writing import StoredSide

CONFIDENT = 0.5
"""A pair with less confidence is no claim."""

_MOST_EXAMPLES = 5
_HARD_TO_SEE = frozenset({"bias_invented", "output_bias_random"})
"""Drawn biases that only the inside of a block shows (tests/diagnose/test_culprit_sweep.py)."""


@dataclass(frozen=True)
class MatchScore:
    """How the tensors of the reference were paired.

    Attributes:
        true_pairs: tensors with one true partner that can be told.
        correct: of them, paired with it and laid on it the right way.
        laid_wrong: of them, paired with it, but with rows or axes exchanged.
        wrong: tensors claimed with confidence to belong to one that is not their partner,
            also where there is none.
        hesitant: the same without confidence.
        flagged_needlessly: tensors with a clear partner that were called ambiguous.
        missed: tensors with a clear partner that were left without any.
        ambiguous: tensors whose partner nothing tells.
        flagged: of them, called ambiguous or paired without confidence.
        examples: a few wrong claims, ``reference -> candidate``.
    """

    true_pairs: int = 0
    correct: int = 0
    laid_wrong: int = 0
    wrong: int = 0
    hesitant: int = 0
    flagged_needlessly: int = 0
    missed: int = 0
    ambiguous: int = 0
    flagged: int = 0
    examples: tuple[str, ...] = ()


def score_match(
    match: MatchResult, truth: Truth, reference: StoredSide, candidate: StoredSide
) -> MatchScore:
    """Count how the tensors were paired; every tensor with a partner is counted once."""
    recorded, recorded_too = (
        {stored: name for name, stored in side.names.items()} for side in (reference, candidate)
    )
    named_ambiguous = {n for group in match.ambiguous for n in group.reference}
    pairs = {pair.reference.name: pair for pair in match.pairs}
    counts = dict.fromkeys(
        ("correct", "laid_wrong", "wrong", "hesitant", "flagged_needlessly", "missed"), 0
    )
    flagged, examples = 0, []
    for name, pair in pairs.items():
        partner = truth.partners.get(name)
        confident = pair.confidence >= CONFIDENT
        if name in truth.ambiguous:
            flagged += not confident
            continue
        if pair.candidate.name != partner:
            counts["wrong" if confident else "hesitant"] += 1
            if confident:
                examples.append(f"{name} -> {pair.candidate.name}")
        elif lays_right(
            pair, reference, candidate, recorded[name], recorded_too[pair.candidate.name]
        ):
            counts["correct"] += 1
        else:
            counts["laid_wrong"] += 1
            examples.append(f"{name} -> {pair.candidate.name}, {pair.describe_layout()}")
    for name in truth.partners:
        if name in pairs:
            continue
        if name in truth.ambiguous:
            flagged += name in named_ambiguous
        elif name in named_ambiguous:
            counts["flagged_needlessly"] += 1
        else:
            counts["missed"] += 1
    clear = len(truth.partners) - len(truth.ambiguous)
    return MatchScore(
        true_pairs=clear, **counts, ambiguous=len(truth.ambiguous), flagged=flagged,
        examples=tuple(examples[:_MOST_EXAMPLES]),
    )  # fmt: skip


@dataclass(frozen=True)
class DivergenceScore:
    """What the verdict says about a pair.

    Attributes:
        expected: names that may be called first; empty when nothing differs.
        found: the name that was called first; empty for none.
        right: None for a pair without a visible mistake.
        alarm: the exit code is that of a difference or a failed check.
        blamed: whose recording was said to contradict itself.
        sentence: the whole verdict.
    """

    expected: tuple[str, ...]
    found: str
    right: bool | None
    alarm: bool
    blamed: str
    sentence: str = ""


def score_verdict(verdict: Verdict, truth: Truth) -> DivergenceScore:
    """Hold the first divergence and the exit code against the truth."""
    first = verdict.first_divergence
    found = first.reference if first is not None else ""
    return DivergenceScore(
        tuple(sorted(truth.first)), found, found in truth.first if truth.first else None,
        verdict.exit_code == EXIT_DIFFERENT, verdict.blamed, verdict.sentence,
    )  # fmt: skip


@dataclass(frozen=True)
class CulpritScore:
    """What the culprit search says about a pair.

    Attributes:
        ranks: fault -> its place among the suspected mistakes from 1; None when not named.
        alike: faults that the first suspect was said to be indistinguishable from.
        nameable: the level of the trace shows enough to name what is planted.
        healthy: the conclusion; None when nothing could be tested.
        reference_named: the reference was found to contradict its checkpoint.
        suspects: keys of the suspects, best first.
    """

    ranks: Mapping[str, int | None]
    alike: tuple[str, ...]
    nameable: bool
    healthy: bool | None
    reference_named: bool
    suspects: tuple[str, ...]

    def within(self, most: int) -> bool:
        """Every planted fault is among the first; for several faults, as many more."""
        most += len(self.ranks) - 1
        return all(
            (rank is not None and rank <= most) or (key in self.alike and most >= 1)
            for key, rank in self.ranks.items()
        )


def score_culprit(report: CulpritReport, case: Case, planted: Mapping[str, Fault]) -> CulpritScore:
    """Find the planted faults among the suspects.

    Args:
        planted: faults of the case by key.
    """
    mistakes = [s for s in report.suspects if s.kind == "fault"]
    ranks = {
        key: next(
            (i for i, s in enumerate(mistakes, 1) if _names(s.fault, fault)), None
        )
        for key, fault in planted.items()
    }  # fmt: skip
    alike = mistakes[0].alike if mistakes else ()
    return CulpritScore(
        ranks, tuple(key for key in planted if key in alike),
        all(_nameable(fault, case) for fault in planted.values()),
        report.healthy, bool(report.reference_faults), tuple(s.fault for s in report.suspects),
    )  # fmt: skip


def _names(suspect: str, fault: Fault) -> bool:
    """A block without weights may be named by the groups of weights that it consists of."""
    contained = fault.key == "block_unloaded" and suspect.endswith("_unloaded")
    return suspect in (fault.key, fault.group) or contained


def _nameable(fault: Fault, case: Case) -> bool:
    """States alone show that weights never arrived, not which; see README, "recorded | finds"."""
    if fault.random:
        return case.level == "ops" or (case.level == "blocks" and fault.key not in _HARD_TO_SEE)
    return True


@dataclass(frozen=True)
class CaseResult:
    """A case and what came out of it.

    Attributes:
        case: what was made.
        match, verdict, culprit: scores; None for what was not asked.
        error: what went wrong with the case itself, as a sentence.
        seconds: time for matching and comparing, searching, and the whole case.
    """

    case: Case
    match: MatchScore | None = None
    verdict: DivergenceScore | None = None
    culprit: CulpritScore | None = None
    error: str = ""
    seconds: Mapping[str, float] | None = None

    @property
    def false_alarms(self) -> tuple[str, ...]:
        """The doors that call a healthy pair faulty: ``diff``, ``culprit``."""
        if not self.case.healthy:
            return ()
        doors = []
        told = not control_named(self.case.control).needs_weights
        if self.verdict is not None and self.verdict.alarm and told:
            doors.append("diff")
        if self.culprit is not None and self.culprit.healthy is False:
            doors.append("culprit")
        return tuple(doors)

    @property
    def visible(self) -> bool:
        """A mistake is planted and changes a recorded tensor by more than noise."""
        return bool(self.case.faults and self.verdict is not None and self.verdict.expected)

    @property
    def reference_right(self) -> bool | None:
        """A mistake of the reference is laid to it and the candidate is cleared."""
        if self.case.side != REFERENCE or self.culprit is None or not self.visible:
            return None
        return self.culprit.reference_named and not self.culprit.suspects

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "case": self.case.to_dict(),
            "describe": self.case.describe(),
            "match": None if self.match is None else asdict(self.match),
            "verdict": None if self.verdict is None else asdict(self.verdict),
            "culprit": None if self.culprit is None else asdict(self.culprit),
            "false_alarms": list(self.false_alarms),
            "error": self.error,
            "seconds": dict(self.seconds or {}),
        }
