"""The health of one or both recordings as a table with a traffic light per check."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inspector.analysis.health import Finding, HealthReport
from inspector.figures.style import LIGHT, Theme, new_figure, plain

_LINE = 0.185
"""Height of one text line in inches, at font size 9."""

_WRAP = 128
_MARKS = {"ok": "✓", "note": "!", "fail": "✗"}


@dataclass(frozen=True)
class _Row:
    title: str = ""
    finding: Finding | None = None
    lines: tuple[str, ...] = ()

    @property
    def height(self) -> float:
        """Lines this row takes, its margin included."""
        return 2.0 if self.finding is None else len(self.lines) + 0.55


def draw_health(
    reference: HealthReport, candidate: HealthReport | None = None, *, theme: Theme = LIGHT
) -> Figure:
    """Draw every finding: a coloured mark, its word, the check, and its wrapped sentence.

    Args:
        reference: findings of the reference (or of the only side).
        candidate: findings of the candidate, drawn below.
        theme: colours.
    """
    rows: list[_Row] = []
    for title, report in (("Reference", reference), ("Candidate", candidate)):
        if report is not None:
            name = title if candidate is not None else "Recording"
            rows.append(_Row(title=f"{name}: {_count(report)}"))
            rows += [_row(f) for f in report.findings]
    total = sum(r.height for r in rows)
    figure, (axis,) = new_figure(theme=theme, width=11.0, height=max(1.2, _LINE * total + 0.2))
    axis.set_axis_off()
    axis.set_xlim(0, 1)
    axis.set_ylim(total, 0)
    top = 0.0
    for row in rows:
        _draw_row(axis, row, top, theme)
        top += row.height
    return figure


def _count(report: HealthReport) -> str:
    fail, note = len(report.failures()), len(report.notes())
    fine = len(report.findings) - fail - note
    return f"{fail} failed, {note} to note, {fine} fine"


def _row(finding: Finding) -> _Row:
    text = plain(finding.sentence, limit=1200)
    return _Row(finding=finding, lines=tuple(textwrap.wrap(text, _WRAP)) or ("",))


def _draw_row(axis: Axes, row: _Row, top: float, theme: Theme) -> None:
    finding = row.finding
    if finding is None:
        axis.text(
            0.0, top + 1.0, row.title, color=theme.text, fontsize=12, fontweight="bold",
            va="center",
        )  # fmt: skip
        return
    colours = {"ok": theme.ok, "note": theme.note, "fail": theme.fail}
    colour = colours.get(finding.status, theme.none)
    axis.plot([0.0, 1.0], [top, top], color=theme.grid, linewidth=0.6)
    axis.plot(
        [0.003, 0.003], [top + 0.15, top + row.height - 0.15], color=colour, linewidth=4,
        solid_capstyle="butt",
    )  # fmt: skip
    middle = top + 0.3
    mark = _MARKS.get(finding.status, "")
    axis.text(
        0.012, middle, f"{mark} {finding.status}", color=colour, fontsize=9, fontweight="bold",
        va="top",
    )  # fmt: skip
    axis.text(
        0.065, middle, plain(finding.check.replace("_", " "), 40), color=theme.muted, fontsize=9,
        va="top",
    )  # fmt: skip
    for number, line in enumerate(row.lines):
        axis.text(0.185, middle + number, line, color=theme.text, fontsize=9, va="top")
