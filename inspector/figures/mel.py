"""Two log-mels, their difference, and where the error sits."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inspector.analysis.mel import MelComparison
from inspector.figures.notice import draw_notice
from inspector.figures.panel_title import set_panel_title
from inspector.figures.style import LIGHT, NAN_COLOUR, Theme, add_legend, new_figure
from inspector.tensors import Array

_MOST_COLUMNS = 3000


def draw_mel(result: MelComparison, *, theme: Theme = LIGHT) -> Figure:
    """Draw reference, candidate and difference, one above the other.

    Both mels share one colour scale (5th to 99.5th percentile of both); the difference is
    symmetric about 0, so that its neutral colour means no difference.  Values that are
    not finite have a colour of their own.
    """
    if result.reason:
        return draw_notice(f"No mel to compare: {result.reason}.", theme=theme)
    figure, axes = new_figure(3, 1, theme=theme, height=7.2, share_x=True)
    spec = result.spec
    limit = result.dmax or 1e-6
    panels = (
        ("reference", result.reference, theme.sequential, result.vmin, result.vmax),
        ("candidate", result.candidate, theme.sequential, result.vmin, result.vmax),
        ("difference, candidate - reference", result.difference, theme.diverging, -limit, limit),
    )
    for axis, (title, plane, name, low, high) in zip(axes, panels, strict=True):
        # Values beyond the scale keep its last colour; NaN must not look like a value.
        colours = matplotlib.colormaps[name].with_extremes(bad=NAN_COLOUR)
        image = axis.imshow(
            _pooled(plane, extremes=low == -high),
            cmap=colours,
            vmin=low,
            vmax=high,
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            extent=(0.0, plane.shape[1] * spec.frame_ms / 1000, -0.5, plane.shape[0] - 0.5),
        )
        axis.grid(False)
        set_panel_title(axis, title, theme)
        axis.set_ylabel("mel bin (Hz)")
        _frequency_ticks(axis, result.bin_hz)
        bar = figure.colorbar(image, ax=axis, pad=0.01, extend="both")
        bar.set_label("ln magnitude" if low != -high else "ln", color=theme.muted, size=9)
        bar.ax.tick_params(colors=theme.muted, labelsize=8)
        bar.outline.set_visible(False)
    longest = max(result.reference.shape[1], result.candidate.shape[1])
    axes[0].set_xlim(0.0, longest * spec.frame_ms / 1000)
    axes[-1].set_xlabel("time (s)")
    return figure


def draw_mel_errors(result: MelComparison, *, theme: Theme = LIGHT) -> Figure:
    """Draw mean and largest |difference| per frequency band and per frame."""
    if result.reason:
        return draw_notice(f"No mel error to draw: {result.reason}.", theme=theme)
    figure, axes = new_figure(2, 1, theme=theme, height=5.0)
    error, spec = result.error, result.spec
    time = np.arange(result.frames_compared) * spec.frame_ms / 1000
    rows = (
        (axes[0], result.bin_hz, error.band_mean_abs, error.band_max_abs, error.worst_bin,
         "per band", "centre of the band (Hz)"),
        (axes[1], time, error.frame_mean_abs, error.frame_max_abs, error.worst_frame,
         "per frame", "time (s)"),
    )  # fmt: skip
    for axis, x, mean, largest, worst, title, label in rows:
        axis.plot(x, largest, color=theme.muted, linewidth=0.9, label="largest")
        axis.plot(x, mean, color=theme.difference, linewidth=1.6, label="mean")
        if worst is not None:
            axis.plot(
                x[worst], mean[worst], "o", color=theme.fail, markersize=6, label="worst mean"
            )
        set_panel_title(axis, f"error {title}", theme)
        axis.set_xlabel(label)
        axis.set_ylabel("|difference| (ln)")
        # Room for the legend above the curves; an exact match still gets an axis.
        axis.set_ylim(0.0, 1.4 * (error.max_abs or 1e-6))
        axis.margins(x=0.0)
        add_legend(axis, theme, loc="upper right")
    return figure


def _frequency_ticks(axis: Axes, bin_hz: Array) -> None:
    """Label five bins with their number and centre frequency."""
    bins = np.unique(np.linspace(0, bin_hz.size - 1, 5).round().astype(int))
    axis.set_yticks(bins, [f"{b} ({bin_hz[b]:.0f})" for b in bins])


def _pooled(plane: Array, *, extremes: bool) -> Array:
    """At most 3000 columns: the mean of several frames, or their largest deviation.

    A figure has fewer pixels than that; without pooling, single bad frames of a long mel
    would fall between pixels.
    """
    frames = plane.shape[1]
    step = -(-frames // _MOST_COLUMNS)
    if step <= 1:
        return plane
    # The last block is completed by repeating the last frame, so that no value is lost.
    padded = np.pad(plane, ((0, 0), (0, -frames % step)), mode="edge")
    blocks = padded.reshape(plane.shape[0], -1, step)
    if not extremes:
        return blocks.mean(axis=2)
    low, high = blocks.min(axis=2), blocks.max(axis=2)
    return np.where(-low > high, low, high)
