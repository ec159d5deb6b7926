"""A figure that says why there is nothing to draw."""

from __future__ import annotations

import textwrap

from matplotlib.figure import Figure

from inspector.figures.style import LIGHT, Theme, new_figure, plain


def draw_notice(sentence: str, *, theme: Theme = LIGHT) -> Figure:
    """Draw one sentence in place of a figure whose data do not exist."""
    figure, (axis,) = new_figure(theme=theme, height=1.6)
    axis.set_axis_off()
    text = "\n".join(textwrap.wrap(plain(sentence, limit=400), 90))
    axis.text(
        0.5, 0.5, text, color=theme.muted, fontsize=11, ha="center", va="center",
        transform=axis.transAxes,
    )  # fmt: skip
    return figure
