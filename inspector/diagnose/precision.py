"""Recognise a run in half precision: every place errs by what half precision explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inspector.diagnose.hypotheses import Hypothesis
from inspector.diagnose.search import Search
from inspector.diagnose.suspect import STATISTICAL, Suspect
from inspector.diagnose.trial import Bench
from inspector.diagnose.weight_grid import round_to
from inspector.live.introduced import NOISE_FACTOR, Cell, IntroducedMap
from inspector.live.noise import Rounding, measure_rounding, noise_floor
from inspector.tensors import Array

HALF_PRECISIONS = ("float16", "bfloat16")
HALF_FACTOR = 6.0
"""An error up to this many half-precision floors may be rounding in half precision."""

_LEAST = 1e-12
_TYPICAL = (0.4, 2.2)
"""Range of the median error over that of our own run in half precision.  Healthy MLX runs of
the small decoder and of the demo in float16 and bfloat16 lie at 1.01 to 1.23, a bias invented
everywhere at 3.0 and more, a tanh GELU at 0.03 to 0.09."""

_SHARED = 0.12
"""Smallest median correlation with the errors of our own run in half precision, which rounds
the same weights: 0.15 to 0.58 for healthy MLX runs, 0.03 and less for an invented bias."""

_COARSEST = 0.1
"""No place loses more than this to half precision: bfloat16 costs 1e-2 at most places."""

_NEARLY_ALL = 0.7
_SOLVER = frozenset({"ode.t_span", "ode.t", "ode.dt", "ode.v_cfg", "ode.x_after"})
"""Values that may stay in float32 in a half-precision port."""

_FAULTS = 4
_EXPLAINED = 0.99
"""A mistake beside half precision explains nearly all of an error, or it is none."""


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
    errors: IntroducedMap, search: Search, *, with_faults: bool = False, on_grid_only: bool = False
) -> PrecisionFinding | None:
    """Explain faulty cells by half precision, where nearly every place is faulty.

    A mistake sits at some places; rounding sits everywhere.  So most places of the decoder
    have to err, and most of them by no more than the decoder run in half precision does.

    A mistake may sit beside it: then cells count that err by no more than the decoder does
    with one of the mistakes that came closest so far.  Two mistakes in single precision can
    look the same, so this is asked for values on the grid of a half precision, and for
    others (`with_faults`) once nothing else explains them.

    Args:
        errors: the map.
        search: with the trials of the first cells.
        with_faults: allow for a mistake whatever grid the values lie on.
        on_grid_only: ask only where the values lie on the grid of a half precision.
    """
    inner = [c for c in errors.cells if c.node not in _SOLVER]
    faulty = [c for c in errors.faulty if c.node not in _SOLVER]
    nodes = {c.node for c in inner}
    if not faulty or len({c.node for c in faulty}) < _NEARLY_ALL * len(nodes):
        return None
    best: tuple[tuple[int, float], str, list[Cell]] | None = None
    for precision in HALF_PRECISIONS:
        held = _on_grid(faulty, search.bench, precision)
        if on_grid_only and not held:
            continue
        judged = _judge(faulty, search, precision, _closest(search) if held or with_faults else [])
        if judged is None:
            continue
        raised, residuals, sizes, shared = judged
        ratios = [r / c.floor for c, r in zip(raised, residuals, strict=True)]
        within = sum(r <= HALF_FACTOR for r in ratios)
        typical = float(np.median([r / s for r, s in zip(residuals, sizes, strict=True)]))
        search.log(f"{precision} explains {within} of {len(faulty)} places (typical error "
                   f"{typical:.2g} of what it would cost, correlation with it {shared:.2f}"
                   f"{', values on its grid' if held else ''}).")  # fmt: skip
        if within < _NEARLY_ALL * len(faulty) or not _TYPICAL[0] <= typical <= _TYPICAL[1]:
            continue
        if not (held or shared >= _SHARED):
            continue
        rank = (len(faulty) - within, abs(float(np.log(max(typical, 1e-9)))))
        if best is None or rank < best[0]:
            best = (rank, precision, raised)
    if best is None:
        return None
    _, precision, raised = best
    solver = [c for c in errors.faulty if c.node in _SOLVER]
    floors = [_floor(search.bench, c, precision) for c in solver]
    raised += [replace(c, floor=f) for c, f in zip(solver, floors, strict=True)]
    # what lies between is noise for the search too, which asks for as many floors
    left = tuple(c for c in raised if not c.introduced <= NOISE_FACTOR * c.floor)
    explained = [c for c in raised if c.introduced <= NOISE_FACTOR * c.floor]
    return PrecisionFinding(_suspect(precision, explained or raised, left), left)


def _judge(
    cells: Sequence[Cell], search: Search, precision: str, faults: Sequence[Hypothesis]
) -> tuple[list[Cell], list[float], list[float], float] | None:
    """Cells with the floor of `precision`, what is left of their errors, the errors of our own
    run, and the median correlation of errors that no mistake explains with these.

    None when most err by more than half precision can cost.
    """
    raised: list[Cell] = []
    residuals: list[float] = []
    sizes: list[float] = []
    shared: list[float] = []
    coarse = 0
    for done, cell in enumerate(cells):
        search.progress(done, len(cells), f"Measuring what {precision} explains at {cell.node}")
        bench = search.bench
        rounding = measure_rounding(bench.isolator, bench.cut(cell), precision)
        at = replace(cell, floor=rounding.floor)
        residual = cell.introduced
        if residual <= HALF_FACTOR * at.floor:
            shared.append(_shared(bench.own(cell), rounding))
        else:
            residual = min((_beside(at, f, search) for f in faults), default=residual)
        coarse += not residual <= _COARSEST
        if coarse > (1 - _NEARLY_ALL) * len(cells):
            return None
        raised.append(at)
        residuals.append(residual)
        norms = np.linalg.norm(rounding.error.ravel()), np.linalg.norm(rounding.exact.ravel())
        sizes.append(max(float(norms[0] / norms[1]) if norms[1] else 0.0, _LEAST))
    return raised, residuals, sizes, float(np.median(shared)) if shared else 0.0


def _shared(own: Array, rounding: Rounding) -> float:
    """Correlation of a value's error with that of our own run in half precision."""
    rows = slice(own.shape[0] if own.ndim else None)
    if own.ndim == 0 or rounding.exact[rows].shape != own.shape:
        return 0.0
    error = (own.astype(np.float64) - rounding.exact[rows]).ravel()
    ours = rounding.error[rows].ravel()
    size = float(np.linalg.norm(error) * np.linalg.norm(ours))
    return float(error @ ours) / size if size > 0 else 0.0


def _beside(cell: Cell, fault: Hypothesis, search: Search) -> float:
    """What a mistake leaves of a cell's error; the whole error where it does not explain it."""
    inside = search.inside(fault, cell)
    if inside is None:
        return cell.introduced
    trial = search.bench.attempt(cell, inside.edit)
    return trial.residual if trial.explained >= _EXPLAINED else cell.introduced


def _closest(search: Search) -> list[Hypothesis]:
    """The mistakes that explain most of the cells tried so far, one entry per fault."""
    best: dict[str, tuple[float, Hypothesis]] = {}
    for results in search.tried.values():
        for option, trial in results:
            share = 1.0 - trial.explained
            if share <= 1.0 - _EXPLAINED and share < best.get(option.fault.key, (1.0, option))[0]:
                best[option.fault.key] = (share, option)
    ordered = sorted(best.values(), key=lambda entry: entry[0])
    return [option for _, option in ordered[:_FAULTS]]


def _on_grid(cells: Sequence[Cell], bench: Bench, precision: str) -> bool:
    """True when nearly all of the values were held in `precision` before they were stored."""
    held = [_is_held(bench.own(cell), precision) for cell in cells]
    return sum(held) >= _NEARLY_ALL * len(held)


def _is_held(values: Array, precision: str) -> bool:
    finite = values[np.isfinite(values)].astype(np.float32)
    return finite.size > 0 and bool(np.array_equal(round_to(finite, precision), finite))


def _floor(bench: Bench, cell: Cell, precision: str) -> float:
    return noise_floor(bench.isolator, bench.cut(cell), precision)


def _suspect(precision: str, cells: Sequence[Cell], left: Sequence[Cell]) -> Suspect:
    error = float(np.median([c.introduced for c in cells]))
    floor = float(np.median([c.floor for c in cells]))
    sentence = (
        f"{'Every place errs' if not left else 'Places without a mistake err'} by about "
        f"{error:.1e}, which is what {precision} costs ({floor:.1e}): this is a {precision} run, "
        "not a mistake."
    )
    if len(cells) == len(left):
        sentence = (
            f"What is left of every error is what {precision} costs ({floor:.1e}): this is a "
            f"{precision} run, which is no mistake in itself."
        )
    return Suspect(
        f"run_in_{precision}", f"Run in {precision}",
        f"Weights and activations are held in {precision}.", "precision",
        tuple(dict.fromkeys(c.block for c in cells)), "all", 1.0, error, floor, 1.0, STATISTICAL,
        len(cells), ("DT01", "R42"), (), "control", sentence,
    )  # fmt: skip
