"""A magnitude spectrum that shows a given mel."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from inspector.audio.mel_scale import MelSpec, filterbank
from inspector.tensors import Array

INVERSION_STEPS = 50
"""Steps of `mel_to_magnitude`."""

_TINY = 1e-20


@lru_cache(maxsize=8)
def _active_bank(spec: MelSpec) -> tuple[Array, Array, slice]:
    """Filterbank of the lines that any bin sees, its pseudo-inverse, and those lines."""
    bank = filterbank(spec)
    seen = np.flatnonzero(bank.any(axis=0))
    lines = slice(int(seen[0]), int(seen[-1]) + 1)
    active = bank[:, lines]
    return active.astype(np.float32), np.linalg.pinv(active).astype(np.float32), lines


def mel_to_magnitude(
    magnitude_mel: Array, spec: MelSpec, step: Callable[[int, int], None] | None = None
) -> Array:
    """Find a spectrum S >= 0 with ``filterbank @ S`` close to the mel, float32.

    Starts at the pseudo-inverse with its negative values raised to almost 0, then 50
    multiplicative steps S <- S * (B^T M) / (B^T B S), which keep S positive and never
    increase |B S - M|.  Source: Lee and Seung, Algorithms for non-negative matrix
    factorization (2001), with the basis held fixed.

    Args:
        magnitude_mel: [F, T], positive, at most about 1.
        spec: how the mel was made.
        step: called after each step with (done, total); may raise to stop.

    Returns:
        [n_fft // 2 + 1, T]; lines that no bin sees are 0.
    """
    bank, inverse, lines = _active_bank(spec)
    mel = np.asarray(magnitude_mel, dtype=np.float32)
    active = np.maximum(inverse @ mel, 1e-3 * (bank.T @ mel) + _TINY)
    wanted = bank.T @ mel
    for done in range(INVERSION_STEPS):
        active *= wanted / np.maximum(bank.T @ (bank @ active), _TINY)
        if step is not None:
            step(done + 1, INVERSION_STEPS)
    spectrum = np.zeros((spec.n_fft // 2 + 1, mel.shape[1]), dtype=np.float32)
    spectrum[lines] = active
    return spectrum
