"""Two sequences of tokens and the places where they differ."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from inspector.analysis.tokens import TokenComparison
from inspector.figures.notice import draw_notice
from inspector.figures.panel_title import set_panel_title
from inspector.figures.style import LIGHT, Theme, new_figure, plain
from inspector.tensors import Array

_SHOWN_VALUES = 14
_EQUAL, _DIFFERENT, _EXTRA = 0, 1, 2


def draw_tokens(result: TokenComparison, *, theme: Theme = LIGHT) -> Figure:
    """Draw both sequences as rows: all places above, the values near the first difference below.

    Equal places are grey, different ones red, places that only one side has amber.
    """
    longest = max(result.reference_length, result.candidate_length)
    if result.reason or longest == 0:
        return draw_notice(result.sentence, theme=theme)
    figure, axes = new_figure(2, 1, theme=theme, height=3.6)
    marks = _marks(result, longest)
    _draw_rows(axes[0], marks, 0, theme)
    set_panel_title(axes[0], _title(result), theme)
    place = result.first_difference
    if place is None:
        place = min(result.equal_prefix, longest - 1)
    first = max(0, min(place - _SHOWN_VALUES // 4, longest - _SHOWN_VALUES))
    last = min(longest, first + _SHOWN_VALUES)
    _draw_rows(axes[1], marks[:, first:last], first, theme)
    for row, values in enumerate((result.reference, result.candidate)):
        for at in range(first, min(last, values.size)):
            changed = marks[row, at] != _EQUAL
            axes[1].text(
                at, row, f"{values[at].item():g}", ha="center", va="center", fontsize=8,
                color=theme.background if changed else theme.text,
            )  # fmt: skip
    set_panel_title(axes[1], "values around the first difference", theme)
    axes[1].set_xticks(range(first, last))
    for axis in axes:
        axis.set_xlabel("place (counted from 0)")
    return figure


def _title(result: TokenComparison) -> str:
    lengths = f"{result.reference_length} against {result.candidate_length}"
    if result.first_difference is not None:
        where = f"first difference at place {result.first_difference}"
    elif result.reference_length == result.candidate_length:
        where = "all equal"
    else:
        where = f"the first {result.equal_prefix} equal"
    return f"{plain(result.name, limit=60)}: {lengths}, {where}"


def _marks(result: TokenComparison, longest: int) -> Array:
    """What each place of each row is, [2, longest]; NaN where a row has ended."""
    marks = np.full((2, longest), np.nan)
    common = min(result.reference_length, result.candidate_length)
    differs = result.reference[:common] != result.candidate[:common]
    marks[:, :common] = np.where(differs, _DIFFERENT, _EQUAL)
    marks[0, common : result.reference_length] = _EXTRA
    marks[1, common : result.candidate_length] = _EXTRA
    return marks


def _draw_rows(axis: Axes, marks: Array, first: int, theme: Theme) -> None:
    colours = ListedColormap([theme.grid, theme.fail, theme.note])
    colours = colours.with_extremes(bad=theme.panel)
    axis.imshow(
        marks, cmap=colours, vmin=-0.5, vmax=2.5, aspect="auto", interpolation="nearest",
        extent=(first - 0.5, first + marks.shape[1] - 0.5, 1.5, -0.5),
    )  # fmt: skip
    axis.grid(False)
    axis.set_yticks([0, 1], ["reference", "candidate"])
