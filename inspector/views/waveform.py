"""View of the question `waveform`: duration, lag, level, clipping and null test."""

from __future__ import annotations

from inspector.diagnose.comparison import Comparison
from inspector.figures.waveform import draw_waveform
from inspector.views.panel import FigureSpec, Line, Panel, View


def build(comparison: Comparison) -> Panel:
    """Show the recorded sound of both sides."""
    answer = comparison.answers["waveform"]
    if not answer.available:
        return Panel(reason=answer.reason)
    result = answer.result
    return Panel(
        lines=tuple(Line("none", s) for s in result.sentences),
        figures=(
            FigureSpec(
                "waveform", "Waveforms and what is left after alignment",
                "Both waveforms on one scale and the residual after lag and gain are removed.",
                lambda theme: draw_waveform(result, theme=theme),
            ),
        ),
    )  # fmt: skip


VIEW = View("waveform", "Audio", build)
