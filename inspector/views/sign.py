"""View of the question `sign`: share of positive values and sign agreement."""

from __future__ import annotations

from inspector.analysis.sign import SignComparison
from inspector.figures.sign import draw_sign
from inspector.views.panel import FigureSpec, Line, Panel, question_view


def show(result: SignComparison) -> Panel:
    """Show the signs of every compared tensor."""
    return Panel(
        lines=(Line("none", result.sentence),),
        figures=(
            FigureSpec(
                "sign", "Positive values and sign agreement",
                "Share of positive values per ODE step on both sides, and the share of elements "
                "whose signs agree.",
                lambda theme: draw_sign(result, theme=theme),
            ),
        ),
    )  # fmt: skip


VIEW = question_view("sign", "Signs", show)
