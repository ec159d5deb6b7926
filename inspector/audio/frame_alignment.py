"""How many frames later the candidate's mel starts than the reference's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.result_dict import result_dict
from inspector.tensors import Array

_LEAST_SHARED = 0.25
_LEAST_FRAMES = 8
# Measured on log-mels of speech: true lags correlate by 0.66 even under noise as strong as
# the speech, with rivals of at most 0.67; unrelated speech stays under 0.51, and a shared
# rhythm that correlates by up to 0.8 has rivals of 0.89 and more.
_LEAST_CORRELATION = 0.6
_HIGHEST_RIVAL = 0.85
# A shift is named only when it takes away this much of the error left unexplained.
_LEAST_GAIN = 0.2


@dataclass(frozen=True)
class FrameAlignment:
    """The measured lag of the candidate in frames.

    Attributes:
        lag_frames: positive when the candidate comes later.
        correlation: over bins and common frames at that lag, -1 to 1; None if undefined.
        correlation_unshifted: the same at lag 0; None when too little is common there.
        rival: height of the next best peak as a share of this one; None if undefined.
        trustworthy: the shifted mels agree and clearly better than the unshifted ones,
            or the lag is 0 and they agree.
        reason: why it is not trustworthy; empty when it is.
    """

    lag_frames: int
    correlation: float | None
    correlation_unshifted: float | None
    rival: float | None
    trustworthy: bool
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The alignment as plain JSON values."""
        return result_dict(self)


def find_frame_lag(reference: Array, candidate: Array) -> FrameAlignment:
    """Measure the lag by normalised cross-correlation over time, summed over bins.

    Each bin loses its own mean first, so that the spectral tilt common to all speech
    does not count.  rho[k] = sum r[f, t] c[f, t + k] / (|r| |c|) over the frames in
    common; the lag is the k of the largest rho[k] * sqrt(share in common), since few
    frames correlate by chance; less than a quarter of the shorter mel is not considered.

    Args:
        reference, candidate: mels [F, T]; the same F, lengths may differ; non-finite
            values count as the mean of their bin.
    """
    r, c = _centred(reference), _centred(candidate)
    shorter = min(r.shape[1], c.shape[1])
    if shorter < _LEAST_FRAMES:
        return FrameAlignment(0, None, None, None, False, f"fewer than {_LEAST_FRAMES} frames")
    if not r.any() or not c.any():
        side = "candidate" if r.any() else "reference"
        return FrameAlignment(0, None, None, None, False, f"the {side} is constant over time")
    shared = max(_LEAST_FRAMES, int(_LEAST_SHARED * shorter))
    lags = np.arange(shared - r.shape[1], c.shape[1] - shared + 1)
    length = 1 << (r.shape[1] + c.shape[1]).bit_length()
    spectrum = np.conj(np.fft.rfft(r, length, axis=1)) * np.fft.rfft(c, length, axis=1)
    products = np.fft.irfft(spectrum.sum(axis=0), length)[lags]
    energy_r = np.concatenate([[0.0], np.cumsum(np.sum(r * r, axis=0))])
    energy_c = np.concatenate([[0.0], np.cumsum(np.sum(c * c, axis=0))])
    start = np.maximum(0, -lags)
    stop = np.minimum(r.shape[1], c.shape[1] - lags)
    norm = np.sqrt(
        (energy_r[stop] - energy_r[start]) * (energy_c[stop + lags] - energy_c[start + lags])
    )
    # A stretch that holds next to none of the energy correlates by chance alone.
    enough = norm > 0.05 * np.sqrt(energy_r[-1] * energy_c[-1])
    rho = np.divide(products, norm, out=np.full(lags.size, -1.0), where=enough)
    rho = np.clip(rho, -1.0, 1.0)
    score = rho * np.sqrt((stop - start) / shorter)
    best = int(np.argmax(score))
    rival = _rival(score, best)
    zero = np.flatnonzero(lags == 0)
    unshifted = float(rho[zero[0]]) if zero.size else None
    lag, peak = int(lags[best]), float(rho[best])
    if peak < _LEAST_CORRELATION:
        reason = f"the mels do not agree at any lag: correlation {peak:.2f} at best"
    elif rival > _HIGHEST_RIVAL:
        reason = (
            f"no clear peak: correlation {peak:.2f}, the next best peak has {100 * rival:.0f} % "
            "of its height"
        )
    elif lag != 0 and unshifted is not None and 1 - peak > (1 - _LEAST_GAIN) * (1 - unshifted):
        reason = (
            f"correlation {peak:.3f} at {lag:+d} frames is hardly better than {unshifted:.3f} at 0"
        )
    else:
        reason = ""
    return FrameAlignment(lag, peak, unshifted, rival, not reason, reason)


def _rival(score: Array, peak: int) -> float:
    """Largest score outside the slopes of the peak, as a share of it; at least 0."""
    if score[peak] <= 0:
        return 1.0
    # The slopes end where the score first rises again.
    falls = np.diff(score)
    left = np.flatnonzero(falls[:peak] < 0)
    right = np.flatnonzero(falls[peak:] > 0)
    below = score[: left[-1] + 1] if left.size else score[:0]
    above = score[peak + right[0] + 1 :] if right.size else score[:0]
    outside = max(float(below.max(initial=0.0)), float(above.max(initial=0.0)))
    return outside / float(score[peak])


def _centred(mel: Array) -> Array:
    """Remove the mean of each bin, as float64 scaled to at most 1."""
    values = np.asarray(mel, dtype=np.float64)
    finite = np.isfinite(values)
    count = np.maximum(1, np.count_nonzero(finite, axis=1))
    largest = float(np.max(np.abs(values), where=finite, initial=0.0))
    values = np.where(finite, values, 0.0) / (largest or 1.0)
    mean = values.sum(axis=1) / count
    centred = np.where(finite, values - mean[:, None], 0.0)
    # What is left of a constant bin is rounding.
    centred[np.abs(centred).max(axis=1, initial=0.0) < 1e-12] = 0.0
    return centred
