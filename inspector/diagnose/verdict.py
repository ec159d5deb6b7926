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
from inspector.diagnose.claims import (
    Claim,
    is_guess,
    lowered,
    make_claims,
    other_draw,
    outside_mask_alone,
)
from inspector.diagnose.divergence import FirstDivergence, find_first_divergence
from inspector.diagnose.form import FormReport
from inspector.diagnose.questions import Answer
from inspector.diagnose.run_precision import PrecisionVerdict
from inspector.diagnose.side import Side
from inspector.match.matching import MatchResult

EXIT_AGREE, EXIT_DIFFERENT, EXIT_INCOMPLETE = 0, 1, 3
_MOST_HEADLINES = 2
_DRAWN = "what follows from the starting noise could not be compared"


@dataclass(frozen=True)
class Verdict:
    """The conclusion of a comparison.

    Attributes:
        status: ``same``, ``within_tolerance``, ``different`` or ``incomplete``.
        sentence: the conclusion for a person.
        first_divergence: first tensor that differs, or None.
        blamed: ``reference``, ``candidate``, ``both`` or empty: whose own health check fails.
        counts: pairs by status, and ``unmatched``, ``ambiguous``, ``skipped``.
        exit_code: 0 within tolerance and complete, 1 a difference or a failed health check,
            3 nothing different but incomplete.
        claims: everything that is claimed, in the order of triage, with its evidence.
        blind_spots: what these recordings cannot show.
    """

    status: str
    sentence: str
    first_divergence: FirstDivergence | None
    blamed: str
    counts: Mapping[str, int]
    exit_code: int
    claims: tuple[Claim, ...] = ()
    blind_spots: tuple[BlindSpot, ...] = ()

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
    claimed = [t for t in tensors if t.status == "different" and not is_guess(t)]
    masked = sum(outside_mask_alone(t) for t in claimed)
    if masked and masked == len(claimed):
        # nothing but values that the mask hides: the run does not see them
        counts["masked"] = masked
        counts["different"] -= masked
        first = None
    else:
        first = find_first_divergence(tensors)
    blamed = _blame(*failures)
    missing = _incomplete(counts)
    # a side that contradicts itself may have made its noise up, too
    drawn = first is not None and not any(failures) and other_draw(tensors[first.row])
    if drawn:
        missing = ", ".join(filter(None, (_DRAWN, missing)))
    if first is not None and not drawn:
        status = "different"
    elif missing or counts["guessed"]:
        status = "incomplete"
    elif counts["within_tolerance"] or counts.get("masked"):
        status = "within_tolerance"
    else:
        status = "same"
    code = EXIT_INCOMPLETE if missing else EXIT_AGREE
    if status == "different" or failures[0] or failures[1]:
        code = EXIT_DIFFERENT
    sentence = _sentence(status, blamed, failures, first, counts, missing, answers)
    sentence += _form_sentence(first, forms) + _precision_sentence(precision)
    claims = make_claims(reference, candidate, tensors, answers, forms, precision)
    spots = find_blind_spots(reference, candidate, tensors)
    return Verdict(status, sentence, first, blamed, counts, code, claims, spots)


def _count(
    reference: Side, candidate: Side, match: MatchResult, tensors: Sequence[TensorComparison]
) -> dict[str, int]:
    found = Counter(t.status for t in tensors)
    counts = {s: found[s] for s in ("same", "within_tolerance", "different", "not_comparable")}
    counts["unmatched"] = len(match.unmatched_reference) + len(match.unmatched_candidate)
    counts["ambiguous"] = len(match.ambiguous)
    # A stray text file is listed, but only what could hold a tensor leaves a gap.
    counts["skipped"] = sum(
        s.code != "extension" for side in (reference, candidate) for s in side.trace.skipped
    )
    counts["guessed"] = sum(t.status == "different" and is_guess(t) for t in tensors)
    counts["pairs"] = len(tensors)
    return counts


def _blame(reference: tuple[Finding, ...], candidate: tuple[Finding, ...]) -> str:
    if reference and candidate:
        return "both"
    return "reference" if reference else "candidate" if candidate else ""


def _incomplete(counts: Mapping[str, int]) -> str:
    """What kept the comparison from being complete, as a clause; empty when nothing did."""
    if not counts["pairs"]:
        return "no tensor could be compared"
    words = {
        "not_comparable": "could not be compared",
        "unmatched": "have no counterpart",
        "ambiguous": "could belong to several others",
        "skipped": "could not be read",
        "guessed": "differ, but were paired by a guess",
    }
    parts = [f"{counts[key]} {text}" for key, text in words.items() if counts[key]]
    return ", ".join(parts)


def _sentence(
    status: str,
    blamed: str,
    failures: tuple[tuple[Finding, ...], tuple[Finding, ...]],
    first: FirstDivergence | None,
    counts: Mapping[str, int],
    missing: str,
    answers: Mapping[str, Answer],
) -> str:
    unequal_blame = blamed in ("reference", "candidate")
    shared_only = blamed == "both" and {f.check for f in failures[0]} == {
        f.check for f in failures[1]
    }
    if unequal_blame or (blamed == "both" and not shared_only):
        return _blame_sentence(blamed, failures, first)
    text = _plain_sentence(status, first, counts, missing, answers)
    if shared_only:
        text += f" Both recordings contradict themselves alike: {_headlines(failures[0])}."
    return text


def _blame_sentence(
    blamed: str,
    failures: tuple[tuple[Finding, ...], tuple[Finding, ...]],
    first: FirstDivergence | None,
) -> str:
    if blamed == "both":
        text = (
            "Trust neither recording, both contradict themselves. Reference: "
            f"{_headlines(failures[0])}. Candidate: {_headlines(failures[1])}."
        )
    else:
        found = failures[1] if blamed == "candidate" else failures[0]
        text = f"Do not trust the {blamed}'s recording, it contradicts itself: {_headlines(found)}."
    return f"{text} {_capital(first.sentence)}." if first else text


def _headlines(found: tuple[Finding, ...]) -> str:
    """The first failures by their headlines, and how many more there are."""
    text = "; ".join(lowered(f.headline) for f in found[:_MOST_HEADLINES])
    rest = len(found) - _MOST_HEADLINES
    return f"{text}; and {rest} more failed check{'s' * (rest > 1)}" if rest > 0 else text


def _plain_sentence(
    status: str,
    first: FirstDivergence | None,
    counts: Mapping[str, int],
    missing: str,
    answers: Mapping[str, Answer],
) -> str:
    if first is not None:
        text = f"{_capital(first.sentence)}."
        tokens = answers["tokens"].result
        unequal = [c for c in tokens.comparisons if not c.identical] if tokens is not None else []
        if unequal:
            # Different inputs explain every later difference: the longest story comes first.
            spoken = next((c for c in unequal if c.name.startswith("speech")), unequal[0])
            text = f"The two sides did not decode the same tokens: {spoken.sentence} {text}"
        return f"{text} {first.hint}".rstrip()
    agree = counts["same"] + counts["within_tolerance"]
    masked = counts.get("masked")
    if masked:
        but = f"; but {missing}" if missing else ""
        return (
            f"Nothing that the run sees differs: {agree} tensors agree, and {masked} differ only "
            f"in frames that the mask hides{but}."
        )
    if missing:
        if not counts["pairs"]:
            return f"Nothing was compared: {missing}."
        return f"Nothing that was compared differs ({agree} tensors), but {missing}."
    if status == "within_tolerance":
        return (
            f"All {agree} tensors agree: {counts['same']} exactly, "
            f"{counts['within_tolerance']} within tolerance."
        )
    return f"All {agree} tensors are exactly the same."


def _form_sentence(first: FirstDivergence | None, forms: Mapping[int, FormReport]) -> str:
    """What the first divergence looks like, when that is more than a possibility."""
    report = forms.get(first.row) if first is not None else None
    best = report.best if report is not None else None
    if first is None or best is None or best.confidence == "possible" or first.hint:
        return ""
    return f" {best.sentence}"


def _precision_sentence(precision: PrecisionVerdict | None) -> str:
    """Half precision and what looks like rounded weights; "within tolerance" says the rest."""
    if precision is None or precision.kind in ("rounding", "exact", "none"):
        return ""
    return f" {precision.sentence}" if precision.sentence else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
