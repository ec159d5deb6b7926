"""Short-time spectra: power per frame and the log-mel of audio."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from inspector.audio.mel_scale import LOG_CLAMP, MelSpec, filterbank
from inspector.tensors import Array, freeze

_BLOCK_FRAMES = 1024
# S3Gen adds this under the root so that the gradient of silence stays finite.
_POWER_GUARD = 1e-9


@lru_cache(maxsize=16)
def hann_window(length: int) -> Array:
    """Return the periodic Hann window of `length` samples, [N] float64, read-only."""
    return freeze(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length))


def frame_count(samples: int, window: int, hop: int) -> int:
    """Number of frames that cover `samples` samples, the last one filled with zeros."""
    return 0 if samples == 0 else 1 + max(0, -(-(samples - window) // hop))


def power_blocks(samples: Array, window: int, hop: int) -> Iterator[Array]:
    """Yield one-sided power spectra [frames, window // 2 + 1], block by block.

    Scaled so that the sum over bins is the mean square of the frame under the window
    (Parseval): a full-scale sine gives 0.5 at any rate.  Blocks keep memory flat.  A clip
    shorter than the window lies in its middle.

    Args:
        samples: [N] finite.
        window: Hann window and transform length in samples.
        hop: samples from frame to frame.
    """
    frames = frame_count(samples.size, window, hop)
    weights = hann_window(window)
    if 0 < samples.size < window:
        # At the start of the window a short clip would have next to no weight.
        before = (window - samples.size) // 2
        samples = np.pad(samples, (before, window - samples.size - before))
    fold = np.full(window // 2 + 1, 2.0)
    fold[0] = 1.0
    if window % 2 == 0:
        fold[-1] = 1.0
    fold /= window * np.sum(weights**2)
    for first in range(0, frames, _BLOCK_FRAMES):
        count = min(_BLOCK_FRAMES, frames - first)
        piece = samples[first * hop : (first + count - 1) * hop + window]
        missing = (count - 1) * hop + window - piece.size
        if missing > 0:
            piece = np.concatenate([piece, np.zeros(missing)])
        view = np.lib.stride_tricks.sliding_window_view(piece, window)[::hop]
        spectrum = np.fft.rfft(view * weights, axis=1)
        yield (spectrum.real**2 + spectrum.imag**2) * fold


def log_mel(samples: Array, spec: MelSpec) -> Array:
    """Return the log-mel [F, T] of audio as S3Gen computes it, float32.

    Mirrored by (n_fft - hop) / 2 samples at both ends, periodic Hann window, magnitude
    sqrt(re^2 + im^2 + 1e-9), triangles of `filterbank`, natural logarithm of at least
    1e-5.  T = N // hop; a signal too short to be mirrored is extended by zeros.

    Args:
        samples: [N] finite, at ``spec.sample_rate_hz``.
    """
    pad = max(0, (spec.n_fft - spec.hop_length) // 2)
    mode = "reflect" if samples.size > pad else "constant"
    padded = np.pad(np.asarray(samples, dtype=np.float64), pad, mode=mode)
    frames = max(0, 1 + (padded.size - spec.n_fft) // spec.hop_length)
    window = np.zeros(spec.n_fft)
    lead = (spec.n_fft - spec.win_length) // 2
    window[lead : lead + spec.win_length] = hann_window(spec.win_length)
    bank = filterbank(spec).T
    out = np.empty((frames, spec.n_mels), dtype=np.float32)
    for first in range(0, frames, _BLOCK_FRAMES):
        count = min(_BLOCK_FRAMES, frames - first)
        start = first * spec.hop_length
        piece = padded[start : start + (count - 1) * spec.hop_length + spec.n_fft]
        view = np.lib.stride_tricks.sliding_window_view(piece, spec.n_fft)[:: spec.hop_length]
        spectrum = np.fft.rfft(view * window, axis=1)
        magnitude = np.sqrt(spectrum.real**2 + spectrum.imag**2 + _POWER_GUARD)
        out[first : first + count] = np.log(np.maximum(magnitude @ bank, LOG_CLAMP))
    return np.ascontiguousarray(out.T)
