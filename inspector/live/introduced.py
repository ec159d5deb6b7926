"""Error introduced at each place against error carried there from before it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.errors import Cancelled, InspectorError
from inspector.live.isolation import Cut, Isolator
from inspector.live.noise import noise_floor, relative_l2
from inspector.tensors import Array, Progress

NOISE_FACTOR = 12.0
"""An introduced error up to this many noise floors is noise.  Healthy MLX runs of the
decoder stay below 6 (the floor is that of PyTorch; another backend sums in another order)."""

INPUT_TOLERANCE = 1e-6
"""Relative L2 up to which an input is the same: storing it once as float32 costs 6e-8."""

AMPLIFIED = 3.0
HEALED = 1.0 / 3.0
"""A clean place whose output error is this many times that of its inputs."""


@dataclass(frozen=True)
class Cell:
    """One value of the decoder at one step.

    Attributes:
        node, block, slot: where.
        step: from 0.
        introduced: relative L2 of the candidate's value against the reference decoder run on
            the candidate's own values before it.
        carried: relative L2 of that run against the reference's recorded value; None where
            the reference did not record it.
        total: relative L2 of candidate against reference; None likewise.
        floor: what rounding explains of `introduced`.
        verdict: ``introduced``, ``amplified``, ``carried``, ``healed`` or ``noise``.
        given: what the cut started from.
        nonfinite: the candidate's value holds NaN or Inf.
    """

    node: str
    block: str
    slot: str
    step: int
    introduced: float
    carried: float | None
    total: float | None
    floor: float
    verdict: str
    given: tuple[str, ...]
    nonfinite: bool = False

    @property
    def ratio(self) -> float:
        """Introduced error in units of the noise floor; inf when not finite."""
        return self.introduced / self.floor if np.isfinite(self.introduced) else float("inf")

    @property
    def faulty(self) -> bool:
        """True when the candidate does something else here."""
        return self.verdict == "introduced"

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "node": self.node, "block": self.block, "slot": self.slot, "step": self.step + 1,
            "introduced": self.introduced, "carried": self.carried, "total": self.total,
            "noise_floor": self.floor, "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True)
class IntroducedMap:
    """All cells that could be computed.

    Attributes:
        cells: in order of execution, step after step.
        skipped: cells that could not be computed, with the reason.
        assumed: inputs whose values were taken from elsewhere.
    """

    cells: tuple[Cell, ...]
    skipped: tuple[tuple[str, int, str], ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def faulty(self) -> tuple[Cell, ...]:
        """Cells where the candidate introduces an error."""
        return tuple(c for c in self.cells if c.faulty)

    def of_block(self, block: str, step: int) -> Cell | None:
        """The worst cell of a block at a step, by ratio to the floor."""
        cells = [c for c in self.cells if c.block == block and c.step == step]
        return max(cells, key=lambda c: c.ratio, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Cells as plain values, with what was skipped."""
        return {
            "cells": [c.to_dict() for c in self.cells],
            "skipped": [{"node": n, "step": s + 1, "reason": r} for n, s, r in self.skipped],
            "assumed": list(self.assumed),
        }


def map_errors(
    candidate: Isolator,
    reference: Isolator,
    *,
    steps: Collection[int] | None = None,
    progress: Progress | None = None,
) -> IntroducedMap:
    """Compute every recorded cell of the candidate in isolation.

    Args:
        candidate: runs the reference decoder on the candidate's values.
        reference: the same on the reference's, for its recorded values.
        steps: steps from 0; all when None.
        progress: may raise `Cancelled`.
    """
    targets = candidate.cells(steps)
    cells: list[Cell] = []
    skipped: list[tuple[str, int, str]] = []
    floors: dict[tuple[str, tuple[str, ...]], float] = {}
    cause = bool(differing_inputs(candidate, reference))
    for done, (node, step) in enumerate(targets):
        if progress is not None:
            progress(done, len(targets), f"Isolating {node} at step {step + 1}")
        try:
            cell = measure_cell(candidate, reference, node, step, floors)
        except Cancelled:
            raise
        except InspectorError as error:
            skipped.append((node, step, error.sentence))
            continue
        cause = cause or cell.faulty
        # rounding differs from the first step on: without a cause before it, it is noise
        cells.append(cell if cause or cell.faulty else replace(cell, verdict="noise"))
    return IntroducedMap(tuple(cells), tuple(skipped), candidate.assumed)


def measure_cell(
    candidate: Isolator,
    reference: Isolator,
    node: str,
    step: int,
    floors: dict[tuple[str, tuple[str, ...]], float] | None = None,
) -> Cell:
    """Measure one cell; see `Cell`.

    Args:
        candidate, reference: isolators.
        node, step: the cell, steps from 0.
        floors: noise floors of the same cut at other steps; reused where the verdict does
            not hang on them, because a floor takes three more runs.

    Raises:
        InspectorError: the cell cannot be computed from what is recorded.
    """
    cut = candidate.cut(node, step)
    own = _same_rows(candidate.recorded(node, step), cut)
    run = candidate.run(cut)[node]
    introduced = relative_l2(own, _like(run, own))
    known = None if floors is None else floors.get((node, cut.given))
    if known is None or 0.2 * known < introduced / NOISE_FACTOR < 50 * known:
        known = noise_floor(candidate, cut)
        if floors is not None:
            floors[node, cut.given] = known
    floor = known
    bound = reference.side.get(node, step)
    theirs = None
    if bound is not None:
        theirs = _same_rows(bound.read(), cut)
        theirs = theirs if theirs.shape == own.shape else None
    total = None if theirs is None else relative_l2(own, theirs)
    carried = None if theirs is None else relative_l2(_like(run, own), theirs)
    before = _input_error(reference, cut)
    verdict = _judge(introduced, floor, total, before)
    place = candidate.graph.node(node)
    return Cell(node, place.block, place.slot, step, introduced, carried, total, floor, verdict,
                cut.given, not bool(np.isfinite(own).all()))  # fmt: skip


def differing_inputs(candidate: Isolator, reference: Isolator) -> tuple[tuple[str, float], ...]:
    """Inputs of the first step that differ between the sides, with their relative L2.

    An input that only one side recorded is left out; other shapes count as inf.
    """
    step = min(candidate.side.steps, default=0)
    found = []
    for name in candidate.graph.inputs:
        theirs, own = reference.side.get(name, step), candidate.side.get(name, step)
        if name == "step" or theirs is None or own is None:
            continue
        a, b = theirs.read(), own.read()
        error = relative_l2(b, a) if a.shape == b.shape else float("inf")
        if not error <= INPUT_TOLERANCE:
            found.append((name, error))
    return tuple(found)


def _judge(introduced: float, floor: float, total: float | None, before: float | None) -> str:
    if not introduced <= NOISE_FACTOR * floor:  # NaN is not noise
        return "introduced"
    if total is None or total <= NOISE_FACTOR * floor:
        return "healed" if before is not None and before > NOISE_FACTOR * floor else "noise"
    if before is not None and before > 0:
        if total > AMPLIFIED * before:
            return "amplified"
        if total < HEALED * before:
            return "healed"
    return "carried"


def _input_error(reference: Isolator, cut: Cut) -> float | None:
    """The largest error among the values a cut starts from; None where none is known."""
    pool = reference.pool(cut.step)
    errors = [
        relative_l2(cut.pool[name], pool[name])
        for name in cut.given
        if name in cut.pool and name in pool and cut.pool[name].shape == pool[name].shape
    ]
    finite = [e for e in errors if np.isfinite(e)]
    return max(finite, default=None)


def _same_rows(value: Array, cut: Cut) -> Array:
    return value if cut.rows is None else value[: cut.rows]


def _like(run: Array, own: Array) -> Array:
    """`run` with the rows that `own` has."""
    return run[: own.shape[0]] if run.ndim == own.ndim and run.shape[0] > own.shape[0] else run
