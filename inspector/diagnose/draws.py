"""Weights that never arrived: a fresh draw cannot be reproduced, but its effect can.

A module that kept its initialisation holds random numbers.  No run gives the candidate's
values, yet several draws show what such a module does to them: how far they end up from
every value on the way, and how they correlate with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from inspector.diagnose.hypotheses import Hypotheses, Hypothesis
from inspector.diagnose.trial import Bench
from inspector.errors import UsageError
from inspector.faults.edit import Edit, WeightChange
from inspector.live.introduced import Cell
from inspector.tensors import Array

DRAWS = 4
_SPREAD = 0.04
"""Smallest standard deviation of a feature: four draws understate it."""

ACCEPTED = 2.4
"""Typical distance of the candidate from the draws, in standard deviations, up to which it
may be one of them."""

FAR_AWAY = 8.0
"""The unchanged decoder has to be at least this far away where what was found elsewhere is
only confirmed."""

AHEAD, LEAST = 10.0, 0.5
"""The unchanged decoder has to be this many times further from the draws than the candidate,
whose own distance counts as `LEAST` at least.  Planted at one place of a seeded and of the
trained decoder, 210 of 224 draws of a layer, a bias or a group are named, 3 of them wrongly;
of 624 mistakes that draw nothing, 255 would pass for a draw if no registered mistake gave their
values.  12 gives 184, 5 and 209; 8 gives 218, 1 and 303."""

_FAR, _TOO_FAR = 0.15, 8.0
"""Spread that features of a draw do not reach, and so many of it that rule a set out."""

_OCCAM = 0.5
TYPICAL = 1.6
"""Scores that the true groups reach: among fits this good the smallest set is taken."""

_MOST_PARTS = 5
_NEAREST = 16
"""Sets of groups that are drawn more than once: those whose first draw comes nearest."""


@dataclass(frozen=True)
class DrawFit:
    """How well fresh weights of some modules explain a cell.

    Attributes:
        parts: the unloaded groups.
        score: root mean square distance of the candidate's features from the draws.
        explained: share of the distance from the healthy run that is gone.
        alike: keys of other groups that fit too, alone or with others.
        layers: places of the same mistake, each of which fits alone about as well; empty
            where only one does.
    """

    parts: tuple[Hypothesis, ...]
    score: float
    explained: float
    alike: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


def fit_draws(
    bench: Bench,
    hypotheses: Hypotheses,
    cells: Sequence[Cell],
    options: Sequence[Hypothesis],
    *,
    layers: Sequence[Hypothesis] = (),
    at_once: bool = False,
    accepted: float = ACCEPTED,
    over: Callable[[], bool] = lambda: False,
) -> tuple[DrawFit | None, float]:
    """The unloaded groups whose draws behave like the candidate.

    Args:
        bench: runs hypotheses.
        hypotheses: makes edits.
        cells: cells that the same options act on; they are judged together.
        options: groups of weights that may be drawn anew.
        layers: groups at one of their layers, each tried on its own.
        accepted: largest score of a fit.
        at_once: confirm all options at once instead of trying every set of them.
        over: asked before each draw; True ends the search without a fit.

    Returns:
        The best fit, or None when no draw comes near; and the next best score.
    """
    scenes = _Scenes(bench, [c for c in cells if np.isfinite(bench.own(c)).all()])
    if not scenes.cells:
        return None, float("inf")
    # one draw of each set is enough to see which cannot be the candidate
    sets: list[tuple[float, tuple[Hypothesis, ...], Edit, Array]] = []
    groups = [tuple(options)] if at_once else _groups(options)
    for parts in [*groups, *((layer,) for layer in layers)]:
        if over():
            return None, float("inf")
        edit = together(hypotheses, parts)
        first = None if edit is None else scenes.draw(edit, 1)
        if edit is not None and first is not None:
            distance = _rms((scenes.target - first) / _FAR)
            if distance <= _TOO_FAR:
                sets.append((distance, parts, edit, first))
    sets.sort(key=lambda entry: entry[0])
    fits = []
    for _, parts, edit, first in sets[:_NEAREST]:
        if over():
            return None, float("inf")
        more = [scenes.draw(edit, seed) for seed in range(2, DRAWS + 1)]
        drawn = [first, *(d for d in more if d is not None)]
        if len(drawn) < DRAWS:
            continue
        mean, spread = np.mean(drawn, 0), np.maximum(np.std(drawn, 0, ddof=1), _SPREAD)
        score = _rms((scenes.target - mean) / spread)
        whole = _rms((scenes.target - scenes.start) / spread)
        if whole >= (FAR_AWAY if at_once else AHEAD * max(score, LEAST)):
            fits.append(DrawFit(parts, score, 1.0 - (score / whole) ** 2))
    return _best(fits, accepted)


def _best(fits: Sequence[DrawFit], accepted: float) -> tuple[DrawFit | None, float]:
    """The smallest set among those that fit about as well as the best, and the next score."""
    if not fits:
        return None, float("inf")
    lowest = min(f.score for f in fits)
    near = [f for f in fits if f.score <= max(lowest + _OCCAM, TYPICAL)]
    best = min(near, key=lambda f: (len(f.parts), f.score))
    if best.score > accepted:
        return None, best.score
    mine = {h.fault.group for h in best.parts}
    others = [f for f in fits if {h.fault.group for h in f.parts} != mine]
    fitting = [h.fault.key for f in others if f.score <= ACCEPTED for h in f.parts]
    alike = tuple(k for k in dict.fromkeys(fitting) if k not in {h.fault.key for h in best.parts})
    layers = _one_of(best, near)
    return (
        replace(best, alike=alike, layers=layers),
        min((f.score for f in others), default=float("inf")),
    )


def _one_of(best: DrawFit, near: Sequence[DrawFit]) -> tuple[str, ...]:
    """Places at which the mistake of `best` fits as well; empty when nothing else does."""
    key = best.parts[0].fault.key
    same = [f.parts[0].places for f in near if len(f.parts) == 1 and f.parts[0].fault.key == key]
    if len(best.parts) > 1 or len(same) < 2:
        return ()
    return tuple(sorted({place for places in same for place in places}))


class _Scenes:
    """Cells with the values on the way to each in the healthy decoder.

    Attributes:
        cells: the cells.
        target, start: features of the candidate's values and of the healthy decoder's.
    """

    def __init__(self, bench: Bench, cells: Sequence[Cell]) -> None:
        self.bench = bench
        self.groups = bench.twins(cells)
        self.cells = [cell for group in self.groups for cell in group]
        self._places = [_place(bench, cell) for cell in self.cells]
        self.target = self._features([bench.own(cell) for cell in self.cells])
        self.start = self._features([base for base, _ in self._places])

    def draw(self, edit: Edit, seed: int) -> Array | None:
        """Features with the random values of `edit` drawn anew; None where it cannot run."""
        redrawn = edit.with_seed(seed)
        values = [v for group in self.groups for v in self.bench.values(group, redrawn)]
        found = [v for v in values if v is not None and np.isfinite(v).all()]
        return self._features(found) if len(found) == len(self.cells) else None

    def _features(self, values: Sequence[Array]) -> Array:
        parts = zip(values, self._places, strict=True)
        return np.concatenate([np.empty(0), *(_features(v, marks, b) for v, (b, marks) in parts)])


def _place(bench: Bench, cell: Cell) -> tuple[Array, list[Array]]:
    """The healthy value of a cell, and the values on the way to it that have its shape."""
    cut, own = bench.cut(cell), bench.own(cell)
    run = bench.unchanged([cell])
    on_the_way = [run[n.name] for n in cut.graph.nodes if n.name in run]
    known = [*on_the_way, *(cut.pool[n] for n in cut.given if n in cut.pool)]
    rows = own.shape[0]
    marks = [v[:rows] for v in known if v.ndim == own.ndim and v.shape[1:] == own.shape[1:]]
    return run[cell.node][:rows], marks


def _groups(options: Sequence[Hypothesis]) -> list[tuple[Hypothesis, ...]]:
    """Every option alone, and every set of unloaded groups that do not overlap."""
    found: list[tuple[Hypothesis, ...]] = [(option,) for option in options]
    groups = [h for h in options if any(is_matrix_draw(c) for c in h.edit.weights)]
    for size in range(2, min(_MOST_PARTS, len(groups)) + 1):
        for parts in combinations(groups, size):
            keys = [k for h in parts for k in h.touched.keys]
            if len(keys) == len(set(keys)):
                found.append(parts)
    return found


def is_matrix_draw(change: WeightChange) -> bool:
    """True for a weight (not a bias) that is drawn anew."""
    return change.kind == "uniform" and change.key.endswith(".weight")


def together(hypotheses: Hypotheses, parts: Sequence[Hypothesis]) -> Edit | None:
    """All parts in one edit; None when they cannot be combined."""
    edit = parts[0].edit
    for part in parts[1:]:
        try:
            after = part.fault.apply(edit.graph, part.places, hypotheses.shapes)
        except UsageError:
            return None
        edit = edit.joined(after)
    return edit


def _features(value: Array, marks: Sequence[Array], base: Array) -> Array:
    """Where a value lies: log distances to values on the way, and correlations with them."""
    y = np.asarray(value, np.float64)
    scale = float(np.sqrt(np.mean(np.asarray(base, np.float64) ** 2))) or 1.0
    features = [np.log(_rms(y) / scale + 1e-6), float(y.mean()) / scale]
    error = y - np.asarray(base, np.float64)
    whole = _rms(error) or 1.0
    # a lost bias errs alike at every frame, a mask alike in every channel
    features += [_rms(error.mean(axis=a)) / whole for a in range(1, error.ndim)]
    for mark in marks:
        m = np.broadcast_to(np.asarray(mark, np.float64), y.shape)
        features.append(np.log(_rms(y - m) / scale + 1e-3))
        features.append(_correlation(y, m))
    return np.array(features)


def _rms(value: Array) -> float:
    return float(np.sqrt(np.mean(value**2)))


def _correlation(a: Array, b: Array) -> float:
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / norm if norm else 0.0
