"""A comparison as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.claim import HARMLESS, Claim
from inspector.diagnose.comparison import Comparison
from inspector.diagnose.side import Side
from inspector.diagnose.verdict_sentence import undecided
from inspector.faults.known_bugs import known_bugs
from inspector.names import show_name
from inspector.report.differing import differing_lines
from inspector.report.gaps import gap_lines

MARKS = {"ok": "ok  ", "note": "note", "fail": "FAIL", "none": "    "}
_HEADS = {
    "same": "SAME",
    "within_tolerance": "WITHIN TOLERANCE",
    "different": "DIFFERENT",
    "incomplete": "NOTHING DIFFERS, BUT INCOMPLETE",
}
_MOST_GAPS = 12
_DB_PER_LN = 8.686
_SAID_ELSEWHERE = frozenset({"batch", "mask_ones", "f0"})
"""Notes of a side that the blind spots repeat for both; so do the ODE steps with ``state``."""


def render_text(comparison: Comparison, *, verbose: bool = False) -> str:
    """Return the report as text without control characters.

    Args:
        comparison: what to report.
        verbose: list every pair and every finding instead of the telling ones.
    """
    return "\n".join(_lines(comparison, verbose)) + "\n"


def _lines(comparison: Comparison, verbose: bool) -> Iterator[str]:
    verdict = comparison.verdict
    yield f"{_head(comparison)}: {verdict.sentence}"
    if verdict.next_step:
        yield f"Next: {verdict.next_step}"
    yield ""
    for name, side in (("reference", comparison.reference), ("candidate", comparison.candidate)):
        framework = f" ({side.trace.info.framework})" if side.trace.info.framework else ""
        yield f"{name:<10} {show_name(side.trace.path)}{framework}, {len(side.trace)} tensors"
    counts = verdict.counts
    yield (
        f"tensors    {counts['same']} same, {counts['within_tolerance']} within tolerance, "
        f"{counts['different']} different, {counts['not_comparable']} not comparable; "
        f"{counts['unmatched']} unmatched, {counts['ambiguous']} ambiguous, "
        f"{counts['skipped']} not read"
    )
    yield from _outcome(comparison)
    yield from _claims(comparison)
    yield from _blind_spots(comparison)
    yield from _pairs(comparison, verbose)
    yield from _gaps(comparison, verbose)
    for name, side in (("Reference", comparison.reference), ("Candidate", comparison.candidate)):
        yield from _health(name, side, verbose, comparison.answers["ode"].available)
    yield from _questions(comparison)


def _head(comparison: Comparison) -> str:
    verdict = comparison.verdict
    if verdict.status == "incomplete" and (
        not verdict.counts["pairs"]
        or verdict.first_divergence is not None
        or undecided(verdict.counts)
    ):
        return "INCOMPLETE"
    unhealthy = verdict.exit_code == 1 and verdict.status != "different"
    return f"{_HEADS[verdict.status]}{', BUT UNHEALTHY' if unhealthy else ''}"


def _outcome(comparison: Comparison) -> Iterator[str]:
    """How far apart the results of the runs are: what a listener would get."""
    mel = comparison.answers["mel"].result
    if mel is None or mel.error.mean_abs is None or mel.error.max_abs is None:
        return
    if mel.identical:
        yield "outcome    the final mels are identical"
        return
    mean, most = (_DB_PER_LN * v for v in (mel.error.mean_abs, mel.error.max_abs))
    yield f"outcome    final mel off by {mean:.3g} dB on average, {most:.3g} dB at most"


def _claims(comparison: Comparison) -> Iterator[str]:
    claims = comparison.verdict.claims
    telling = [c for c in claims if c.subject not in HARMLESS]
    harmless = [c for c in claims if c.subject in HARMLESS]
    if telling:
        yield ""
        yield "What it means, in the order to look"
        for number, claim in enumerate(telling, 1):
            yield from _claim(f"{number}.", claim)
    if harmless:
        yield ""
        yield "No mistake, or not for certain" if any(
            c.confidence != "certain" for c in harmless
        ) else "No mistake"  # fmt: skip
        for claim in harmless:
            yield from _claim("-", claim)


def _claim(mark: str, claim: Claim) -> Iterator[str]:
    yield f"  {mark} [{claim.confidence}] {claim.sentence}"
    yield from (f"       {line}" for line in claim.evidence)
    yield from (f"       resembles: {bug}" for bug in claim.resembles)


def _blind_spots(comparison: Comparison) -> Iterator[str]:
    spots = comparison.verdict.blind_spots
    if not spots:
        return
    yield ""
    yield "What these recordings cannot show"
    yield from (f"  {spot.sentence} {spot.remedy}" for spot in spots)


def _gaps(comparison: Comparison, verbose: bool) -> Iterator[str]:
    rows = list(gap_lines(comparison, verbose=verbose))
    if rows:
        yield ""
        yield "Not compared"
        yield from _capped(rows, verbose)


def _pairs(comparison: Comparison, verbose: bool) -> Iterator[str]:
    rows = list(differing_lines(comparison))
    if verbose:
        rows = ["Tensors in order of execution"]
        for row, one in enumerate(comparison.tensors):
            rows.append(f"  {one.sentence()}")
            rows += _forms(comparison, row)
    if rows:
        yield ""
        yield from rows


def _forms(comparison: Comparison, row: int) -> Iterator[str]:
    """Every form of the error of a pair, best first, and what none explains."""
    found = comparison.form_of(row)
    if found is None:
        return
    for form in found.ranked:
        yield f"    form: {form.confidence}: {form.sentence} ({form.leaves})"
        yield from (f"      resembles: {bug}" for bug in known_bugs(form.records[:1]))
    if found.unexplained:
        yield f"    form: {found.unexplained}"


def _health(name: str, side: Side, verbose: bool, steps_below: bool) -> Iterator[str]:
    findings = side.health.findings
    elsewhere = _SAID_ELSEWHERE | ({"state"} if steps_below else set())
    shown = [f for f in findings if verbose or (f.status == "note" and f.check not in elsewhere)]
    failed = len(side.health.failures())
    said = f", {failed} failed: see above" if failed and not verbose else ""
    yield ""
    yield f"{name} on its own ({side.health.passed} checks passed{said})"
    yield from (f"  {MARKS[f.status]} {f.sentence}" for f in shown)


def _questions(comparison: Comparison) -> Iterator[str]:
    titles = {
        "ode": "ODE steps", "sign": "Signs", "mel": "Mel", "hf_energy": "High-frequency energy",
        "waveform": "Sound", "tokens": "Tokens",
    }  # fmt: skip
    for key, title in titles.items():
        answer = comparison.answers[key]
        yield ""
        yield title
        if not answer.available:
            yield f"  {answer.reason}"
        elif key == "tokens":
            yield from (f"  {c.sentence}" for c in answer.result.comparisons)
        elif key == "sign":
            yield f"  {answer.result.sentence}"
        else:
            yield from (f"  {s}" for s in answer.result.sentences)


def _capped(rows: list[str], verbose: bool) -> Iterator[str]:
    limit = len(rows) if verbose else _MOST_GAPS
    yield from rows[:limit]
    if len(rows) > limit:
        yield f"  ... and {len(rows) - limit} more (--verbose lists all)"
