"""View of the question `mel`: both mels, their difference, errors per band and frame."""

from __future__ import annotations

from inspector.diagnose.comparison import Comparison
from inspector.figures.mel import draw_mel, draw_mel_errors
from inspector.views.panel import FigureSpec, Line, Panel, View


def build(comparison: Comparison) -> Panel:
    """Show the final mels of both sides."""
    answer = comparison.answers["mel"]
    if not answer.available:
        return Panel(reason=answer.reason)
    result = answer.result
    return Panel(
        lines=tuple(Line("none", s) for s in result.sentences),
        figures=(
            FigureSpec(
                "mel", "Mel spectrograms and their difference",
                "Reference and candidate mel on one colour scale, and candidate minus reference "
                "on a scale centred at zero.",
                lambda theme: draw_mel(result, theme=theme),
            ),
            FigureSpec(
                "mel_errors", "Error per mel bin and per frame",
                "Mean absolute error of the log-mel over frequency and over time.",
                lambda theme: draw_mel_errors(result, theme=theme),
            ),
        ),
    )  # fmt: skip


VIEW = View("mel", "Mel", build)
