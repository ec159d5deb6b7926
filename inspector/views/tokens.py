"""View of the question `tokens`: where two token sequences part."""

from __future__ import annotations

from functools import partial

from inspector.analysis.tokens import TokenComparison
from inspector.diagnose.comparison import Comparison
from inspector.figures.style import Figure, Theme
from inspector.figures.tokens import draw_tokens
from inspector.names import file_name
from inspector.views.panel import FigureSpec, Line, Panel, View


def build(comparison: Comparison) -> Panel:
    """Show every token sequence that both sides recorded."""
    answer = comparison.answers["tokens"]
    if not answer.available:
        return Panel(reason=answer.reason)
    found = answer.result.comparisons
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


VIEW = View("tokens", "Tokens", build)
