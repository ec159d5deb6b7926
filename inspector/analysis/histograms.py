"""How the values and the errors of a pair are distributed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inspector.metrics.chunks import CHUNK, ChunkReader, ranges
from inspector.metrics.numbers import parts_of, subtract
from inspector.tensors import Array, freeze

_PER_DECADE = 4
_LOWEST, _HIGHEST = -324, 309
_MOST_BINS = 200


@dataclass(frozen=True)
class ValueHistogram:
    """Counts of finite values over common edges; real parts of complex values.

    Attributes:
        edges: borders of the bins [bins + 1], float64, rising; empty without a finite value.
        reference, candidate: counts per bin [bins]; the last bin holds its upper border too.
        excluded_reference, excluded_candidate: NaN and Inf values left out.
    """

    edges: Array
    reference: Array
    candidate: Array
    excluded_reference: int
    excluded_candidate: int

    def to_dict(self) -> dict[str, object]:
        """The histogram as plain JSON values."""
        return {
            "edges": self.edges.tolist(),
            "reference": self.reference.tolist(),
            "candidate": self.candidate.tolist(),
            "excluded_reference": self.excluded_reference,
            "excluded_candidate": self.excluded_candidate,
            "excluded": self.excluded_reference + self.excluded_candidate,
        }


@dataclass(frozen=True)
class ErrorHistogram:
    """Counts of ``log10 |candidate - reference|`` over the elements that differ.

    Attributes:
        edges: log10 of the error [bins + 1]; empty when nothing differs.
        counts: elements per bin [bins].
        zeros: elements without any error, which have no logarithm.
        excluded: elements where a side is NaN or Inf.
    """

    edges: Array
    counts: Array
    zeros: int
    excluded: int

    def to_dict(self) -> dict[str, object]:
        """The histogram as plain JSON values."""
        return {
            "edges": self.edges.tolist(),
            "counts": self.counts.tolist(),
            "zeros": self.zeros,
            "excluded": self.excluded,
        }


def value_histogram(reference: Array, candidate: Array, bins: int = 80) -> ValueHistogram:
    """Return both value distributions over `bins` equal bins of their common finite range.

    Arrays of any shape and numeric dtype, also of unequal sizes.
    """
    bounds = [b for b in (_bounds(reference), _bounds(candidate)) if b is not None]
    if not bounds:
        empty = freeze(np.zeros(0))
        none = freeze(np.zeros(0, np.int64))
        return ValueHistogram(empty, none, none, reference.size, candidate.size)
    low, high = min(b[0] for b in bounds), max(b[1] for b in bounds)
    if not high / 2 - low / 2 > 0.0:  # a constant: give it room on either side
        room = max(abs(low) * 1e-3, 1e-9)
        low, high = low - room, high + room
    share = np.linspace(0.0, 1.0, bins + 1)
    # Written so that the full range of float64 does not overflow.
    edges = low * (1.0 - share) + high * share
    one, out_one = _count(reference, low, high, bins)
    two, out_two = _count(candidate, low, high, bins)
    return ValueHistogram(freeze(edges), freeze(one), freeze(two), out_one, out_two)


def error_histogram(reference: Array, candidate: Array) -> ErrorHistogram:
    """Return the distribution of ``log10 |error|`` in quarter decades, in one run.

    Args:
        reference, candidate: values of equal shape.
    """
    span = (_HIGHEST - _LOWEST) * _PER_DECADE
    counts = np.zeros(span, np.int64)
    zeros = excluded = 0
    readers = ChunkReader(reference), ChunkReader(candidate)
    with np.errstate(all="ignore"):
        for start, stop in ranges(reference.size):
            left, right = (r.read(start, stop) for r in readers)
            finite = np.isfinite(left) & np.isfinite(right)
            if not finite.all():
                excluded += int(finite.size - np.count_nonzero(finite))
                left, right = left[finite], right[finite]
            error = _error_size(left, right)
            some = error[error > 0]
            zeros += error.size - some.size
            # An error beyond the range of float64 belongs into the last bin.
            place = (np.log10(np.minimum(some, 1.7e308)) - _LOWEST) * _PER_DECADE
            counts += np.bincount(np.clip(place.astype(np.int64), 0, span - 1), minlength=span)
    used = np.flatnonzero(counts)
    if used.size == 0:
        return ErrorHistogram(freeze(np.zeros(0)), freeze(np.zeros(0, np.int64)), zeros, excluded)
    first, last = int(used[0]), int(used[-1]) + 1
    step = math.ceil((last - first) / _MOST_BINS)
    last = first + math.ceil((last - first) / step) * step
    kept = np.zeros(last - first, np.int64)
    kept[: min(last, span) - first] = counts[first:last]
    edges = _LOWEST + np.arange(first, last + 1, step) / _PER_DECADE
    return ErrorHistogram(freeze(edges), freeze(kept.reshape(-1, step).sum(1)), zeros, excluded)


def _error_size(left: Array, right: Array) -> Array:
    if "c" in left.dtype.kind + right.dtype.kind:
        return np.abs(right.astype(np.complex128) - left.astype(np.complex128))
    out = np.empty(left.shape)
    subtract(left, right, left.astype(np.float64), right.astype(np.float64), out)
    return np.abs(out, out=out)


def _bounds(array: Array) -> tuple[float, float] | None:
    low, high = math.inf, -math.inf
    reader = ChunkReader(array)
    for start, stop in ranges(array.size):
        piece = parts_of(reader.read(start, stop))[0]
        piece = piece[np.isfinite(piece)]
        if piece.size:
            low, high = min(low, float(piece.min())), max(high, float(piece.max()))
    return (low, high) if low <= high else None


def _count(array: Array, low: float, high: float, bins: int) -> tuple[Array, int]:
    counts = np.zeros(bins, np.int64)
    excluded = 0
    reader = ChunkReader(array, CHUNK)
    # Halves keep the width finite over the full range of float64.
    half_low, half_width = low / 2, high / 2 - low / 2
    for start, stop in ranges(array.size):
        piece = parts_of(reader.read(start, stop))[0]
        finite = np.isfinite(piece)
        if not finite.all():
            excluded += int(finite.size - np.count_nonzero(finite))
            piece = piece[finite]
        place = (piece.astype(np.float64) / 2 - half_low) / half_width * bins
        counts += np.bincount(np.clip(place.astype(np.int64), 0, bins - 1), minlength=bins)
    return counts, excluded
