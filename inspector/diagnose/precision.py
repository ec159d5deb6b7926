"""Recognise a run in half precision: every place errs by what half precision explains."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inspector.diagnose.search import Log
from inspector.diagnose.suspect import STATISTICAL, Suspect
from inspector.diagnose.trial import Bench
from inspector.live.introduced import Cell, IntroducedMap
from inspector.live.noise import noise_floor
from inspector.tensors import Progress

HALF_PRECISIONS = ("float16", "bfloat16")
HALF_FACTOR = 6.0
"""An error up to this many half-precision floors is rounding in half precision."""

_COARSEST = 0.1
"""No place loses more than this to half precision: bfloat16 costs 1e-2 at most places."""

_NEARLY_ALL = 0.7
_SOLVER = frozenset({"ode.t_span", "ode.t", "ode.dt", "ode.v_cfg", "ode.x_after"})
"""Values that may stay in float32 in a half-precision port."""


@dataclass(frozen=True)
class PrecisionFinding:
    """A half-precision run.

    Attributes:
        suspect: the control that explains the run.
        left: cells that err by more, with the half-precision floor as their noise floor.
    """

    suspect: Suspect
    left: tuple[Cell, ...]


def explain_by_precision(
    errors: IntroducedMap, bench: Bench, log: Log, progress: Progress
) -> PrecisionFinding | None:
    """Explain faulty cells by half precision, where nearly every place is faulty.

    A mistake sits at some places; rounding sits everywhere.  So most places of the decoder
    have to err, and most of them by no more than the decoder run in half precision does.
    """
    inner = [c for c in errors.cells if c.node not in _SOLVER]
    faulty = [c for c in errors.faulty if c.node not in _SOLVER]
    nodes = {c.node for c in inner}
    if not faulty or len({c.node for c in faulty}) < _NEARLY_ALL * len(nodes):
        return None
    coarse = sum(not c.introduced <= _COARSEST for c in faulty)
    if coarse > (1 - _NEARLY_ALL) * len(faulty):
        return None
    best: tuple[tuple[int, float], str, list[Cell]] | None = None
    for precision in HALF_PRECISIONS:
        floors = []
        for done, cell in enumerate(faulty):
            progress(done, len(faulty), f"Measuring what {precision} explains at {cell.node}")
            floors.append(noise_floor(bench.isolator, bench.cut(cell), precision))
        within = [c for c, f in zip(faulty, floors, strict=True) if c.introduced <= HALF_FACTOR * f]
        ratios = [c.introduced / f for c, f in zip(faulty, floors, strict=True)]
        typical = float(np.median(ratios))
        log(f"{precision} explains {len(within)} of {len(faulty)} places "
            f"(typical error {typical:.2g} of what it would cost).")  # fmt: skip
        if len(within) < _NEARLY_ALL * len(faulty):
            continue
        raised = [replace(c, floor=f) for c, f in zip(faulty, floors, strict=True)]
        rank = (len(faulty) - len(within), abs(float(np.log(max(typical, 1e-9)))))
        if best is None or rank < best[0]:
            best = (rank, precision, raised)
    if best is None:
        return None
    _, precision, raised = best
    solver = [c for c in errors.faulty if c.node in _SOLVER]
    floors = [noise_floor(bench.isolator, bench.cut(c), precision) for c in solver]
    raised += [replace(c, floor=f) for c, f in zip(solver, floors, strict=True)]
    left = tuple(c for c in raised if not c.introduced <= HALF_FACTOR * c.floor)
    explained = [c for c in raised if c.introduced <= HALF_FACTOR * c.floor]
    return PrecisionFinding(_suspect(precision, explained), left)


def _suspect(precision: str, cells: list[Cell]) -> Suspect:
    error = float(np.median([c.introduced for c in cells]))
    floor = float(np.median([c.floor for c in cells]))
    return Suspect(
        f"run_in_{precision}", f"Run in {precision}",
        f"Weights and activations are held in {precision}.", "precision",
        tuple(dict.fromkeys(c.block for c in cells)), "all", 1.0, error, floor, 1.0, STATISTICAL,
        len(cells), ("DT01", "R42"), (), "control",
        f"Every place errs by about {error:.1e}, which is what {precision} costs ({floor:.1e}): "
        f"this is a {precision} run, not a mistake.",
    )  # fmt: skip
