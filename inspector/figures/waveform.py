"""Both waveforms and what is left of their difference, on one scale."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inspector.analysis.waveform import WaveformComparison, WaveformSide
from inspector.audio.decibel import show_db
from inspector.audio.envelope import Envelope
from inspector.figures.notice import draw_notice
from inspector.figures.panel_title import set_panel_title
from inspector.figures.style import LIGHT, Theme, add_legend, new_figure


def draw_waveform(result: WaveformComparison, *, theme: Theme = LIGHT) -> Figure:
    """Draw reference, candidate and residual, one above the other, on one scale.

    The candidate is moved by the measured lag; the residual is taken after alignment and
    gain, and left out where the sounds cannot be lined up in time.  Columns that hold
    clipped samples are marked.
    """
    traces, null = result.traces, result.null
    if traces is None or null is None:
        return draw_notice(f"No waveforms to compare: {result.reason}.", theme=theme)
    figure, axes = new_figure(3, 1, theme=theme, height=5.6, share_x=True, share_y=True)
    moved = f", moved by {-result.lag_samples:+d} samples" if result.lag_samples else ""
    if result.resampled:
        moved += ", its own sample rate"
    left = "exactly 0" if null.after_exact else f"{show_db(null.after_db)} of the reference"
    _draw(axes[0], traces.reference, theme.reference, theme)
    set_panel_title(axes[0], f"reference, {_facts(result.reference)}", theme)
    _draw(axes[1], traces.candidate, theme.candidate, theme)
    set_panel_title(axes[1], f"candidate, {_facts(result.candidate)}{moved}", theme)
    if result.alignment is None or result.alignment.lined_up or result.identical:
        _draw(axes[2], traces.residual, theme.difference, theme)
        set_panel_title(axes[2], f"residual after alignment and gain, {left}", theme)
    else:
        set_panel_title(axes[2], "no residual: the sounds cannot be lined up in time", theme)
    peak = max(result.reference.peak, result.candidate.peak) or 1.0
    axes[0].set_ylim(-1.08 * peak, 1.08 * peak)
    for axis in axes:
        axis.set_ylabel("full scale = 1")
    axes[-1].set_xlabel("time of the reference (s)")
    return figure


def _facts(side: WaveformSide) -> str:
    loudness = "no loudness" if side.lufs is None else f"{side.lufs:.1f} LUFS"
    text = f"{side.duration_s:.2f} s, peak {side.peak:.3f}, {loudness}"
    if side.clipped_count:
        text += f", {100 * side.clipped_fraction:.2g} % clipped"
    return text


def _draw(axis: Axes, envelope: Envelope, colour: str, theme: Theme) -> None:
    time = envelope.time_s
    axis.axhline(0.0, color=theme.grid, linewidth=0.8)
    axis.fill_between(
        time, envelope.minimum, envelope.maximum, color=colour, linewidth=0.6, step="post"
    )
    axis.margins(x=0.0)
    marked = envelope.marked
    if marked.any():
        outer = np.where(envelope.maximum >= -envelope.minimum, envelope.maximum, envelope.minimum)
        axis.plot(
            time[marked], outer[marked], ".", color=theme.fail, markersize=2.5, label="clipped"
        )
        add_legend(axis, theme, loc="upper right", markerscale=3)
