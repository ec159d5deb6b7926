"""View of the question `match`: which tensors belong together, and what was assumed."""

from __future__ import annotations

from collections import Counter

from inspector.diagnose.comparison import Comparison
from inspector.names import show_name
from inspector.views.panel import Line, Panel, Table, View


def build(comparison: Comparison) -> Panel:
    """Show unmatched and ambiguous tensors first, then every assumption."""
    rules = Counter(p.rule for p in comparison.match.pairs)
    return Panel(
        lines=sentences(comparison),
        tables=(
            *_problems(comparison),
            Table("Pairs by rule", ("rule", "pairs"), tuple(sorted(rules.items()))),
            _pairs(comparison),
        ),
    )


def sentences(comparison: Comparison) -> tuple[Line, ...]:
    """What holds for the whole match, and what each trace was taken for."""
    match = comparison.match
    lines = [Line("none", note) for note in match.notes]
    for side, name in ((comparison.reference, "Reference"), (comparison.candidate, "Candidate")):
        lines += [Line("note", f"{name}: {note}") for note in side.trace.notes]
    missing = len(match.unmatched_reference) + len(match.unmatched_candidate)
    head = Line("note" if missing else "ok", f"{missing} tensors have no counterpart.")
    return (head, *lines)


def _problems(comparison: Comparison) -> list[Table]:
    match = comparison.match
    tables = []
    rows = [
        (side, show_name(u.record.name), "x".join(map(str, u.record.shape)), u.reason)
        for side, found in (
            ("reference", match.unmatched_reference),
            ("candidate", match.unmatched_candidate),
        )
        for u in found
    ]
    if rows:
        columns = ("side", "tensor", "shape", "why")
        tables.append(Table("Without counterpart", columns, tuple(rows)))
    if match.ambiguous:
        tables.append(
            Table(
                "Ambiguous",
                ("reference", "candidate", "why"),
                tuple(
                    (
                        ", ".join(show_name(n) for n in a.reference),
                        ", ".join(show_name(n) for n in a.candidate),
                        a.reason,
                    )
                    for a in match.ambiguous
                ),
            )
        )
    skipped = [
        (side, show_name(s.file), s.sentence)
        for side, trace in (
            ("reference", comparison.reference.trace),
            ("candidate", comparison.candidate.trace),
        )
        for s in trace.skipped
    ]
    if skipped:
        tables.append(Table("Not read", ("side", "file", "why"), tuple(skipped)))
    return tables


def _pairs(comparison: Comparison) -> Table:
    rows = tuple(
        (
            show_name(p.reference.name),
            show_name(p.candidate.name),
            p.step,
            p.rule,
            p.describe_layout(),
            round(p.confidence, 3),
            " ".join(filter(None, (p.mismatch, *p.notes))),
        )
        for p in comparison.match.pairs
    )
    columns = ("reference", "candidate", "step", "rule", "layout", "confidence", "assumed")
    return Table("Every pair and what was assumed", columns, rows)


VIEW = View("match", "Match", build)
