"""View of the question `sign`: share of positive values and sign agreement."""

from __future__ import annotations

from inspector.diagnose.comparison import Comparison
from inspector.figures.sign import draw_sign
from inspector.views.panel import FigureSpec, Line, Panel, View


def build(comparison: Comparison) -> Panel:
    """Show the signs of every compared tensor."""
    answer = comparison.answers["sign"]
    if not answer.available:
        return Panel(reason=answer.reason)
    result = answer.result
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


VIEW = View("sign", "Signs", build)
