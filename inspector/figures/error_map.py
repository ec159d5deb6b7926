"""Draw the error map: operations in order of execution against ODE steps."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from inspector.analysis.error_map import ErrorMap
from inspector.figures.style import LIGHT, Theme, new_figure, plain

ERROR_COLOURS = ("#1a7f37", "#7fb23c", "#e3b341", "#e07b39", "#cf222e", "#8e1220")
LOWEST_LOG10, HIGHEST_LOG10 = -7.0, 0.0
_MOST_LABELS = 60


def error_colormap() -> LinearSegmentedColormap:
    """Green at a relative error of 1e-7 or less, red at 1 or more."""
    return LinearSegmentedColormap.from_list("error", ERROR_COLOURS)


def draw_error_map(result: ErrorMap, *, theme: Theme = LIGHT) -> Figure:
    """Draw log10 relative L2 error by operation (down) and ODE step (right)."""
    rows = len(result.operations)
    figure, (axis,) = new_figure(theme=theme, width=9, height=min(14.0, 1.6 + 0.2 * rows))
    axis.grid(visible=False)
    colours = error_colormap().with_extremes(bad=theme.panel)
    image = axis.imshow(
        np.ma.masked_invalid(result.log10_error), aspect="auto", cmap=colours,
        vmin=LOWEST_LOG10, vmax=HIGHEST_LOG10, interpolation="nearest",
    )  # fmt: skip
    axis.set_title("Relative L2 error by operation and ODE step")
    axis.set_xlabel("ODE step")
    axis.set_ylabel("operation, in order of execution")
    axis.set_xticks(range(len(result.steps)), [str(s) for s in result.steps])
    every = max(1, -(-rows // _MOST_LABELS))
    ticks = range(0, rows, every)
    axis.set_yticks(ticks, [plain(result.operations[i], 40) for i in ticks], fontsize=7.5)
    bar = figure.colorbar(image, ax=axis, pad=0.01)
    bar.set_label("log10 relative L2 error", color=theme.muted)
    bar.ax.tick_params(colors=theme.muted)
    return figure
