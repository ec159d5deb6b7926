"""Count, range, mean and squared deviation of a stream of pieces."""

from __future__ import annotations

import math

import numpy as np

from inspector.tensors import Array


class Moments:
    """Running moments of float64 pieces, merged pairwise (Chan, Golub, LeVeque 1983).

    Attributes:
        count: values seen.
        minimum, maximum: their range; NaN before the first value.
        mean: their mean.
        squares: sum of squared deviations from the mean.
    """

    def __init__(self) -> None:
        self.count = 0
        self.minimum = math.nan
        self.maximum = math.nan
        self.mean = 0.0
        self.squares = 0.0

    def update(self, values: Array, work: Array) -> None:
        """Add a piece [N] of finite float64 `values`; `work` [N] is overwritten."""
        count = values.size
        if count == 0:
            return
        low, high = float(values.min()), float(values.max())
        if low == high:
            # A mean by summation may miss a constant by one rounding.
            mean, squares = low, 0.0
        else:
            mean = float(values.sum()) / count
            np.subtract(values, mean, out=work)
            np.multiply(work, work, out=work)
            squares = float(work.sum())
        if self.count == 0:
            self.minimum, self.maximum = low, high
            self.count, self.mean, self.squares = count, mean, squares
            return
        self.minimum, self.maximum = min(self.minimum, low), max(self.maximum, high)
        total = self.count + count
        gap = mean - self.mean
        self.squares += squares + gap * gap * (self.count * count / total)
        self.mean += gap * (count / total)
        self.count = total

    @property
    def variance(self) -> float:
        """Mean squared deviation from the mean (0 for a constant or nothing)."""
        return self.squares / self.count if self.count else 0.0
