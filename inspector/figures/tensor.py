"""One pair of tensors drawn: both sides, their difference and the distributions."""

from __future__ import annotations

import math

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inspector.analysis.histograms import ErrorHistogram, ValueHistogram
from inspector.analysis.planes import HeatPlanes
from inspector.analysis.reasons import near_one, number, place, value_text
from inspector.analysis.tensor import TensorComparison
from inspector.figures.style import LIGHT, NAN_COLOUR, Theme, add_legend, new_figure, plain
from inspector.tensors import Array


def draw_tensor(
    comparison: TensorComparison,
    planes: HeatPlanes | None,
    values: ValueHistogram | None = None,
    errors: ErrorHistogram | None = None,
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return the figure of one pair: heat maps above, distributions and numbers below.

    Reference and candidate share one colour scale; the scale of the difference is
    symmetric around zero.  Values that are not finite have a colour of their own.  Without
    `planes` (a pair that is not comparable) the figure holds the reason.

    Args:
        comparison: the numbers.
        planes: pictures from `inspector.analysis.planes.heat_planes`.
        values, errors: distributions from `inspector.analysis.histograms`.
        theme: colours.
    """
    if planes is None or comparison.metrics is None:
        figure, (axis,) = new_figure(theme=theme, width=10.0, height=2.0)
        _text_panel(axis, [plain(comparison.sentence(), 400)], theme)
        axis.set_title(plain(comparison.pair.reference.name))
        return figure
    figure, axes = new_figure(2, 3, theme=theme, width=14.0, height=6.4)
    top = _finite_limit(planes.dmax)
    sides = (
        ("reference", comparison.pair.reference.name, planes.reference),
        ("candidate", comparison.pair.candidate.name, planes.candidate),
    )
    for axis, (side, name, plane) in zip(axes, sides, strict=False):
        _heat(axis, plane, planes, theme.sequential, (planes.vmin, planes.vmax), "value")
        axis.set_title(f"{side}: {plain(name, 48)}")
    _heat(axes[2], planes.difference, planes, theme.diverging, (-top, top), "error")
    axes[2].set_title("difference: candidate − reference")
    _draw_values(axes[3], values, theme)
    _draw_errors(axes[4], errors, comparison, theme)
    _text_panel(axes[5], _lines(comparison), theme)
    axes[5].set_title(f"verdict: {comparison.status.replace('_', ' ')}")
    return figure


def _finite_limit(dmax: float | None) -> float:
    return dmax if dmax else 1.0


def _unit(*limits: float | None) -> tuple[float, str]:
    """A power of ten to divide by before drawing, with its label; 1 for ordinary values.

    Axes and colour bars subtract limits, which must not overflow or vanish.
    """
    largest = max((abs(v) for v in limits if v is not None), default=0.0)
    if largest == 0.0 or 1e-100 < largest < 1e100:
        return 1.0, ""
    exponent = max(-300, min(300, math.floor(math.log10(largest))))
    return 10.0**exponent, f" (in 1e{exponent})"


def _heat(
    axis: Axes,
    plane: Array,
    planes: HeatPlanes,
    colours: str,
    limits: tuple[float | None, float | None],
    label: str,
) -> None:
    unit, note = _unit(*limits)
    low, high = (None if limit is None else limit / unit for limit in limits)
    cmap = matplotlib.colormaps[colours].with_extremes(bad=NAN_COLOUR)
    image = axis.imshow(
        plane / unit,
        cmap=cmap,
        vmin=low,
        vmax=high,
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        extent=(0, max(1, planes.stored_columns), 0, max(1, planes.stored_rows)),
    )
    axis.grid(False)
    axis.set_xlabel(planes.column_label)
    axis.set_ylabel(planes.row_label)
    if planes.pooled:
        how = "largest error" if label == "error" else "mean"
        axis.set_xlabel(
            f"{planes.column_label} ({how} of {planes.row_pool} x {planes.column_pool} cells)"
        )
    figure = axis.get_figure()
    if isinstance(figure, Figure):
        bar = figure.colorbar(image, ax=axis, fraction=0.046, pad=0.02)
        colour = axis.xaxis.label.get_color()
        bar.set_label(label + note, color=colour, size=9)
        bar.ax.tick_params(colors=colour, labelsize=8)
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue] - typed as a Spine map


def _draw_values(axis: Axes, values: ValueHistogram | None, theme: Theme) -> None:
    axis.set_title("distribution of values")
    axis.set_xlabel("value")
    axis.set_ylabel("elements")
    if values is None or values.edges.size == 0:
        _empty(axis, "not counted" if values is None else "no finite value", theme)
        return
    unit, note = _unit(float(values.edges[0]), float(values.edges[-1]))
    axis.set_xlabel(f"value{note}")
    for side, counts, excluded, colour, line in (
        ("reference", values.reference, values.excluded_reference, theme.reference, "-"),
        ("candidate", values.candidate, values.excluded_candidate, theme.candidate, "--"),
    ):
        note = f" ({excluded} NaN or Inf left out)" if excluded else ""
        axis.stairs(
            counts,
            values.edges / unit,
            color=colour,
            linewidth=1.4,
            linestyle=line,
            label=side + note,
        )
    axis.set_yscale("symlog", linthresh=1.0)
    # Room above the highest count for the legend, which covers no line there.
    highest = max(1, int(values.reference.max()), int(values.candidate.max()))
    axis.set_ylim(0, 20 * highest)
    add_legend(axis, theme, loc="upper left")


def _draw_errors(
    axis: Axes, errors: ErrorHistogram | None, comparison: TensorComparison, theme: Theme
) -> None:
    axis.set_title("distribution of errors")
    axis.set_xlabel("log10 |candidate − reference|")
    axis.set_ylabel("elements")
    if errors is None or errors.edges.size == 0:
        _empty(axis, "not counted" if errors is None else "no element differs", theme)
        return
    notes = [f"{errors.zeros} without error"] if errors.zeros else []
    if errors.excluded:
        notes.append(f"{errors.excluded} NaN or Inf left out")
    label = "\n".join(["elements that differ", *notes])
    axis.stairs(errors.counts, errors.edges, fill=True, color=theme.difference, label=label)
    axis.set_ylim(0, 1.6 * max(1, int(errors.counts.max())))
    metrics = comparison.metrics
    if metrics is not None and metrics.atol > 0.0:
        axis.axvline(
            math.log10(metrics.atol), color=theme.note, linestyle="--",
            label=f"absolute tolerance {number(metrics.atol)}",
        )  # fmt: skip
    add_legend(axis, theme, loc="upper left")


def _empty(axis: Axes, text: str, theme: Theme) -> None:
    axis.text(0.5, 0.5, text, transform=axis.transAxes, ha="center", va="center", color=theme.muted)


def _text_panel(axis: Axes, lines: list[str], theme: Theme) -> None:
    axis.set_axis_off()
    text = axis.text(
        0.0, 1.0, "\n".join(lines), transform=axis.transAxes, va="top", ha="left",
        color=theme.text, size=9, linespacing=1.5, wrap=True,
    )  # fmt: skip
    # A long line must not squeeze the pictures above it.
    text.set_in_layout(False)


def _lines(comparison: TensorComparison) -> list[str]:
    """The numbers of the panel, one per line."""
    m = comparison.metrics
    if m is None:
        return []
    lines = [
        f"max_abs {number(m.max_abs)}    mean_abs {number(m.mean_abs)}    rmse {number(m.rmse)}",
        f"relative_l2 {number(m.relative_l2)}    snr_db "
        + ("exact" if m.exact else number(m.snr_db)),
        f"cosine {near_one(m.cosine)}    norm_ratio {near_one(m.norm_ratio)}",
        f"correlation {near_one(m.correlation)}    sign_agreement {near_one(m.sign_agreement)}",
        f"left out of the statistics: {m.excluded_count} of {m.count} elements",
    ]
    if comparison.noise_floor is not None and comparison.floor_ratio is not None:
        lines.append(
            f"{number(comparison.floor_ratio)} noise floors of {number(comparison.noise_floor)} "
            f"({comparison.floor_source})"
        )
    if m.max_ulp is not None:
        lines.append(f"max_ulp {m.max_ulp} in {m.ulp_dtype}")
    if m.worst_index is not None:
        lines.append(
            f"worst at {place(m.worst_index)}:\n    {value_text(m.worst_reference)} against "
            f"{value_text(m.worst_candidate)}"
        )
    for word, worst in (
        ("frame", comparison.worst_frame),
        ("channel", comparison.worst_channel),
    ):
        if worst is not None:
            lines.append(f"worst {word} {worst.index}: {100 * worst.share:.1f} % of the error")
    return lines
