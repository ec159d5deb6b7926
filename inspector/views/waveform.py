"""View of the question `waveform`: duration, lag, level, clipping and null test."""

from __future__ import annotations

from inspector.analysis.waveform import WaveformComparison
from inspector.figures.waveform import draw_waveform
from inspector.views.panel import FigureSpec, Line, Panel, question_view


def show(result: WaveformComparison) -> Panel:
    """Show the recorded sound of both sides."""
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


VIEW = question_view("waveform", "Audio", show)
