"""View of the question `tokens`: where two token sequences part."""

from __future__ import annotations

from functools import partial

from inspector.analysis.tokens import TokenComparison
from inspector.diagnose.questions import TokenAnswers
from inspector.figures.style import Figure, Theme
from inspector.figures.tokens import draw_tokens
from inspector.names import file_name
from inspector.views.panel import FigureSpec, Line, Panel, question_view


def show(result: TokenAnswers) -> Panel:
    """Show every token sequence that both sides recorded."""
    found = result.comparisons
    return Panel(
        lines=tuple(Line("ok" if c.identical else "fail", c.sentence) for c in found),
        figures=tuple(
            FigureSpec(
                file_name(c.name).rsplit("-", 1)[0],
                f"{c.name.capitalize()} of both sides",
                f"Token values of both sides by position; {c.sentence}",
                partial(_draw, c),
            )
            for c in found
        ),
    )


def _draw(result: TokenComparison, theme: Theme) -> Figure:
    return draw_tokens(result, theme=theme)


VIEW = question_view("tokens", "Tokens", show)
