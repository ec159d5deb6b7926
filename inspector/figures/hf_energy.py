"""Power over frequency, and the share above the cut-off over time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inspector.analysis.hf_energy import HfComparison, HfSides
from inspector.figures.notice import draw_notice
from inspector.figures.panel_title import set_panel_title
from inspector.figures.style import LIGHT, Theme, add_legend, new_figure


def draw_hf(result: HfComparison, *, theme: Theme = LIGHT) -> Figure:
    """Draw one column per source (audio, mel) with three panels each.

    Top: share of the power at or below each frequency, with the cut-off, so that another
    cut-off can be read off.  Middle: share above the cut-off per frame.  Bottom: level of
    the candidate above the cut-off over the reference's, where a burst stands out.
    """
    sources = [sides for sides in (result.audio, result.mel) if sides is not None and _any(sides)]
    if not sources:
        return draw_notice("No power to draw: " + " ".join(result.sentences), theme=theme)
    figure, axes = new_figure(3, len(sources), theme=theme, height=7.6)
    for column, sides in enumerate(sources):
        top, middle, bottom = axes[column :: len(sources)]
        _draw_cumulative(top, sides, result.cutoff_hz, theme)
        _draw_share(middle, sides, result.cutoff_hz, theme)
        _draw_ratio(bottom, sides, result.cutoff_hz, theme)
        bottom.sharex(middle)
    return figure


def _any(sides: HfSides) -> bool:
    return any(side is not None and not side.reason for side in (sides.reference, sides.candidate))


def _draw_cumulative(axis: Axes, sides: HfSides, cutoff_hz: float, theme: Theme) -> None:
    for name, side in (("reference", sides.reference), ("candidate", sides.candidate)):
        if side is None or side.hf_energy_fraction is None:
            continue
        axis.plot(
            np.concatenate([[0.0], side.frequency_hz]) / 1000,
            100 * np.concatenate([[0.0], side.cumulative_fraction]),
            color=getattr(theme, name),
            label=f"{name}: {100 * side.hf_energy_fraction:.3g} % above",
        )
    axis.axvline(
        cutoff_hz / 1000, color=theme.note, linestyle="--", linewidth=1.2,
        label=f"cut-off {cutoff_hz:g} Hz",
    )  # fmt: skip
    set_panel_title(axis, f"{sides.source}: power at or below a frequency, whole clip", theme)
    axis.set_xlabel("frequency (kHz)")
    axis.set_ylabel("share (%)")
    axis.set_ylim(0.0, 102.0)
    axis.set_xlim(left=0.0)
    add_legend(axis, theme, loc="lower right")


def _draw_share(axis: Axes, sides: HfSides, cutoff_hz: float, theme: Theme) -> None:
    shift = {"reference": 0.0, "candidate": sides.lag_s}
    for name, side in (("reference", sides.reference), ("candidate", sides.candidate)):
        if side is None or side.frame_fraction_p95 is None:
            continue
        axis.plot(
            side.frame_time_s - shift[name],
            100 * side.frame_fraction,
            color=getattr(theme, name),
            linewidth=0.9,
            alpha=0.85,
            label=f"{name}: 95th percentile {100 * side.frame_fraction_p95:.3g} %",
        )
    set_panel_title(axis, f"{sides.source}: share above {cutoff_hz:g} Hz per frame", theme)
    axis.set_ylabel("share (%)")
    axis.set_ylim(0.0, 135.0)
    axis.set_yticks(range(0, 101, 20))
    axis.margins(x=0.0)
    add_legend(axis, theme, loc="upper right")


def _draw_ratio(axis: Axes, sides: HfSides, cutoff_hz: float, theme: Theme) -> None:
    ratio = sides.ratio
    title = f"{sides.source}: level above {cutoff_hz:g} Hz, candidate / reference"
    set_panel_title(axis, title if sides.aligned else f"{title} (frames not aligned)", theme)
    axis.set_xlabel("time (s)")
    axis.set_ylabel("dB")
    reason = ratio.reason
    if not reason and not sides.aligned:
        reason = "the two sounds cannot be lined up in time"
    if reason or ratio.p95_db is None:
        axis.text(
            0.5, 0.5, reason, color=theme.muted, fontsize=9, ha="center", va="center",
            transform=axis.transAxes, wrap=True,
        )  # fmt: skip
        return
    axis.axhline(0.0, color=theme.muted, linewidth=0.9)
    axis.plot(ratio.time_s, ratio.ratio_db, color=theme.difference, linewidth=0.9)
    label = f"95th percentile {ratio.p95_db:+.1f} dB"
    axis.axhline(ratio.p95_db, color=theme.fail, linestyle=":", linewidth=1.2, label=label)
    # A pair without any difference must not show rounding at full height.
    low, high = axis.get_ylim()
    axis.set_ylim(min(low, -1.0), max(high, 1.0) + 0.3 * (max(high, 1.0) - min(low, -1.0)))
    add_legend(axis, theme, loc="upper right")
