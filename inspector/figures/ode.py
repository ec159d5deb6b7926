"""The ODE integration of both sides: states, velocities, signs and residuals per step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from inspector.analysis.ode import OdeComparison, OdeSide, StepStats
from inspector.analysis.schedule import ScheduleFit, cosine_times, linear_times
from inspector.figures.notice import draw_notice
from inspector.figures.style import LIGHT, Theme, add_legend, new_figure
from inspector.metrics.side import SideStats

EXACT = 1e-9
"""Where a residual of exactly zero is drawn on the logarithmic axis."""

_WIDTH, _HEIGHT = 11.0, 7.0


def draw_ode(result: OdeComparison, *, theme: Theme = LIGHT) -> Figure:
    """Draw range and mean of the state, the velocity, percent positive and residuals.

    Reference blue and solid, candidate orange and dashed; step 0 is the starting noise.
    """
    sides = _sides(result, theme)
    if not any(side.steps for _, side, _, _ in sides):
        return draw_notice("Neither side holds an ODE step.", theme=theme)
    figure, axes = new_figure(2, 2, theme=theme, width=_WIDTH, height=_HEIGHT)
    for name, side, colour, style in sides:
        _draw_state(axes[0], name, side, colour, style)
        _draw_velocity(axes[1], name, side, colour, style)
        _draw_positive(axes[2], name, side, colour, style)
        _draw_residuals(axes[3], name, side, colour)
    axes[0].set_title("State: minimum to maximum (band) and mean (line)", loc="left")
    axes[0].set_ylabel("state (log-mel, ln)")
    axes[1].set_title("Combined velocity: mean ± std", loc="left")
    axes[1].set_ylabel("velocity (ln per unit t)")
    axes[2].set_title("State: values above zero", loc="left")
    axes[2].set_ylabel("positive (%)")
    axes[2].set_ylim(-3, 103)
    axes[2].axhline(50, color=theme.muted, linewidth=0.8, linestyle=":")
    axes[3].set_title("Identities: largest residual per step (exactly 0 at 1e-9)", loc="left")
    axes[3].set_ylabel("share of the rms")
    for axis in axes:
        axis.set_xlabel("ODE step (0 = start)" if axis in (axes[0], axes[2]) else "ODE step")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        if axis.get_legend_handles_labels()[0]:
            add_legend(axis, theme, **({"ncols": 2} if axis is axes[3] else {}))
        else:
            _say(axis, "not recorded", theme)
    return figure


def draw_schedule(result: OdeComparison, *, theme: Theme = LIGHT) -> Figure:
    """Draw the times of both sides against the cosine and the linear law, and the dt."""
    fits = (
        ("reference", result.reference, theme.reference, "o"),
        ("candidate", result.candidate, theme.candidate, "x"),
    )
    if not any(side.schedule.times or _lengths(side)[0] for _, side, _, _ in fits):
        return draw_notice("Neither side holds the times of its ODE steps.", theme=theme)
    figure, axes = new_figure(1, 2, theme=theme, width=_WIDTH, height=3.8)
    counts = sorted({side.schedule.steps for _, side, _, _ in fits if side.schedule.steps})
    for steps in counts:
        suffix = f", {steps} steps" if len(counts) > 1 else ""
        axes[0].plot(
            cosine_times(steps), color=theme.muted, linewidth=1.2, label=f"cosine law{suffix}"
        )
        axes[0].plot(
            linear_times(steps), color=theme.muted, linewidth=1.2, linestyle=":",
            label=f"linear law{suffix}",
        )  # fmt: skip
    for place, (name, side, colour, marker) in enumerate(fits):
        times = side.schedule.times
        if times:
            axes[0].plot(
                range(len(times)), times, color=colour, marker=marker, linestyle="none",
                markersize=7 if marker == "x" else 6, fillstyle="none",
                label=f"{name}: {_law(side.schedule)}",
            )  # fmt: skip
        numbers, lengths = _lengths(side)
        if numbers:
            total = "" if side.sum_dt is None else f", sum {side.sum_dt:.4f}"
            axes[1].bar(
                np.array(numbers) + (place - 0.5) * 0.38, lengths, width=0.36, color=colour,
                label=f"{name}{total}",
            )  # fmt: skip
    axes[0].set_title("Time of each step", loc="left")
    axes[0].set_xlabel("index of the time (0 = start)")
    axes[0].set_ylabel("t (no unit)")
    axes[1].set_title("Step length", loc="left")
    axes[1].set_xlabel("ODE step")
    axes[1].set_ylabel("dt (no unit)")
    for axis in axes:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        if axis.get_legend_handles_labels()[0]:
            add_legend(axis, theme)
        else:
            _say(axis, "not recorded", theme)
    return figure


def _sides(result: OdeComparison, theme: Theme) -> tuple[tuple[str, OdeSide, str, str], ...]:
    return (
        ("reference", result.reference, theme.reference, "-"),
        ("candidate", result.candidate, theme.candidate, "--"),
    )


def _states(side: OdeSide) -> tuple[list[int], list[SideStats]]:
    """Numbers and states with finite values, the start first as number 0 (or before)."""
    found = [] if side.start is None else [(side.base - 1, side.start)]
    found += [(s.number, s.state) for s in side.steps if s.state is not None]
    # A side counted from 0 is moved by one, so that both starts meet at 0.
    shift = 1 - side.base
    kept = [(n + shift, s) for n, s in found if s.mean is not None]
    return [n for n, _ in kept], [s for _, s in kept]


def _draw_state(axis: Axes, name: str, side: OdeSide, colour: str, style: str) -> None:
    numbers, states = _states(side)
    if not numbers:
        return
    low, high = _values(states, "minimum"), _values(states, "maximum")
    axis.fill_between(numbers, low, high, color=colour, alpha=0.18, linewidth=0)
    for edge in (low, high):
        axis.plot(numbers, edge, color=colour, linewidth=0.9, linestyle=style, alpha=0.8)
    axis.plot(
        numbers, _values(states, "mean"), color=colour, linewidth=2, linestyle=style,
        marker="o", markersize=3, label=name,
    )  # fmt: skip


def _draw_velocity(axis: Axes, name: str, side: OdeSide, colour: str, style: str) -> None:
    shift = 1 - side.base
    found = [
        (s.number + shift, v)
        for s in side.steps
        if (v := s.v_cfg or s.v_cond) is not None and v.mean is not None
    ]
    if not found:
        return
    numbers, stats = [n for n, _ in found], [v for _, v in found]
    mean, std = np.array(_values(stats, "mean")), np.array(_values(stats, "std"))
    axis.fill_between(numbers, mean - std, mean + std, color=colour, alpha=0.18, linewidth=0)
    combined = any(s.v_cfg is not None for s in side.steps)
    axis.plot(
        numbers, mean, color=colour, linewidth=2, linestyle=style, marker="o", markersize=3,
        label=name if combined else f"{name} (conditional only)",
    )  # fmt: skip


def _draw_positive(axis: Axes, name: str, side: OdeSide, colour: str, style: str) -> None:
    numbers, states = _states(side)
    if numbers:
        axis.plot(
            numbers, _values(states, "percent_positive"), color=colour, linewidth=2,
            linestyle=style, marker="o", markersize=3, label=name,
        )  # fmt: skip


_RESIDUALS: tuple[tuple[str, str, Callable[[StepStats], float | None]], ...] = (
    ("Euler", "o", lambda s: s.euler_residual),
    ("guidance", "s", lambda s: s.cfg_residual),
    ("continuity", "^", lambda s: s.continuity_error),
)


def _draw_residuals(axis: Axes, name: str, side: OdeSide, colour: str) -> None:
    shift = 1 - side.base
    for what, marker, get in _RESIDUALS:
        found = [
            (s.number + shift, max(v, EXACT))
            for s in side.steps
            if (v := get(s)) is not None and np.isfinite(v)
        ]
        if found:
            axis.plot(
                [n for n, _ in found], [v for _, v in found], color=colour, marker=marker,
                markersize=4.5, linewidth=0.8, fillstyle="none", label=f"{what}, {name}",
            )  # fmt: skip
            axis.set_yscale("log")


def _values(stats: Sequence[SideStats], key: str) -> list[float]:
    return [float(getattr(s, key)) for s in stats]


def _lengths(side: OdeSide) -> tuple[list[int], list[float]]:
    shift = 1 - side.base
    found = [(s.number + shift, s.dt) for s in side.steps if s.dt is not None]
    return [n for n, _ in found], [d for _, d in found]


def _law(fit: ScheduleFit) -> str:
    residual = {"cosine": fit.cosine_residual, "linear": fit.linear_residual}.get(fit.kind)
    return fit.kind if residual is None else f"{fit.kind}, off by {residual:.1e} at most"


def _say(axis: Axes, text: str, theme: Theme) -> None:
    axis.text(0.5, 0.5, text, color=theme.muted, ha="center", va="center", transform=axis.transAxes)
