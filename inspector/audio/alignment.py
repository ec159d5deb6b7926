"""How much later the candidate's audio starts than the reference's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.mono import to_mono
from inspector.audio.result_dict import result_dict
from inspector.tensors import Array

# Lags that leave less of the shorter clip in common than this are not considered: with
# few samples in common, chance alone gives high correlations.
_LEAST_SHARED = 0.25
_LEAST_SAMPLES = 240
_LONGEST_S = 120

# A peak is trusted when no other peak comes near it.  Measured on speech: a true lag has
# rivals (the next pitch period) of 0.5 to 0.7 over seconds and 0.95 over a single vowel;
# unrelated speech gives correlations up to 0.3 with rivals of 0.75 to 1; a pure tone 1.0.
_CLEAR_PEAKS = ((0.25, 0.75), (0.8, 0.97))
# A steady tone fits at every period, and loud noise hides which shift is the best.  Sounds that
# match as stored, or fit best there (by chance one lag in thousands), lie beside each other.
_SAME_AS_STORED = 0.9


@dataclass(frozen=True)
class Alignment:
    """The measured lag of the candidate.

    Attributes:
        lag_samples: whole samples; positive when the candidate comes later.
        fractional_lag_samples: the same between samples, from a parabola over the peak.
        lag_ms: the fractional lag in milliseconds.
        correlation: normalised over the samples in common, -1 to 1; None when undefined.
        correlation_unshifted: the same at lag 0.
        rival: height of the next best peak as a share of this one, 0 to 1.
        inverted: the peak is negative, so the candidate has the opposite polarity.
        trustworthy: the peak is high and stands alone; otherwise use lag 0.
        reason: why it is not trustworthy, in plain words; empty when it is.
        nonfinite_count: samples of both sides that counted as 0.
    """

    lag_samples: int
    fractional_lag_samples: float
    lag_ms: float
    correlation: float | None
    correlation_unshifted: float | None
    rival: float | None
    inverted: bool
    trustworthy: bool
    reason: str
    nonfinite_count: int

    @property
    def lined_up(self) -> bool:
        """True when samples can be compared: the lag is trustworthy, or lag 0 fits by itself."""
        unshifted = abs(self.correlation_unshifted or 0.0)
        best_as_stored = self.lag_samples == 0 and unshifted >= _CLEAR_PEAKS[0][0]
        return self.trustworthy or best_as_stored or unshifted >= _SAME_AS_STORED

    def to_dict(self) -> dict[str, Any]:
        """The alignment as plain JSON values."""
        return result_dict(self)


def find_lag(reference: Array, candidate: Array, sample_rate_hz: float) -> Alignment:
    """Measure the lag by the peak of the cross-correlation, found by FFT.

    r[k] = sum over n of reference[n] * candidate[n + k], both without their mean; the
    lag is the k of the largest |r[k]| among those that leave at least a quarter of the
    shorter clip in common.  The first 120 s are used.  Nothing raises: odd data give
    lag 0 with a reason.

    Args:
        reference, candidate: audio [N] each, lengths may differ; non-finite counts as 0.
        sample_rate_hz: rate of both.
    """
    left, right = to_mono(reference), to_mono(candidate)
    bad = left.nonfinite_count + right.nonfinite_count
    rate = sample_rate_hz if sample_rate_hz > 0 else 24000
    longest = int(_LONGEST_S * rate)
    r, c = _centred(left.samples[:longest]), _centred(right.samples[:longest])
    for side, samples in (("reference", r), ("candidate", c)):
        if samples.size < 2 * _LEAST_SAMPLES:
            return _no_lag(f"the {side} has fewer than {2 * _LEAST_SAMPLES} samples", bad)
        if not samples.any():
            return _no_lag(f"the {side} is silent or constant", bad)
    lags, values = _correlate(r, c)
    peak = int(np.argmax(np.abs(values)))
    lag, height = int(lags[peak]), float(values[peak])
    if height == 0.0:
        return _no_lag("the two sides have nothing in common", bad)
    correlation = _normalised(height, *overlap(r, c, lag))
    shared_r, shared_c = overlap(r, c, 0)
    unshifted = _normalised(float(np.dot(shared_r, shared_c)), shared_r, shared_c)
    upright = values * np.sign(height)
    rival = _rival(upright, peak)
    fraction = lag + _vertex(upright, peak)
    clear = any(abs(correlation) >= c0 and rival <= r0 for c0, r0 in _CLEAR_PEAKS)
    return Alignment(
        lag, fraction, 1000.0 * fraction / rate, correlation, unshifted, rival, height < 0, clear,
        "" if clear else _doubt(correlation), bad,
    )  # fmt: skip


def overlap(reference: Array, candidate: Array, lag_samples: int) -> tuple[Array, Array]:
    """Return the parts of both [N] that coincide once the candidate moves by the lag.

    reference[n] meets candidate[n + lag]; both results have the same length, possibly 0.
    """
    start = max(0, -lag_samples)
    stop = max(start, min(reference.size, candidate.size - lag_samples))
    return reference[start:stop], candidate[start + lag_samples : stop + lag_samples]


def _doubt(correlation: float) -> str:
    if abs(correlation) < _CLEAR_PEAKS[0][0]:
        return (
            "even at the best shift they hardly resemble each other "
            f"(correlation {correlation:.2f}; equal sounds have 1)"
        )
    return f"no shift fits clearly better than others (correlation {correlation:.2f} at the best)"


def _normalised(product: float, reference: Array, candidate: Array) -> float:
    norm = float(np.linalg.norm(reference) * np.linalg.norm(candidate))
    return max(-1.0, min(1.0, product / norm)) if norm > 0 else 0.0


def _no_lag(reason: str, nonfinite_count: int) -> Alignment:
    return Alignment(0, 0.0, 0.0, None, None, None, False, False, reason, nonfinite_count)


def _centred(samples: Array) -> Array:
    """Remove the mean and scale to a peak of 1, so that no product overflows."""
    if samples.size == 0 or samples.min() == samples.max():
        return np.zeros_like(samples)
    centred = samples - samples.mean()
    return centred / np.abs(centred).max()


def _correlate(reference: Array, candidate: Array) -> tuple[Array, Array]:
    """Return the considered lags, ascending, and r at each."""
    shared = max(_LEAST_SAMPLES, int(_LEAST_SHARED * min(reference.size, candidate.size)))
    lowest, highest = shared - reference.size, candidate.size - shared
    # Circular products wrap after `length`; the lags kept are those that do not.
    length = _fast_length(reference.size + candidate.size - shared)
    spectrum = np.conj(np.fft.rfft(reference, length)) * np.fft.rfft(candidate, length)
    products = np.fft.irfft(spectrum, length)
    lags = np.arange(lowest, highest + 1)
    return lags, np.concatenate([products[lowest:], products[: highest + 1]])


def _fast_length(least: int) -> int:
    """Smallest 2^a * m of at least `least` with m in 1, 3, 5, 9, 15: quick to transform."""
    return min(m << max(0, (-(-least // m) - 1).bit_length()) for m in (1, 3, 5, 9, 15))


def _rival(upright: Array, peak: int) -> float:
    """Largest |r| outside the lobe of the peak, as a share of the peak.

    The lobe reaches to the first value that is not positive, on either side.
    """
    below = np.flatnonzero(upright[:peak] <= 0)
    above = np.flatnonzero(upright[peak:] <= 0)
    left = int(below[-1]) + 1 if below.size else 0
    right = peak + int(above[0]) if above.size else upright.size
    outside = max(
        float(np.abs(upright[:left]).max(initial=0.0)),
        float(np.abs(upright[right:]).max(initial=0.0)),
    )
    return outside / float(upright[peak])


def _vertex(upright: Array, peak: int) -> float:
    """Offset of the vertex of the parabola through the peak and its neighbours."""
    if not 0 < peak < upright.size - 1:
        return 0.0
    before, here, after = (float(v) for v in upright[peak - 1 : peak + 2])
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, 0.5 * (before - after) / bend))
