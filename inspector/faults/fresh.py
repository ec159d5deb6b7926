"""Whether weights are a fresh draw of a framework: uniform within 1 / sqrt(fan_in)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from inspector.tensors import Array

LEAST = 64
"""Fewest values that are judged; below, a trained bias passes too often."""

_DEVIATIONS = 4.0
"""Allowed deviation of each moment in standard errors: 6e-5 of fresh draws lie outside."""

_KOLMOGOROV = 2.2
"""Allowed sqrt(n) times the largest distance of the distributions: p = 1.3e-4."""


@dataclass(frozen=True)
class FreshTest:
    """The values held against U(-bound, bound).

    Attributes:
        count: number of values.
        bound: 1 / sqrt(fan_in).
        reach: largest magnitude over the bound: just below 1 for a fresh draw.
        spread: standard deviation over that of the uniform distribution, bound / sqrt(3).
        mean: mean in standard errors.
        distance: largest distance of the distributions (Kolmogorov-Smirnov).
        fresh: all four agree with a fresh draw.
    """

    count: int
    bound: float
    reach: float
    spread: float
    mean: float
    distance: float
    fresh: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def fresh_test(values: Array, fan_in: int, error: float = 0.0) -> FreshTest:
    """Hold `values` against U(-b, b) with b = 1 / sqrt(fan_in).

    Args:
        values: weights or biases of one layer, any shape.
        fan_in: inputs of one output (I, or I K).
        error: relative error of the values; widens every limit.

    Of fresh draws about 3 in 10000 are refused.  Of trained weights hardly any pass: the
    bound alone refuses a normal distribution of the same standard deviation from 80 values
    on, and the distribution does from 1500 on (measured in the tests).
    """
    flat = np.sort(values.reshape(-1).astype(np.float64))
    n, bound = len(flat), fan_in**-0.5
    if n == 0 or not np.isfinite(flat).all():
        return FreshTest(n, bound, 0.0, 0.0, 0.0, 1.0, False)
    sigma = bound / np.sqrt(3)
    reach = float(np.abs(flat).max()) / bound
    spread = float(np.sqrt(np.mean(flat**2))) / sigma
    mean = float(flat.mean()) / (sigma / np.sqrt(n))
    expected = np.clip((flat / bound + 1) / 2, 0, 1)
    steps = np.arange(n + 1) / n
    distance = float(max((steps[1:] - expected).max(), (expected - steps[:-1]).max()))
    fresh = (
        n >= LEAST
        # noise of the recovery adds to the largest of n values
        and reach <= 1 + error * np.sqrt(2 * np.log(n))
        and reach >= 1 - 10 / n - error
        and abs(spread - 1) <= _DEVIATIONS * np.sqrt(0.2 / n) + error
        and abs(mean) <= _DEVIATIONS
        and distance <= _KOLMOGOROV / np.sqrt(n) + error
    )
    return FreshTest(n, bound, reach, spread, mean, distance, bool(fresh))
