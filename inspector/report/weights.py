"""A weight audit as a JSON document and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inspector.diagnose.weight_audit import WeightAudit
from inspector.diagnose.weight_finding import HARMLESS, STATUSES
from inspector.names import show_name
from inspector.report.strict_json import jsonable

FORMAT = "tensor-diff-inspector-weights/1"

_MOST_ROWS = 20


def weights_document(audit: WeightAudit) -> dict[str, Any]:
    """Return the JSON document of an audit, made of strict JSON values.

    Keys: ``format``, ``sentence``, ``exit_code``, ``reference``, ``candidate``, ``config``,
    ``counts``, ``groups``, ``parameters`` (worst first) and ``notes``.
    """
    return jsonable({"format": FORMAT, **audit.to_dict()})


def render_weights(audit: WeightAudit, *, verbose: bool = False) -> str:
    """Return the report as text without control characters.

    Args:
        audit: what to report.
        verbose: list every parameter instead of the worst.
    """
    return "\n".join(_lines(audit, verbose)) + "\n"


def _lines(audit: WeightAudit, verbose: bool) -> Iterator[str]:
    yield f"{'DIFFERENT' if audit.exit_code else 'SAME'}: {audit.sentence}"
    yield ""
    sides = ((audit.reference, "reference"), (audit.candidate, "candidate"))
    for (path, name), framework in zip(sides, audit.frameworks, strict=True):
        yield f"{name:<10} {show_name(path)}{f' ({framework})' if framework else ''}"
    counts = ", ".join(f"{audit.counts[s]:,} {s}" for s in STATUSES if s in audit.counts)
    yield f"parameters {counts}"
    if audit.groups:
        yield ""
        yield "By place, worst first"
        yield from _capped([f"  {group.sentence}" for group in audit.groups], verbose)
    shown = [f for f in audit.findings if verbose or f.status not in HARMLESS]
    if shown:
        yield ""
        yield "Parameters, worst first"
        yield from _capped([f"  {f.status:<14} {f.sentence}" for f in shown], verbose)
    if audit.notes:
        yield ""
        yield "Notes"
        yield from (f"  {show_name(note, 1000)}" for note in audit.notes)


def _capped(rows: list[str], verbose: bool) -> Iterator[str]:
    limit = len(rows) if verbose else _MOST_ROWS
    yield from rows[:limit]
    if len(rows) > limit:
        yield f"  ... and {len(rows) - limit} more (--verbose lists all)"
