"""Share of positive values of both sides and agreement of signs."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from inspector.analysis.sign import SignComparison, SignRow
from inspector.figures.notice import draw_notice
from inspector.figures.style import LIGHT, Theme, add_legend, new_figure, plain

_MOST_NAMES = 8
"""More rows than this get their index on the axis in place of their names."""


def draw_sign(result: SignComparison, *, theme: Theme = LIGHT) -> Figure:
    """Draw percent positive per ODE step and the sign agreement of every tensor.

    Without ODE steps the upper panel shows every tensor in order of execution.
    """
    if not result.rows:
        return draw_notice(result.sentence, theme=theme)
    figure, axes = new_figure(2, 1, theme=theme, height=6.0)
    upper, lower = axes
    if result.steps:
        what = "state" if result.steps[-1].role.startswith("x_") else "velocity"
        _draw_positive(upper, result.steps, [float(r.step or 0) for r in result.steps], theme)
        upper.set_title(f"Values above zero per ODE step ({what})", loc="left")
        upper.set_xlabel("ODE step")
        upper.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        _draw_positive(upper, result.rows, [float(i) for i in range(len(result.rows))], theme)
        upper.set_title("Values above zero per tensor", loc="left")
        _name_rows(upper, result.rows)
    upper.set_ylabel("positive (%)")
    upper.set_ylim(-3, 103)
    upper.axhline(50, color=theme.muted, linewidth=0.8, linestyle=":")
    add_legend(upper, theme)
    _draw_agreement(lower, result, theme)
    return figure


def _draw_positive(axis: Axes, rows: Sequence[SignRow], x: list[float], theme: Theme) -> None:
    axis.plot(
        x, [r.reference_percent_positive for r in rows], color=theme.reference, linewidth=2,
        marker="o", markersize=4, label="reference",
    )  # fmt: skip
    axis.plot(
        x, [r.candidate_percent_positive for r in rows], color=theme.candidate, linewidth=2,
        linestyle="--", marker="o", markersize=4, label="candidate",
    )  # fmt: skip


def _draw_agreement(axis: Axes, result: SignComparison, theme: Theme) -> None:
    found = [
        (place, 100 * r.sign_agreement)
        for place, r in enumerate(result.rows)
        if r.sign_agreement is not None
    ]
    axis.set_title("Places with equal sign, per tensor in order of execution", loc="left")
    axis.set_ylabel("equal sign (%)")
    if not found:
        axis.text(
            0.5, 0.5, "undefined for every tensor", color=theme.muted, ha="center", va="center",
            transform=axis.transAxes,
        )  # fmt: skip
        return
    x, y = [p for p, _ in found], [v for _, v in found]
    axis.vlines(x, [min(v, 100) for v in y], 100, color=theme.difference, linewidth=1.0)
    axis.plot(
        x, y, color=theme.difference, marker=".", markersize=5, linestyle="none",
        label="agreement",
    )  # fmt: skip
    low = min(y)
    axis.set_ylim(low - max(0.5, 0.06 * (100 - low)), 100 + max(0.1, 0.04 * (100 - low)))
    worst = result.worst
    if worst is not None and worst.sign_agreement is not None and worst.sign_agreement < 1:
        place = result.rows.index(worst)
        axis.plot(
            [place], [100 * worst.sign_agreement], color=theme.fail, marker="o", markersize=8,
            fillstyle="none", linestyle="none",
            label=f"lowest: {plain(worst.reference, 50)}, {100 * worst.sign_agreement:.2f} %",
        )  # fmt: skip
    add_legend(axis, theme)
    _name_rows(axis, result.rows)


def _name_rows(axis: Axes, rows: Sequence[SignRow]) -> None:
    if len(rows) <= _MOST_NAMES:
        names = [plain(r.reference, 24) for r in rows]
        axis.set_xticks(range(len(rows)), names, rotation=20, ha="right")
    else:
        axis.set_xlabel("tensor, in order of execution")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
