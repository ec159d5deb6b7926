"""One pair of arrays, prepared for trying many hypotheses on it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from inspector.diagnose.form.context import FormContext
from inspector.tensors import Array

SCREEN_ABOVE = 4_000_000
"""Elements above which hypotheses are screened on a sample of places."""
_SAMPLE = 262_144
_FEATURES = 256
COMPLEX = "Z"
"""Letter of the axis of real and imaginary parts."""
_LARGE, _TINY = 1e100, 1e-100


@dataclass(frozen=True)
class Case:
    """Reference and candidate of one shape, with the places at which they are judged.

    Attributes:
        source: the reference as it is stored; its shape may differ from the candidate's.
        reference: the same values in the shape of the candidate.
        candidate: the candidate's values.
        context: what else is known.
        places: indexes of the judged places, one array per axis; None for all.
        unit: what both sides were divided by.
    """

    source: Array
    reference: Array
    candidate: Array
    context: FormContext = field(default_factory=FormContext)
    places: tuple[Array, ...] | None = None
    unit: float = 1.0

    @property
    def shape(self) -> tuple[int, ...]:
        """The common shape."""
        return self.candidate.shape

    @property
    def exact(self) -> bool:
        """True for identifiers and counts, where near is not good enough."""
        return self.context.identifiers

    @cached_property
    def r(self) -> Array:
        """Reference at the judged places, float64 [M]."""
        return self.at(self.reference)

    @cached_property
    def c(self) -> Array:
        """Candidate at the judged places, float64 [M]."""
        return self.at(self.candidate)

    @cached_property
    def finite(self) -> Array:
        """Where both sides are finite, bool [M]."""
        return np.isfinite(self.r) & np.isfinite(self.c)

    @cached_property
    def both(self) -> tuple[Array, Array]:
        """Reference and candidate where both are finite, float64."""
        if self.finite.all():
            return self.r, self.c
        return self.r[self.finite], self.c[self.finite]

    @cached_property
    def outside(self) -> Array:
        """Where the candidate is beyond the tolerance of the reference, bool [...]."""
        tolerance, (r, c) = self.context.tolerance, (self.reference, self.candidate)
        rms = float(np.sqrt(np.square(self.both[0]).mean())) if self.both[0].size else 0.0
        with np.errstate(all="ignore"):
            error = np.abs(c - r)
            limit = tolerance.absolute(rms) + tolerance.rtol * np.abs(r)
            return ~((error <= limit) | (r == c) | (np.isnan(r) & np.isnan(c)))

    def at(self, array: Array) -> Array:
        """`array` (any view of the common shape) at the judged places, as float64 [M]."""
        if self.places is None:
            return np.asarray(array, np.float64).reshape(-1)
        return np.asarray(array[self.places], np.float64)

    def whole(self) -> Case:
        """The same pair judged at every place."""
        return replace(self, places=None)

    def axes(self, letters: str = "") -> list[int]:
        """Axes longer than 1: those of `letters`, or all when the letters are unknown."""
        found = [a for a, n in enumerate(self.shape) if n > 1]
        if not letters or len(self.context.letters) != len(self.shape):
            return found
        return [a for a in found if self.context.letters[a] in letters]

    def features(self, axis: int) -> tuple[Array, Array]:
        """Both sides as float64 [n, m]: every slice of `axis` at the same m <= 256 places."""
        n = self.shape[axis]
        rest = self.candidate.size // n
        columns = np.arange(rest)
        if rest > _FEATURES:
            columns = np.sort(np.random.default_rng(1).choice(rest, _FEATURES, replace=False))
        shape = tuple(s for a, s in enumerate(self.shape) if a != axis)
        index = np.unravel_index(columns, shape) if shape else (np.zeros(1, int),)
        sides = []
        for side in (self.reference, self.candidate):
            moved = np.moveaxis(side, axis, 0)
            picked = moved[(slice(None), *index)] if shape else moved[:, None]
            sides.append(np.nan_to_num(np.asarray(picked, np.float64), posinf=0.0, neginf=0.0))
        return sides[0], sides[1]


def prepare(source: Array, candidate: Array, context: FormContext) -> Case:
    """Return the case of two arrays of equal size.

    Complex values become a last axis of real and imaginary parts, booleans 0 and 1; values
    beyond 1e100 or all below 1e-100 are scaled, so that no square overflows or vanishes.
    """
    split = source.dtype.kind == "c" or candidate.dtype.kind == "c"
    sides = [_real(source, split), _real(candidate, split)]
    unit = _unit(sides)
    if unit != 1.0:
        sides = [side / unit for side in sides]
    if split:
        letters = context.letters or "?" * source.ndim
        context = replace(context, letters=f"{letters}{COMPLEX}")
    reference = sides[0]
    if reference.shape != sides[1].shape:
        reference = reference.reshape(sides[1].shape)
    places = None
    if reference.size > SCREEN_ABOVE:
        flat = np.random.default_rng(0).integers(0, reference.size, _SAMPLE)
        places = np.unravel_index(np.sort(flat), reference.shape)
    return Case(sides[0], reference, sides[1], context, places, unit)


def _real(array: Array, split: bool) -> Array:
    if split:
        array = np.stack([np.real(array), np.imag(array)], axis=-1)
    if array.size > SCREEN_ABOVE and array.dtype.kind == "f":
        return array
    return np.ascontiguousarray(array, np.float64)


def _unit(sides: list[Array]) -> float:
    largest = 0.0
    for side in sides:
        if side.dtype != np.float64:  # float32 squares fit into float64
            continue
        finite = np.abs(side[np.isfinite(side)])
        largest = max(largest, float(finite.max()) if finite.size else 0.0)
    return 1.0 if largest == 0.0 or _TINY < largest < _LARGE else largest
