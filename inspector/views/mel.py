"""View of the question `mel`: both mels, their difference, errors per band and frame."""

from __future__ import annotations

from inspector.analysis.mel import MelComparison
from inspector.figures.mel import draw_mel, draw_mel_errors
from inspector.views.panel import FigureSpec, Line, Panel, question_view


def show(result: MelComparison) -> Panel:
    """Show the final mels of both sides."""
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


VIEW = question_view("mel", "Mel", show)
