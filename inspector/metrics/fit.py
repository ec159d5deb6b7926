"""Norm ratio, cosine, correlation and best straight fit from gathered sums."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inspector.metrics.side import SideSums
from inspector.metrics.sweep import PairSweep


@dataclass(frozen=True)
class Norm:
    """Moments of the finite pairs of one side, in units of ``value * scale``.

    Attributes:
        means: mean per real part.
        variance: summed over the parts.
        scale: power of two.
    """

    means: tuple[float, ...]
    variance: float
    scale: float

    @property
    def rms(self) -> float:
        """Root of the mean square, scaled."""
        return math.sqrt(self.variance + sum(m * m for m in self.means))


@dataclass(frozen=True)
class Fit:
    """How one side follows the other; None means undefined.

    Attributes:
        reference, candidate: moments of each side.
        norm_ratio: ``||c|| / ||r||``.
        cosine: ``<r, c> / (||r|| ||c||)``, not clamped; the real part for complex.
        correlation: the same after taking off the means, clamped to -1 ... 1.
        gain, offset: least squares of ``c = gain * r + offset`` (real parts for complex).
    """

    reference: Norm
    candidate: Norm
    norm_ratio: float | None = None
    cosine: float | None = None
    correlation: float | None = None
    gain: float | None = None
    offset: float | None = None


def fit(reference: SideSums, candidate: SideSums, sweep: PairSweep) -> Fit:
    """Return the fit of the candidate to the reference.

    Args:
        reference, candidate: sums of each side over the elements that are finite on both.
        sweep: sums over the pair.

    ``<r, c> / n = co_moment + mean(r) mean(c)`` and ``rms**2 = variance + mean**2``: sums
    of deviations, so a large mean costs no digits.  Equal values give exactly 1, 1, 1 and 0.
    """
    one, two = (Norm(s.means, s.variance, s.scale) for s in (reference, candidate))
    if not sweep.finite:
        return Fit(one, two)
    equal = sweep.unequal == 0
    unit = one.scale / two.scale  # scaled candidate numbers times this: reference units
    ratio = cosine = correlation = gain = offset = None
    if one.rms > 0.0:
        ratio = 1.0 if equal else _unscale(two.rms / one.rms, unit)
        if two.rms > 0.0:
            dot = sweep.co_moment + sum(m * n for m, n in zip(one.means, two.means, strict=False))
            cosine = 1.0 if equal else dot / (one.rms * two.rms)
    if one.variance > 0.0:
        slope = sweep.co_moment / one.variance
        gain = 1.0 if equal else _unscale(slope, unit)
        offset = 0.0 if equal else (two.means[0] - slope * one.means[0]) / two.scale
        if two.variance > 0.0:
            spread = math.sqrt(one.variance) * math.sqrt(two.variance)
            correlation = 1.0 if equal else max(-1.0, min(1.0, sweep.co_moment / spread))
    return Fit(one, two, ratio, cosine, correlation, gain, offset)


def _unscale(value: float, unit: float) -> float:
    return value * unit if value else value
