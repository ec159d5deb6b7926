"""One hypothesis run on one cell: how much of the candidate's error it explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from inspector.diagnose.sketch import sketch
from inspector.errors import UsageError
from inspector.faults.edit import Edit
from inspector.live.introduced import NOISE_FACTOR, Cell
from inspector.live.isolation import Cut, Isolator
from inspector.tensors import Array


@dataclass(frozen=True)
class Trial:
    """The outcome of one run.

    Attributes:
        residual: relative L2 between the candidate's value and the run with the fault.
        explained: 1 - (residual / introduced)^2, the share of the error's energy; negative
            when the fault makes it worse.
        ratio: residual in units of the cell's noise floor.
        effect: sketch of what the fault does to the value; None where that is not finite.
    """

    residual: float
    explained: float
    ratio: float
    effect: Array | None = field(default=None, compare=False, repr=False)

    @property
    def solved(self) -> bool:
        """True when nothing but noise is left."""
        return self.ratio <= NOISE_FACTOR


WORSE = Trial(float("inf"), float("-inf"), float("inf"))


class Bench:
    """Runs hypotheses on cells of the candidate and keeps what each cell needs.

    Args:
        isolator: runs the reference decoder on the candidate's values.
    """

    def __init__(self, isolator: Isolator) -> None:
        self.isolator = isolator
        self.runs = 0
        self._cuts: dict[tuple[str, int], Cut] = {}
        self._own: dict[tuple[str, int], Array] = {}
        self._base: dict[tuple[int, tuple[str, ...], int | None], dict[str, Array]] = {}

    def cut(self, cell: Cell) -> Cut:
        """The cut of a cell."""
        place = (cell.node, cell.step)
        if place not in self._cuts:
            self._cuts[place] = self.isolator.cut(cell.node, cell.step)
        return self._cuts[place]

    def own(self, cell: Cell) -> Array:
        """The candidate's recorded value of a cell."""
        place = (cell.node, cell.step)
        if place not in self._own:
            value = self.isolator.recorded(cell.node, cell.step, self.cut(cell).rows)
            self._own[place] = np.asarray(value)
        return self._own[place]

    def unchanged(self, cells: Sequence[Cell]) -> Mapping[str, Array]:
        """Every value on the way to twin cells without any fault; empty when they cannot run."""
        cut = self.cut(cells[0])
        key, names = (cut.step, cut.given, cut.rows), [c.node for c in cells]
        if not all(name in self._base.get(key, ()) for name in names):
            every = [node.name for node in self.isolator.graph.nodes]
            try:
                run = self.isolator.run(cut, keep=every, targets=names)
            except UsageError:
                return {}
            self._base[key] = {**self._base.get(key, {}), **run}
        return self._base[key]

    def base(self, cell: Cell) -> Array | None:
        """The cell's value without any fault; None when it cannot be run."""
        value = self.unchanged([cell]).get(cell.node)
        return None if value is None else self._like(value, cell)

    def error(self, cell: Cell) -> Array | None:
        """Sketch of the error that the candidate introduces at a cell."""
        base = self.base(cell)
        return None if base is None else sketch(self.own(cell) - base)

    def twins(self, cells: Sequence[Cell]) -> list[tuple[Cell, ...]]:
        """Cells in groups that one run computes: the same step from the same values."""
        groups: dict[tuple[int, tuple[str, ...], int | None], list[Cell]] = {}
        for cell in cells:
            cut = self.cut(cell)
            groups.setdefault((cell.step, cut.given, cut.rows), []).append(cell)
        return [tuple(group) for group in groups.values()]

    def values(self, cells: Sequence[Cell], edit: Edit) -> list[Array | None]:
        """Values of twin cells with `edit`; None where the changed part cannot be run."""
        self.runs += 1
        names = [c.node for c in cells]
        try:
            run = self.isolator.run(
                self.cut(cells[0]), edit, keep=names, targets=names, reuse=self.unchanged(cells)
            )
        except UsageError:
            return [None] * len(cells)
        return [self._like(run[cell.node], cell) for cell in cells]

    def _like(self, value: Array, cell: Cell) -> Array | None:
        """The rows of `value` that the candidate has; None where shapes differ."""
        own = self.own(cell)
        if value.ndim == own.ndim and value.shape[0] > own.shape[0]:
            value = value[: own.shape[0]]
        return value if value.shape == own.shape else None

    def value(self, cell: Cell, edit: Edit) -> Array | None:
        """The cell's value with `edit`; None when the changed part cannot be run."""
        return self.values([cell], edit)[0]

    def attempts(self, cells: Sequence[Cell], edit: Edit) -> list[Trial]:
        """Run `edit` on twin cells and compare each."""
        return [
            WORSE if value is None else self._judged(cell, value)
            for cell, value in zip(cells, self.values(cells, edit), strict=True)
        ]

    def _judged(self, cell: Cell, value: Array) -> Trial:
        base = self.base(cell)
        effect = None if base is None else sketch(value.astype(np.float64) - base)
        return replace(judge(cell, self.own(cell), value), effect=effect)

    def attempt(self, cell: Cell, edit: Edit) -> Trial:
        """Run `edit` on a cell and compare."""
        return self.attempts([cell], edit)[0]


def judge(cell: Cell, own: Array, value: Array) -> Trial:
    """Compare a run with the candidate's value; NaN and Inf in the same places agree."""
    odd = ~np.isfinite(own)
    if odd.any() or not np.isfinite(value).all():
        if not np.array_equal(odd, ~np.isfinite(value)):
            return WORSE
        own, value = np.where(odd, 0.0, own), np.where(odd, 0.0, value)
    # relative to the candidate: the fault's run is what it is meant to reproduce
    own, value = own.astype(np.float64), value.astype(np.float64)
    distance, scale = float(np.linalg.norm(own - value)), float(np.linalg.norm(own))
    if scale == 0.0:  # the candidate's value is zero everywhere
        scale = float(np.linalg.norm(value)) or 1.0
    residual = distance / scale
    if np.isfinite(cell.introduced):
        explained = 1.0 - min(residual / max(cell.introduced, 1e-30), 1e6) ** 2
    else:
        explained = 1.0 if residual <= NOISE_FACTOR * cell.floor else 0.0
    return Trial(residual, explained, residual / cell.floor)
