"""View of the verdict: what the comparison claims, how sure it is, and what it cannot show."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.diagnose.claim import CERTAIN, HARMLESS, Claim
from inspector.diagnose.comparison import Comparison
from inspector.diagnose.verdict_sentence import undecided
from inspector.views.panel import Line, Panel, Table, View

_CALLED = {
    "recording": "one side alone", "inputs": "inputs", "sound": "sound", "solver": "solver",
    "block": "decoder", "precision": "precision", "no_bug": "not a bug",
}  # fmt: skip
_COLUMNS = ("", "about", "confidence", "claim", "evidence")


def build(comparison: Comparison) -> Panel:
    """Show the claims in the order of triage, then the blind spots with their remedies."""
    verdict = comparison.verdict
    telling = [c for c in verdict.claims if c.subject not in HARMLESS]
    harmless = [c for c in verdict.claims if c.subject in HARMLESS]
    lines = [Line("none", "Read from top to bottom: what comes first explains what comes later.")]
    if not telling and undecided(verdict.counts):
        lines = [Line("none", "Nothing is claimed: what may differ has no partner, or a guess.")]
    elif not telling:
        lines = [Line("ok", "Nothing that was compared points at a mistake.")]
    if verdict.next_step:
        lines.append(Line("none", f"Next: {verdict.next_step}"))
    spots = tuple((s.sentence, ", ".join(s.hidden), s.remedy) for s in verdict.blind_spots)
    tables = []
    if telling:
        tables.append(_table("What it means", telling))
    if harmless:
        unsure = any(c.confidence != CERTAIN for c in harmless)
        title = "No mistake, or not for certain" if unsure else "No mistake"
        tables.append(_table(title, harmless))
    if spots:
        columns = ("cannot be seen", "mistakes that would leave no trace", "record next")
        tables.append(Table("Blind spots of these recordings", columns, spots))
    return Panel(lines=tuple(lines), tables=tuple(tables))


def _table(title: str, claims: Sequence[Claim]) -> Table:
    """One row per claim, one line per piece of evidence."""
    rows = tuple(
        (
            number, _CALLED[c.subject], c.confidence, c.sentence,
            "\n".join((*c.evidence, *(f"resembles: {bug}" for bug in c.resembles))),
        )
        for number, c in enumerate(claims, 1)
    )  # fmt: skip
    return Table(title, _COLUMNS, rows)


VIEW = View("findings", "Findings", build)
