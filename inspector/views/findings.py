"""View of the verdict: what the comparison claims, how sure it is, and what it cannot show."""

from __future__ import annotations

from inspector.diagnose.claims import NO_BUG
from inspector.diagnose.comparison import Comparison
from inspector.views.panel import Line, Panel, Table, View

_CALLED = {
    "recording": "recording", "inputs": "inputs", "solver": "solver", "block": "block",
    "no_bug": "not a bug",
}  # fmt: skip


def build(comparison: Comparison) -> Panel:
    """Show the claims in the order of triage, then the blind spots with their remedies."""
    verdict = comparison.verdict
    lines = [Line("none", "Read from top to bottom: what comes first explains what comes later.")]
    if not verdict.claims:
        lines = [Line("ok", "Nothing that was compared gives reason for a claim.")]
    claims = tuple(
        (
            number,
            _CALLED[c.subject],
            c.confidence,
            c.sentence,
            " · ".join(c.evidence),
            ", ".join(c.records),
        )
        for number, c in enumerate(verdict.claims, 1)
    )
    spots = tuple((s.sentence, ", ".join(s.hidden), s.remedy) for s in verdict.blind_spots)
    tables = []
    if claims:
        columns = ("", "about", "confidence", "claim", "evidence", "resembles")
        tables.append(Table("What it means", columns, claims))
    if spots:
        columns = ("cannot be seen", "mistakes that would leave no trace", "record next")
        tables.append(Table("Blind spots of these recordings", columns, spots))
    lines += [Line("ok", c.sentence) for c in verdict.claims if c.subject == NO_BUG][:2]
    return Panel(lines=tuple(lines), tables=tuple(tables))


VIEW = View("findings", "Findings", build)
