"""What is left of the difference once lag and gain are taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.alignment import overlap
from inspector.audio.decibel import amplitude_db
from inspector.audio.result_dict import result_dict
from inspector.tensors import Array, freeze

_TAPS_EACH_SIDE = 32
# The parabola is off by a few thousandths of a sample on an exact whole-sample shift.
_LEAST_FRACTION = 0.01
_FRACTION_WINS_DB = 3.0
_LEAST_COMMON_POWER = 0.05


@dataclass(frozen=True)
class NullTest:
    """Residual of candidate minus reference, relative to the RMS of the reference.

    Attributes:
        before_db: as stored, sample by sample over the common length; None when
            undefined or when the residual is exactly 0.
        before_exact: the common length is equal sample by sample.
        after_db: after the lag is removed and the candidate is divided by `gain` (not
            divided when there is no gain); None as above.
        after_exact: nothing at all is left.
        gain: least-squares g of candidate = g * reference after alignment, negative when
            the polarity is inverted; None when undefined or when less than 5 % of the
            power is common (rho^2 under 0.05): between unrelated signals it means nothing.
        gain_db: 20 log10 |g|.
        lag_used_samples: the lag that was removed, with a fraction when that nulls better.
        overlap_samples: samples in common after alignment.
        start_samples: place of ``residual[0]`` on the reference's time axis.
        residual: [overlap_samples] float64, candidate / gain - reference after alignment.
        reason: why nothing could be measured; empty otherwise.
    """

    before_db: float | None
    before_exact: bool
    after_db: float | None
    after_exact: bool
    gain: float | None
    gain_db: float | None
    lag_used_samples: float
    overlap_samples: int
    start_samples: int
    residual: Array
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The test as plain JSON values, without the residual signal."""
        out = result_dict(self)
        out.pop("residual", None)
        return out


def null_test(
    reference: Array, candidate: Array, lag_samples: int, fractional_lag_samples: float
) -> NullTest:
    """Subtract the reference from the candidate, as stored and once matched.

    Residual in dB = 20 log10(rms(c / g - r) / rms(r)) with g = <r, c> / <r, r> once
    matched, and g = 1 with lag 0 as stored.  Fitting the candidate to the reference, not
    the reverse, leaves just what the candidate adds: noise in it does not shrink g.

    Args:
        reference, candidate: [N] finite, one sample rate.
        lag_samples: whole-sample lag of the candidate.
        fractional_lag_samples: the same between samples.
    """
    before = _measure(*overlap(reference, candidate, 0), matched=False)
    r, c = overlap(reference, candidate, lag_samples)
    after, lag_used = _measure(r, c, matched=True), float(lag_samples)
    fraction = fractional_lag_samples - lag_samples
    if after.db is not None and abs(fraction) >= _LEAST_FRACTION:
        finer = _measure(r, _advance(c, fraction), matched=True)
        if finer.exact or (finer.db is not None and finer.db < after.db - _FRACTION_WINS_DB):
            after, lag_used = finer, float(fractional_lag_samples)
    return NullTest(
        before_db=before.db,
        before_exact=before.exact,
        after_db=after.db,
        after_exact=after.exact,
        gain=after.gain,
        gain_db=None if after.gain is None else amplitude_db(abs(after.gain)),
        lag_used_samples=lag_used,
        overlap_samples=int(r.size),
        start_samples=max(0, -lag_samples),
        residual=freeze(after.residual),
        reason=after.reason,
    )


@dataclass(frozen=True)
class _Residual:
    db: float | None
    exact: bool
    gain: float | None
    residual: Array
    reason: str


def _measure(r: Array, c: Array, *, matched: bool) -> _Residual:
    if r.size == 0:
        return _Residual(None, False, None, np.zeros(0), "no sample is in common")
    power_r, power_c = float(np.dot(r, r)), float(np.dot(c, c))
    product = float(np.dot(r, c))
    related = product**2 > _LEAST_COMMON_POWER * power_r * power_c > 0
    gain = product / power_r if related else None
    residual = c / gain - r if matched and gain is not None else c - r
    left = float(np.dot(residual, residual))
    if power_r == 0.0:
        return _Residual(None, left == 0.0, None, residual, "the reference is silent")
    if left == 0.0:
        return _Residual(None, True, gain, residual, "")
    return _Residual(amplitude_db((left / power_r) ** 0.5), False, gain, residual, "")


def _advance(samples: Array, fraction: float) -> Array:
    """Move `samples` earlier by a fraction of a sample, by a windowed sinc of 65 taps."""
    tap = np.arange(-_TAPS_EACH_SIDE, _TAPS_EACH_SIDE + 1) + fraction
    window = 0.5 + 0.5 * np.cos(np.pi * tap / (_TAPS_EACH_SIDE + 1))
    kernel = np.sinc(tap) * window
    return np.convolve(samples, kernel / kernel.sum(), mode="same")
