"""View of the question `tensor`: the error map and the tensors that differ most."""

from __future__ import annotations

from functools import partial

from inspector.analysis.error_map import build_error_map
from inspector.analysis.histograms import error_histogram, value_histogram
from inspector.analysis.planes import heat_planes
from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.comparison import Comparison
from inspector.figures.error_map import draw_error_map
from inspector.figures.style import Figure, Theme
from inspector.figures.tensor import draw_tensor
from inspector.names import file_name, show_name
from inspector.views.panel import FigureSpec, Line, Panel, View

MOST_FIGURES = 12
"""Tensor figures exported by default: the first that differ, in order of execution."""


def build(comparison: Comparison) -> Panel:
    """Show how many tensors agree, where they part, and the first that differ."""
    counts, first = comparison.verdict.counts, comparison.verdict.first_divergence
    if not comparison.tensors:
        return Panel(reason="No tensor of one side belongs to a tensor of the other.")
    agree = counts["same"] + counts["within_tolerance"]
    lines = [
        Line(
            "ok" if agree == counts["pairs"] else "fail",
            f"{agree} of {counts['pairs']} tensors agree: {counts['same']} exactly, "
            f"{counts['within_tolerance']} within tolerance; {counts['different']} differ, "
            f"{counts['not_comparable']} cannot be compared.",
        )
    ]
    if first is not None:
        lines.append(Line("fail", f"{first.sentence[:1].upper()}{first.sentence[1:]}."))
    different = [t for t in comparison.tensors if t.status == "different" and t.metrics]
    if len(different) > MOST_FIGURES:
        lines.append(
            Line("none", f"Figures show the first {MOST_FIGURES} of {len(different)} that differ.")
        )
    grid = build_error_map(comparison.tensors)
    figures = [
        FigureSpec(
            "error_map", "Error by operation and ODE step",
            "Relative L2 error of every operation in order of execution, at every ODE step.",
            lambda theme: draw_error_map(grid, theme=theme),
        )
    ]  # fmt: skip
    figures += [
        FigureSpec(
            file_name(t.pair.reference.name),
            show_name(t.pair.reference.name, 80),
            t.sentence(),
            partial(_draw_pair, t),
        )
        for t in different[:MOST_FIGURES]
    ]
    return Panel(lines=tuple(lines), figures=tuple(figures))


def _draw_pair(comparison: TensorComparison, theme: Theme) -> Figure:
    reference, candidate = comparison.pair.read()
    planes = heat_planes(reference, candidate, letters=comparison.pair.letters)
    values, errors = value_histogram(reference, candidate), error_histogram(reference, candidate)
    return draw_tensor(comparison, planes, values, errors, theme=theme)


VIEW = View("tensor", "Tensors", build)
