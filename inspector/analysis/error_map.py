"""Error of every operation at every ODE step, as one grid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.analysis.tensor import TensorComparison
from inspector.names import show_name
from inspector.tensors import Array, TensorPair, freeze

EXACT_LOG10 = -12.0
"""Where an exactly equal tensor is placed on the logarithmic scale."""


@dataclass(frozen=True)
class ErrorMap:
    """Relative error over operations and steps.

    Attributes:
        operations: row labels in order of first execution.
        steps: column labels: ``once`` for tensors outside the ODE, then step numbers.
        log10_error: float64 [rows, columns], log10 of the relative L2 error; -12 for equal
            tensors; NaN where there is no tensor or no defined error.
        row: int64 [rows, columns], index of the comparison; -1 where there is none.
        status: [rows][columns] status or None.
    """

    operations: tuple[str, ...]
    steps: tuple[int | str, ...]
    log10_error: Array
    row: Array
    status: tuple[tuple[str | None, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """Labels and status; the grids stay out."""
        return {"operations": list(self.operations), "steps": list(self.steps)}


def build_error_map(comparisons: Sequence[TensorComparison]) -> ErrorMap:
    """Arrange comparisons (in order of execution) by operation and ODE step."""
    operations: dict[str, int] = {}
    cells: dict[tuple[int, int | str], int] = {}
    for index, comparison in enumerate(comparisons):
        label = operation_label(comparison.pair)
        row = operations.setdefault(label, len(operations))
        column = "once" if comparison.pair.step is None else comparison.pair.step
        # Two tensors of one operation and step (a state saved twice) keep separate rows.
        while (row, column) in cells:
            label += "'"
            row = operations.setdefault(label, len(operations))
        cells[row, column] = index
    numbers = sorted({c for _, c in cells if isinstance(c, int)})
    once = ["once"] if any(c == "once" for _, c in cells) else []
    steps: list[int | str] = [*once, *numbers]
    shape = len(operations), len(steps)
    errors, rows = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    status: list[list[str | None]] = [[None] * len(steps) for _ in operations]
    place = {step: column for column, step in enumerate(steps)}
    for (row, step), index in cells.items():
        column = place[step]
        rows[row, column] = index
        status[row][column] = comparisons[index].status
        errors[row, column] = log10_error(comparisons[index])
    return ErrorMap(
        tuple(operations), tuple(steps), freeze(errors), freeze(rows), tuple(map(tuple, status))
    )


def operation_label(pair: TensorPair) -> str:
    """The operation of a pair: its role, or its reference name without the step number."""
    if pair.step is None:
        return show_name(pair.reference.name, 80)
    if pair.role:
        return pair.role
    numbered = re.compile(rf"(step[_\-.]?)0*{pair.step}(?!\d)", re.IGNORECASE)
    found = list(numbered.finditer(pair.reference.name))
    name = pair.reference.name
    if found:
        last = found[-1]
        rest = name[last.end() :].lstrip("/._:- ")
        name = (name[: last.start()] + rest).strip("/._:- ")
    return show_name(name or pair.reference.name, 80)


def log10_error(comparison: TensorComparison) -> float:
    """log10 of the relative L2 error; -12 when equal; NaN when undefined."""
    if comparison.status == "same":
        return EXACT_LOG10
    metrics = comparison.metrics
    if metrics is None or metrics.relative_l2 is None or not metrics.relative_l2 > 0:
        return float("nan")
    return max(EXACT_LOG10, float(np.log10(metrics.relative_l2)))
