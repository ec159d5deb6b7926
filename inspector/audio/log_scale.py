"""Whether two log-mels differ by level or by the logarithm that was used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.result_dict import result_dict
from inspector.tensors import Array

_LEAST_CORRELATION = 0.98
_SLOPE_TOLERANCE = 0.02
_LEAST_OFFSET = 0.02
_AT_MINIMUM = 1e-3
# Sums of squares must stay within float64; nothing of this size is a logarithm.
_LARGEST = 1e30
_DB_PER_LN = 20.0 / math.log(10.0)

_SLOPES = (
    (1.0 / math.log(10.0), "base-10 instead of natural logarithm"),
    (_DB_PER_LN, "decibels instead of natural logarithm"),
    (_DB_PER_LN / 2, "10 log10 instead of natural logarithm"),
    (1.0 / math.log(2.0), "base-2 instead of natural logarithm"),
    (2.0, "power instead of magnitude under the logarithm"),
    (0.5, "square root of the magnitude under the logarithm"),
    (-1.0, "opposite sign"),
)
_CONSTANT = 0.5
"""A level that differs is worth saying where it is at least this share of the squared error."""

_INT16_OFFSET = math.log(32768.0)


@dataclass(frozen=True)
class ScaleFit:
    """The straight line candidate = slope * reference + offset.

    Attributes:
        slope, offset: least squares, over values that do not sit on either side's minimum.
        offset_db: the offset as a gain of magnitude, 8.686 dB per unit.
        correlation: of the same values, -1 to 1.
        hint: what the line means when it fits well and is a known one; else empty.
    """

    slope: float
    offset: float
    offset_db: float
    correlation: float
    hint: str

    def to_dict(self) -> dict[str, Any]:
        """The fit as plain JSON values."""
        return result_dict(self)


def fit_scale(reference: Array, candidate: Array) -> ScaleFit | None:
    """Fit a line through two log-mels of one shape; None when there is nothing to fit.

    Values at the minimum of a side are left out: they rest on the clamp, where level no
    longer shows.

    Args:
        reference, candidate: [F, T] each; non-finite values and those beyond 1e30 are left out.
    """
    r, c = np.asarray(reference, np.float64), np.asarray(candidate, np.float64)
    kept = (np.abs(r) < _LARGEST) & (np.abs(c) < _LARGEST)
    if not kept.any():
        return None
    kept &= (r > r[kept].min() + _AT_MINIMUM) & (c > c[kept].min() + _AT_MINIMUM)
    if np.count_nonzero(kept) < 3:
        return None
    r, c = r[kept], c[kept]
    mean_r, mean_c = float(r.mean()), float(c.mean())
    spread_r, spread_c = (
        float(np.dot(r - mean_r, r - mean_r)),
        float(np.dot(c - mean_c, c - mean_c)),
    )
    if spread_r == 0.0 or spread_c == 0.0:
        return None
    product = float(np.dot(r - mean_r, c - mean_c))
    slope = product / spread_r
    offset = mean_c - slope * mean_r
    correlation = max(-1.0, min(1.0, product / math.sqrt(spread_r) / math.sqrt(spread_c)))
    hint = _hint(slope, offset, c - r) if abs(correlation) >= _LEAST_CORRELATION else ""
    return ScaleFit(slope, offset, offset * _DB_PER_LN, correlation, hint)


def _constant(error: Array) -> bool:
    return float(error.mean()) ** 2 >= _CONSTANT * float(np.mean(error**2))


def _hint(slope: float, offset: float, error: Array) -> str:
    if abs(slope - 1.0) <= _SLOPE_TOLERANCE:
        if abs(offset - _INT16_OFFSET) < 0.1:
            return "audio scaled by 32768: 16-bit samples were not divided by full scale"
        if abs(offset) < _LEAST_OFFSET or not _constant(error):
            return ""
        return f"another level: {offset * _DB_PER_LN:+.1f} dB everywhere"
    for known, meaning in _SLOPES:
        if abs(slope / known - 1.0) <= _SLOPE_TOLERANCE:
            return meaning
    return ""
