"""A hypothesis that predicts the candidate, and what is left when it is applied."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.tensors import Array

FEWEST_PER_PARAMETER = 8
"""Values that each fitted number must account for before a fit counts at all."""
FEWEST_VALUES = 4
_PRINTED = 65536


@dataclass(frozen=True)
class Guess:
    """What a family of hypotheses proposes.

    Attributes:
        predict: gives the candidate that the hypothesis makes of the reference, in the
            common shape; None for an observation.
        spread: sum of squares of the candidate that the same fit leaves without looking at
            the reference; by default that of its mean.  A hypothesis has to beat it: a gain
            near 0 "explains" half of the error between unrelated tensors.
        judged: bool, broadcastable to the common shape: where the prediction means something.
        observed: confidence of an observation, which predicts nothing.
        most: the highest confidence that a fit of this kind can reach.
        least: share it has to explain beyond chance before it is worth saying.
        nearly: share from which it is likely rather than possible.
    """

    key: str
    title: str
    sentence: str
    predict: Callable[[], Array] | None
    parameters: int = 0
    kind: str = "cause"
    evidence: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    records: tuple[str, ...] = ()
    harmless: bool = False
    spread: float | None = None
    judged: Array | None = None
    observed: str = ""
    most: str = "certain"
    least: float = 0.5
    nearly: float = 0.9


@dataclass(frozen=True)
class Judged:
    """A guess with its numbers.

    Attributes:
        energy: sum of squared errors left (number of unequal values for identifiers), scaled
            to all places; None for an observation.
        whole: the same before.
        beyond: share explained beyond what the simplest predictions do, and beyond what as
            many random numbers would.
        passes: what is left is within the tolerance of the pair everywhere.
        squares: sum of squared errors left, also for identifiers, scaled to all places.
        print: hash of the prediction, to see that two guesses say the same.
        telling: judged places that differ by more than the tolerance.
    """

    guess: Guess
    energy: float | None
    whole: float
    beyond: float
    passes: bool
    squares: float
    print: str = ""
    telling: int = 0


def judge(case: Case, guess: Guess) -> Judged | None:
    """Apply `guess` to the reference and measure what is left; None when it says nothing."""
    whole = _energy(case, *case.both)
    if guess.predict is None:
        left = float(np.square(case.both[1] - case.both[0]).sum())
        return Judged(guess, None, whole, 0.0, False, left)
    with np.errstate(all="ignore"):
        predicted = case.at(guess.predict())
    keep = case.finite & np.isfinite(predicted)
    if guess.judged is not None:
        keep &= case.at(np.broadcast_to(guess.judged, case.shape)) != 0.0
    count, finite = int(keep.sum()), int(case.finite.sum())
    if count < FEWEST_VALUES or (count * 2 < finite and guess.kind != "place"):
        return None
    if guess.parameters * FEWEST_PER_PARAMETER > count and guess.kind == "cause":
        return None
    if whole == 0.0:
        return None
    r, c, p = case.r[keep], case.c[keep], predicted[keep]
    before = _energy(case, r, c)
    if before == 0.0 and guess.kind != "place":
        return None
    left = _energy(case, p, c)
    base = before
    if guess.kind == "cause":
        spread = _spread(case, c) if guess.spread is None or case.exact else guess.spread
        base = min(before, spread)
    beyond = 0.0
    if base > 0.0:
        chance = max(1.0 - guess.parameters / count, 1e-3)
        beyond = 1.0 - left / (base * chance)
    scale = finite / count
    return Judged(
        guess, left * scale, whole, beyond, within(case, p, c),
        float(np.square(c - p).sum()) * scale,
        _print(p), int(np.count_nonzero(case.at(case.outside)[keep])),
    )  # fmt: skip


def _print(p: Array) -> str:
    part = np.ascontiguousarray(p[:: max(1, p.size // _PRINTED)] + 0.0)  # -0 is 0
    return hashlib.sha1(part.tobytes(), usedforsecurity=False).hexdigest()


def _energy(case: Case, first: Array, second: Array) -> float:
    if case.exact:
        return float(np.count_nonzero(first != second))
    return float(np.square(second - first).sum())


def _spread(case: Case, c: Array) -> float:
    if case.exact:
        _, counts = np.unique(c, return_counts=True)
        return float(c.size - counts.max())
    return float(np.square(c - c.mean()).sum())


def within(case: Case, p: Array, c: Array) -> bool:
    """Whether the values `c` are within the tolerance of the pair around the prediction `p`."""
    tolerance = case.context.tolerance
    if case.exact:
        return bool(np.array_equal(p, c))
    absolute = tolerance.absolute(float(np.sqrt(np.square(p).mean())))
    return bool((np.abs(c - p) <= absolute + tolerance.rtol * np.abs(p)).all())
