"""Whether two arrays hold the same values in different places."""

from __future__ import annotations

import math

import numpy as np

from inspector.metrics.chunks import CHUNK, ranges
from inspector.metrics.numbers import subtract
from inspector.metrics.side import SideStats
from inspector.tensors import Array


def may_be_rearranged(reference: SideStats, candidate: SideStats) -> bool:
    """False when numbers that no change of order can alter already differ.

    Counts and range must be equal; mean and rms only up to rounding, as their sums run in
    another order.
    """
    if (reference.count, reference.nan_count, reference.inf_count) != (
        candidate.count, candidate.nan_count, candidate.inf_count,
    ):  # fmt: skip
        return False
    if reference.finite_count == 0:
        return False
    for name in ("minimum", "maximum", "percent_positive", "percent_zero", "unique_hint"):
        if getattr(reference, name) != getattr(candidate, name):
            return False
    one, two = reference.rms or 0.0, candidate.rms or 0.0
    means = abs((reference.mean or 0.0) - (candidate.mean or 0.0))
    return math.isclose(one, two, rel_tol=1e-9) and means <= 1e-9 * one


def same_multiset(reference: Array, candidate: Array) -> bool:
    """True when every value occurs equally often in both arrays.

    Compares the sorted values exactly, also an integer tensor with floats; NaN counts as
    one value and -0 as 0.  Costs a sorted copy of each side in its stored dtype.
    """
    if reference.size != candidate.size or "c" in reference.dtype.kind + candidate.dtype.kind:
        return False
    left, right = np.sort(reference, axis=None), np.sort(candidate, axis=None)
    length = min(CHUNK, left.size)
    one, two, work = np.empty(length), np.empty(length), np.empty(length)
    with np.errstate(all="ignore"):
        for start, stop in ranges(left.size):
            a, b = left[start:stop], right[start:stop]
            finite = np.isfinite(a)
            if not np.array_equal(finite, np.isfinite(b)):
                return False
            if not finite.all():
                if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
                    return False
                a, b = a[finite], b[finite]
            n = a.size
            np.copyto(one[:n], a, casting="unsafe")
            np.copyto(two[:n], b, casting="unsafe")
            if subtract(a, b, one[:n], two[:n], work[:n]).any():
                return False
    return True
