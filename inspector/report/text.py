"""A comparison as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.comparison import Comparison
from inspector.diagnose.side import Side
from inspector.names import show_name

MARKS = {"ok": "ok  ", "note": "note", "fail": "FAIL", "none": "    "}
_HEADS = {
    "same": "SAME",
    "within_tolerance": "WITHIN TOLERANCE",
    "different": "DIFFERENT",
    "incomplete": "INCOMPLETE",
}
_MOST_ROWS = 20


def render_text(comparison: Comparison, *, verbose: bool = False) -> str:
    """Return the report as text without control characters.

    Args:
        comparison: what to report.
        verbose: list every pair and every finding instead of the telling ones.
    """
    return "\n".join(_lines(comparison, verbose)) + "\n"


def _lines(comparison: Comparison, verbose: bool) -> Iterator[str]:
    verdict = comparison.verdict
    head = _HEADS[verdict.status]
    if verdict.exit_code == 1 and verdict.status != "different":
        head += ", BUT UNHEALTHY"
    yield f"{head}: {verdict.sentence}"
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
    yield from _claims(comparison)
    yield from _blind_spots(comparison)
    yield from _missing(comparison, verbose)
    yield from _pairs(comparison, verbose)
    for name, side in (("Reference", comparison.reference), ("Candidate", comparison.candidate)):
        yield from _health(name, side, verbose)
    yield from _questions(comparison)


def _claims(comparison: Comparison) -> Iterator[str]:
    claims = comparison.verdict.claims
    if not claims:
        return
    yield ""
    yield "What it means, in the order to look"
    for number, claim in enumerate(claims, 1):
        like = f" Resembles {', '.join(claim.records)}." if claim.records else ""
        yield f"  {number}. [{claim.confidence}] {claim.sentence}{like}"
        yield from (f"       {line}" for line in claim.evidence)


def _blind_spots(comparison: Comparison) -> Iterator[str]:
    spots = comparison.verdict.blind_spots
    if not spots:
        return
    yield ""
    yield "What these recordings cannot show"
    yield from (f"  {spot.sentence} {spot.remedy}" for spot in spots)


def _missing(comparison: Comparison, verbose: bool) -> Iterator[str]:
    match = comparison.match
    rows = [
        f"  {side}: {show_name(u.record.name)}: {u.reason}"
        for side, found in (
            ("reference", match.unmatched_reference),
            ("candidate", match.unmatched_candidate),
        )
        for u in found
    ]
    rows += [
        f"  ambiguous: {', '.join(map(show_name, a.reference + a.candidate))}: {a.reason}"
        for a in match.ambiguous
    ]
    rows += [
        f"  not read: {s.sentence}"
        for side in (comparison.reference, comparison.candidate)
        for s in side.trace.skipped
    ]
    if rows:
        yield ""
        yield "Not compared"
        yield from _capped(rows, verbose)


def _pairs(comparison: Comparison, verbose: bool) -> Iterator[str]:
    shown = [
        (row, t)
        for row, t in enumerate(comparison.tensors)
        if verbose or t.status not in ("same", "within_tolerance") or t.rearranged
    ]
    if not shown:
        return
    yield ""
    yield "Tensors in order of execution" if verbose else "Tensors that differ, in order"
    rows = [f"  {t.sentence()}{_form(comparison, row, verbose)}" for row, t in shown]
    yield from _capped(rows, verbose)


def _form(comparison: Comparison, row: int, verbose: bool) -> str:
    """The form of the error on a line of its own; every form when verbose."""
    found = comparison.form_of(row) if verbose else comparison.forms.get(row)
    if found is None:
        return ""
    lines = []
    for form in found.ranked if verbose else found.ranked[:1]:
        records = f"; resembles {form.records[0]}" if form.records else ""
        lines.append(f"{form.confidence}: {form.sentence} ({form.leaves}{records})")
    if found.unexplained and (verbose or not lines):
        lines.append(found.unexplained)
    return "".join(f"\n    form: {line}" for line in lines)


def _health(name: str, side: Side, verbose: bool) -> Iterator[str]:
    findings = side.health.findings
    shown = [f for f in findings if verbose or f.status != "ok"]
    passed = sum(f.status == "ok" for f in findings)
    yield ""
    yield f"{name} on its own ({passed} checks passed)"
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
    limit = len(rows) if verbose else _MOST_ROWS
    yield from rows[:limit]
    if len(rows) > limit:
        yield f"  ... and {len(rows) - limit} more (--verbose lists all)"
