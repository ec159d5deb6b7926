"""The verdict in one or a few sentences: who is to blame, where it starts, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inspector.analysis.health import Finding, HealthReport
from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.block_claims import agrees_at
from inspector.diagnose.claim import capital, lowered
from inspector.diagnose.divergence import FirstDivergence
from inspector.diagnose.form import FormReport
from inspector.diagnose.questions import Answer
from inspector.diagnose.run_precision import PrecisionVerdict

_MOST_HEADLINES = 2
_DRAWN = (
    "The two runs drew different noise, so their states cannot agree: feed both the same noise "
    "before looking further."
)


def incomplete(counts: Mapping[str, int], *, drawn: bool = False) -> str:
    """What kept a comparison from being complete, as a clause; empty when nothing did.

    Args:
        counts: of the verdict.
        drawn: the sides started from different noise.
    """
    if not counts["pairs"]:
        return "no tensor could be compared"
    parts = []
    if drawn:
        parts.append("nothing after the starting noise could be compared")
    for side in ("reference", "candidate"):
        number = counts[f"unmatched_{side}"]
        if number:
            parts.append(f"{_tensors(number)} only in the {side}")
    if counts["not_comparable"]:
        parts.append(f"{_pairs(counts['not_comparable'])} that could not be compared")
    unclear = counts["ambiguous"] - counts["either_way"]
    if unclear:
        many = "group" if unclear == 1 else "groups"
        parts.append(f"{unclear} {many} of tensors that could belong to each other in several ways")
    if counts["skipped"]:
        many = "file or tensor" if counts["skipped"] == 1 else "files or tensors"
        parts.append(f"{counts['skipped']} {many} that could not be read")
    return ", ".join(parts)


def undecided(counts: Mapping[str, int]) -> bool:
    """True when tensors that belong together may differ, and found no partner for that reason.

    So it is where names say nothing: then equal values make the pairs.

    Args:
        counts: of the verdict.
    """
    both = counts["unmatched_reference"] and counts["unmatched_candidate"]
    return bool(counts["guessed"] or (both and 2 * counts["by_values"] >= counts["pairs"]))


def verdict_sentence(
    status: str,
    health: tuple[HealthReport, HealthReport],
    first: FirstDivergence | None,
    tensors: Sequence[TensorComparison],
    *,
    counts: Mapping[str, int],
    missing: str,
    drawn: bool,
    answers: Mapping[str, Answer],
    forms: Mapping[int, FormReport],
    precision: PrecisionVerdict | None,
) -> str:
    """The conclusion for a person.

    Args:
        status: of the verdict.
        health: what each side says about itself, reference first.
        first: where the sides first part.
        tensors: comparisons in order of execution.
        counts, missing: what was compared, and what not.
        drawn: the sides started from different noise, and nothing else speaks.
        answers: answers by question.
        forms: what the errors of some pairs look like, by row.
        precision: in what precision the sides ran.
    """
    failures = health[0].failures(), health[1].failures()
    alike = {f.check for f in failures[0]} == {f.check for f in failures[1]}
    more = "" if drawn else _more(first, tensors, forms)
    if any(failures) and not alike:
        text = _blame(health)
        text += f" {capital(first.sentence)}." if first else ""
        if not any(h.contradicts_itself for h in health):
            text += more
    else:
        text = _plain(status, first, counts, missing, drawn, answers) + more
        if failures[0]:
            text += f" {_both(health)} alike: {_headlines(failures[0])}."
    if precision is not None and precision.kind not in ("rounding", "exact", "none"):
        text += f" {precision.sentence}" if precision.sentence else ""
    return text


def _more(
    first: FirstDivergence | None,
    tensors: Sequence[TensorComparison],
    forms: Mapping[int, FormReport],
) -> str:
    """What the first divergence looks like, or since when, as far as that is known."""
    if first is None or first.hint:
        return f" {first.hint}" if first is not None else ""
    report = forms.get(first.row)
    best = report.best if report is not None else None
    if best is not None and best.confidence != "possible":
        return f" {best.sentence}"
    earlier = agrees_at(tensors, first.row, brief=True)
    return f" {earlier}" if earlier else ""


def _blame(health: tuple[HealthReport, HealthReport]) -> str:
    found = health[0].failures(), health[1].failures()
    if all(found):
        own = f"Reference: {_headlines(found[0])}. Candidate: {_headlines(found[1])}."
        if any(h.contradicts_itself for h in health):
            return f"Trust neither recording, both sides are wrong by themselves. {own}"
        return f"Both sides are wrong by themselves. {own}"
    name, own = ("reference", health[0]) if found[0] else ("candidate", health[1])
    headlines = _headlines(own.failures())
    if own.contradicts_itself:
        return f"Do not trust the {name}'s recording, it contradicts itself: {headlines}."
    return f"The {name} is wrong by itself: {headlines}."


def _both(health: tuple[HealthReport, HealthReport]) -> str:
    if any(h.contradicts_itself for h in health):
        return "Both recordings contradict themselves"
    return "Both sides are wrong by themselves"


def _headlines(found: tuple[Finding, ...]) -> str:
    """The first failures by their headlines, and how many more there are."""
    text = "; ".join(lowered(f.headline) for f in found[:_MOST_HEADLINES])
    rest = len(found) - _MOST_HEADLINES
    return f"{text}; and {rest} more failed check{'s' * (rest > 1)}" if rest > 0 else text


def _plain(
    status: str,
    first: FirstDivergence | None,
    counts: Mapping[str, int],
    missing: str,
    drawn: bool,
    answers: Mapping[str, Answer],
) -> str:
    agree = counts["same"] + counts["within_tolerance"]
    if drawn:
        before = first.passed_before if first is not None else 0
        after = f", and {agree - before} after it" if agree > before else ""
        return f"{_DRAWN} {_tensors(before)} before it agree{'s' * (before == 1)}{after}."
    if first is not None:
        text = f"{capital(first.sentence)}."
        tokens = answers["tokens"].result
        unequal = [c for c in tokens.comparisons if not c.identical] if tokens is not None else []
        if unequal:
            # Different inputs explain every later difference: the longest story comes first.
            spoken = next((c for c in unequal if c.name.startswith("speech")), unequal[0])
            text = f"The two sides did not decode the same tokens: {spoken.sentence} {text}"
        return text
    masked = counts.get("masked")
    if masked:
        but = f"; but there are {missing}" if missing else ""
        return (
            f"Nothing that the run sees differs: {agree} tensors agree, and {masked} differ only "
            f"in frames that the mask hides{but}."
        )
    if status == "incomplete":
        if not counts["pairs"]:
            return f"Nothing was compared: {missing}."
        text = f"All {agree} tensors that were compared agree" if not counts["guessed"] else (
            f"{_tensors(agree)} agree{'s' * (agree == 1)}, and {_guesses(counts['guessed'])}"
        )  # fmt: skip
        text += f"; not compared: {missing}." if missing else "."
        if undecided(counts):
            text += " A difference may be behind that: what differs finds no partner by its values."
    elif status == "within_tolerance":
        text = (
            f"All {agree} tensors agree: {counts['same']} exactly, "
            f"{counts['within_tolerance']} within tolerance."
        )
    else:
        text = f"All {agree} tensors are exactly the same."
    return text + _either_way(counts["either_way"], counts["either_way_pairs"])


def _guesses(pairs: int) -> str:
    if pairs == 1:
        return "1 pair that was only guessed differs"
    return f"{pairs} pairs that were only guessed differ"


def _either_way(groups: int, pairs: int) -> str:
    """That some tensors agree although nothing tells which belongs to which."""
    if not groups:
        return ""
    many = "1 group of equal tensors" if groups == 1 else f"{groups} groups of equal tensors"
    further = f"{pairs} further pair{'s' * (pairs != 1)}"
    return f" {further}, of {many}, agree whichever way they are paired."


def _tensors(number: int) -> str:
    return f"{number} tensor{'s' * (number != 1)}"


def _pairs(number: int) -> str:
    return f"{number} pair{'s' * (number != 1)}"
