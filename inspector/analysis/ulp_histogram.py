"""How many units in the last place the elements of a pair lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.metrics.chunks import ChunkReader, ranges
from inspector.metrics.numbers import parts_of
from inspector.metrics.ulp import ulp_steps
from inspector.tensors import Array, freeze

_MOST = 65


@dataclass(frozen=True)
class UlpHistogram:
    """Counts of distances in units in the last place, by powers of two.

    Attributes:
        dtype: stored float dtype whose steps are counted.
        counts: elements [bins]: bin 0 those without a step between them, bin k those with
            2^(k - 1) to 2^k - 1 steps; ends with the last bin that holds any.
        excluded: elements where a side is NaN or Inf.
    """

    dtype: str
    counts: Array
    excluded: int

    @property
    def labels(self) -> tuple[str, ...]:
        """The range of steps of every bin, such as ``0``, ``1``, ``2-3``, ``4-7``."""
        return tuple(_label(k) for k in range(len(self.counts)))

    def to_dict(self) -> dict[str, object]:
        """The histogram as plain JSON values."""
        return {
            "dtype": self.dtype,
            "counts": self.counts.tolist(),
            "labels": list(self.labels),
            "excluded": self.excluded,
        }


def ulp_histogram(reference: Array, candidate: Array, dtype: str) -> UlpHistogram:
    """Return how many steps of `dtype` the elements lie apart, in one run over the data.

    Real and imaginary parts of complex values count each.

    Args:
        reference, candidate: values of equal shape.
        dtype: stored float dtype by name; values are rounded to its grid first.

    Raises:
        KeyError: `dtype` is not a stored dtype.
    """
    counts = np.zeros(_MOST, np.int64)
    excluded = 0
    readers = ChunkReader(reference), ChunkReader(candidate)
    with np.errstate(all="ignore"):
        for start, stop in ranges(reference.size):
            left, right = (r.read(start, stop) for r in readers)
            finite = np.isfinite(left) & np.isfinite(right)
            excluded += int(finite.size - np.count_nonzero(finite))
            pairs = zip(parts_of(left[finite]), parts_of(right[finite]), strict=False)
            for one, two in pairs:
                counts += np.bincount(_bins(ulp_steps(one, two, dtype)), minlength=_MOST)
    used = np.flatnonzero(counts)
    last = int(used[-1]) + 1 if used.size else 0
    return UlpHistogram(dtype, freeze(counts[:last].copy()), excluded)


def _bins(steps: Array) -> Array:
    """0 for 0, else the number of binary digits."""
    edges = np.array([1 << k for k in range(64)], np.uint64)
    return np.searchsorted(edges, steps.astype(np.uint64), side="right")


def _label(index: int) -> str:
    if index < 2:
        return str(index)
    if index > 10:
        return f"2^{index - 1}-"
    return f"{1 << (index - 1)}-{(1 << index) - 1}"
