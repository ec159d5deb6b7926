"""One look for every figure: colours, fonts, escaping and rendering."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from inspector.names import show_name


@dataclass(frozen=True)
class Theme:
    """Colours of one theme; reference and candidate keep their hue in both."""

    name: str
    background: str
    panel: str
    text: str
    muted: str
    grid: str
    reference: str
    candidate: str
    difference: str
    ok: str
    note: str
    fail: str
    none: str
    sequential: str = "magma"
    diverging: str = "RdBu_r"


LIGHT = Theme(
    "light", "#ffffff", "#ffffff", "#1f2328", "#59636e", "#d1d9e0",
    "#2f6fde", "#d9730d", "#8250df", "#1a7f37", "#9a6700", "#cf222e", "#6e7781",
)  # fmt: skip
DARK = Theme(
    "dark", "#0f1117", "#161b22", "#e6edf3", "#9198a1", "#30363d",
    "#6ea8fe", "#ffa657", "#bc8cff", "#3fb950", "#d29922", "#ff7b72", "#8b949e",
    diverging="berlin",
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK}
NAN_COLOUR = "#b84fd6"


def plain(name: object, limit: int = 80) -> str:
    """Make untrusted text safe for matplotlib: printable, short, and without mathtext."""
    return show_name(name, limit).replace("$", r"\$")


def new_figure(
    rows: int = 1,
    columns: int = 1,
    *,
    theme: Theme = LIGHT,
    width: float = 10.0,
    height: float = 3.2,
    share_x: bool = False,
    share_y: bool = False,
    height_ratios: list[float] | None = None,
) -> tuple[Figure, list[Axes]]:
    """Return a themed figure and its axes, row by row.

    Args:
        rows, columns: grid of axes.
        theme: colours.
        width, height: size of the whole figure in inches.
        share_x, share_y: share an axis over all panels.
        height_ratios: relative heights of the rows.
    """
    figure = Figure(figsize=(width, height), layout="constrained", facecolor=theme.background)
    FigureCanvasAgg(figure)
    grid = figure.subplots(
        rows, columns, squeeze=False, sharex=share_x, sharey=share_y, height_ratios=height_ratios
    )
    axes = [axis for row in grid for axis in row]
    for axis in axes:
        style_axes(axis, theme)
    return figure, axes


def style_axes(axis: Axes, theme: Theme) -> None:
    """Give one axes the colours and quiet lines of `theme`."""
    axis.set_facecolor(theme.panel)
    axis.tick_params(colors=theme.muted, labelsize=9)
    axis.grid(True, color=theme.grid, linewidth=0.6, alpha=0.7)
    axis.set_axisbelow(True)
    for side, spine in axis.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(theme.grid)
    axis.xaxis.label.set_color(theme.muted)
    axis.yaxis.label.set_color(theme.muted)
    for place in ("left", "center", "right"):
        # Three separate texts: a title at the left does not inherit from the centre one.
        axis.set_title("", loc=place, color=theme.text)
    axis.xaxis.label.set_fontsize(9)
    axis.yaxis.label.set_fontsize(9)
    axis.title.set_fontsize(10.5)


def add_legend(axis: Axes, theme: Theme, **options: Any) -> None:
    """Add a legend in the colours of `theme`."""
    legend = axis.legend(
        fontsize=8.5, facecolor=theme.panel, edgecolor=theme.grid, framealpha=0.9, **options
    )
    for text in legend.get_texts():
        text.set_color(theme.text)


def render_png(figure: Figure, dpi: int = 110) -> bytes:
    """Return `figure` as PNG bytes at `dpi` dots per inch."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, facecolor=figure.get_facecolor())
    return buffer.getvalue()
