"""View of the question `health`: what each side says about itself, the reference too."""

from __future__ import annotations

from inspector.diagnose.comparison import Comparison
from inspector.figures.health import draw_health
from inspector.views.panel import FigureSpec, Line, Panel, View


def build(comparison: Comparison) -> Panel:
    """Show the health findings of both sides, failures of either side first."""
    sides = (("Reference", comparison.reference), ("Candidate", comparison.candidate))
    lines = [
        Line(f.status, f"{name}: {f.sentence}")
        for name, side in sides
        for f in side.health.findings
    ]
    lines.sort(key=lambda line: ("fail", "note", "ok").index(line.status))
    reports = comparison.reference.health, comparison.candidate.health
    return Panel(
        lines=tuple(lines),
        figures=(
            FigureSpec(
                "health", "Health of both recordings",
                "Every check of each side with its status and numbers.",
                lambda theme: draw_health(*reports, theme=theme),
                on_page=False,
            ),
        ),
    )  # fmt: skip


VIEW = View("health", "Health", build)
