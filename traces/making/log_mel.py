"""Log-mel of the decoder's convention and back to sound.

24 kHz, n_fft 1920, hop 480, 80 Slaney bins from 0 to 8000 Hz, magnitude, natural log of
max(mel, 1e-5); frames are centred by reflecting (n_fft - hop) / 2 samples at both ends,
so N samples give exactly N / hop frames.
"""

from __future__ import annotations

import librosa
import numpy as np
from numpy.typing import NDArray

from traces.making.speech import SAMPLE_RATE_HZ

Array = NDArray[np.floating]

N_FFT = 1920
HOP_LENGTH = 480
N_MELS = 80
FMIN_HZ = 0.0
FMAX_HZ = 8000.0
FLOOR = 1e-5
_PAD = (N_FFT - HOP_LENGTH) // 2


def _filters() -> Array:
    return librosa.filters.mel(
        sr=SAMPLE_RATE_HZ, n_fft=N_FFT, n_mels=N_MELS, fmin=FMIN_HZ, fmax=FMAX_HZ
    )


def log_mel(sound: Array) -> Array:
    """Return the log-mel [F, T] float32 of `sound` [N], with T = N / hop."""
    padded = np.pad(sound, _PAD, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP_LENGTH]
    window = np.hanning(N_FFT + 1)[:-1]
    magnitude = np.abs(np.fft.rfft(frames * window, axis=1)).T
    return np.log(np.maximum(_filters() @ magnitude, FLOOR)).astype(np.float32)


def griffin_lim(mel: Array, iterations: int = 60) -> Array:
    """Return sound [T * hop] float32 whose log-mel is close to `mel` [F, T].

    The magnitudes come from a non-negative least-squares fit, the phases from
    Griffin-Lim with a fixed start.
    """
    linear = np.exp(np.clip(mel, np.log(FLOOR), 4.0)).astype(np.float32)
    magnitude = librosa.util.nnls(_filters().astype(np.float32), linear)
    sound = librosa.griffinlim(
        magnitude, n_iter=iterations, hop_length=HOP_LENGTH, n_fft=N_FFT, random_state=0
    )
    return librosa.util.fix_length(sound, size=mel.shape[1] * HOP_LENGTH).astype(np.float32)
