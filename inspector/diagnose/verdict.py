"""One sentence that says whether two traces agree, and where or why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from inspector.analysis.health import Finding
from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.blind_spots import BlindSpot, find_blind_spots
from inspector.diagnose.claim import Claim
from inspector.diagnose.claims import make_claims
from inspector.diagnose.divergence import FirstDivergence, find_first_divergence
from inspector.diagnose.form import FormReport
from inspector.diagnose.next_step import advise
from inspector.diagnose.questions import Answer
from inspector.diagnose.run_precision import PrecisionVerdict
from inspector.diagnose.side import Side
from inspector.diagnose.status import differs, is_guess, other_draw, outside_mask_alone
from inspector.diagnose.verdict_sentence import incomplete, undecided, verdict_sentence
from inspector.match.matching import MatchResult

EXIT_AGREE, EXIT_DIFFERENT, EXIT_INCOMPLETE = 0, 1, 3

_BY_VALUES = ("values", "values and order")


@dataclass(frozen=True)
class Verdict:
    """The conclusion of a comparison.

    Attributes:
        status: ``same``, ``within_tolerance``, ``different`` or ``incomplete``.
        sentence: the conclusion for a person.
        first_divergence: first tensor that differs, or None.
        blamed: ``reference``, ``candidate``, ``both`` or empty: whose own health check fails.
        counts: pairs by status, and ``unmatched``, ``ambiguous`` (groups; ``either_way`` are
            those whose members agree however they are paired, with ``either_way_pairs`` pairs),
            ``skipped``, ``guessed``, ``by_values`` (pairs that names had no part in).
        exit_code: 0 within tolerance and complete, 1 a difference or a failed health check,
            3 nothing different but incomplete.
        claims: everything that is claimed, in the order of triage, with its evidence.
        blind_spots: what these recordings cannot show.
        next_step: what to do now, one sentence.
    """

    status: str
    sentence: str
    first_divergence: FirstDivergence | None
    blamed: str
    counts: Mapping[str, int]
    exit_code: int
    claims: tuple[Claim, ...] = ()
    blind_spots: tuple[BlindSpot, ...] = ()
    next_step: str = ""

    @property
    def record_next(self) -> tuple[str, ...]:
        """What to record to become certain, the most telling first."""
        return tuple(dict.fromkeys(spot.remedy for spot in self.blind_spots))

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON values."""
        first = self.first_divergence
        return {
            "status": self.status,
            "sentence": self.sentence,
            "first_divergence": first.to_dict() if first else None,
            "blamed": self.blamed or None,
            "counts": dict(self.counts),
            "exit_code": self.exit_code,
            "claims": [claim.to_dict() for claim in self.claims],
            "blind_spots": [spot.to_dict() for spot in self.blind_spots],
            "record_next": list(self.record_next),
            "next_step": self.next_step,
        }


def decide(
    reference: Side,
    candidate: Side,
    match: MatchResult,
    tensors: Sequence[TensorComparison],
    answers: Mapping[str, Answer],
    forms: Mapping[int, FormReport] = MappingProxyType({}),
    precision: PrecisionVerdict | None = None,
) -> Verdict:
    """Weigh health, matching and tensor comparisons into one verdict.

    A side whose recording contradicts itself explains more than any tensor difference, so
    it is named first; then different inputs (tokens); then the first divergence; then what
    could not be compared.
    """
    counts = _count(reference, candidate, match, tensors)
    failures = reference.health.failures(), candidate.health.failures()
    claimed = [t for t in tensors if differs(t)]
    masked = sum(outside_mask_alone(t) for t in claimed)
    if masked and masked == len(claimed):
        # nothing but values that the mask hides: the run does not see them
        counts["masked"] = masked
        counts["different"] -= masked
        first = None
    else:
        first = find_first_divergence(tensors)
    blamed = _blame(*failures)
    # a side that contradicts itself may have made its noise up, too
    drawn = first is not None and not any(failures) and other_draw(tensors[first.row])
    missing = incomplete(counts, drawn=drawn)
    if first is not None and not drawn:
        status = "different"
    elif missing or counts["guessed"]:
        status = "incomplete"
    elif counts["within_tolerance"] or counts.get("masked"):
        status = "within_tolerance"
    else:
        status = "same"
    code = EXIT_INCOMPLETE if status == "incomplete" else EXIT_AGREE
    if status == "different" or failures[0] or failures[1]:
        code = EXIT_DIFFERENT
    sentence = verdict_sentence(
        status, (reference.health, candidate.health), first, tensors,
        counts=counts, missing=missing, drawn=drawn, answers=answers, forms=forms,
        precision=precision,
    )  # fmt: skip
    claims = make_claims(reference, candidate, tensors, answers, forms, precision)
    spots = find_blind_spots(reference, candidate, tensors, precision)
    open_pairs = status == "incomplete" and undecided(counts)
    advice = advise(status, claims, spots, tensors, first, open_pairs=open_pairs)
    return Verdict(status, sentence, first, blamed, counts, code, claims, spots, advice)


def _count(
    reference: Side, candidate: Side, match: MatchResult, tensors: Sequence[TensorComparison]
) -> dict[str, int]:
    found = Counter(t.status for t in tensors)
    counts = {s: found[s] for s in ("same", "within_tolerance", "different", "not_comparable")}
    counts["unmatched_reference"] = len(match.unmatched_reference)
    counts["unmatched_candidate"] = len(match.unmatched_candidate)
    counts["unmatched"] = counts["unmatched_reference"] + counts["unmatched_candidate"]
    counts["ambiguous"] = len(match.ambiguous)
    alike = [group for group in match.ambiguous if group.harmless]
    counts["either_way"] = len(alike)
    counts["either_way_pairs"] = sum(len(group.assignment) for group in alike)
    # A stray text file is listed, but only what could hold a tensor leaves a gap.
    counts["skipped"] = sum(
        s.code != "extension" for side in (reference, candidate) for s in side.trace.skipped
    )
    counts["guessed"] = sum(t.status == "different" and is_guess(t) for t in tensors)
    counts["by_values"] = sum(t.pair.rule in _BY_VALUES for t in tensors)
    counts["pairs"] = len(tensors)
    return counts


def _blame(reference: tuple[Finding, ...], candidate: tuple[Finding, ...]) -> str:
    if reference and candidate:
        return "both"
    return "reference" if reference else "candidate" if candidate else ""
