"""A mel made audible by Griffin-Lim."""

from __future__ import annotations

import math

import numpy as np

from inspector.audio.mel_inverse import INVERSION_STEPS, mel_to_magnitude
from inspector.audio.mel_scale import LOG_FLOOR, MelSpec
from inspector.errors import TraceError
from inspector.tensors import Array, Progress, freeze

_MOMENTUM = 0.99
# Far above any audio (about 3), far below e^88 where float32 ends; a broken mel may reach it.
_HIGHEST_LOG = 40.0


def render(
    mel: Array,
    spec: MelSpec,
    iterations: int = 32,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Array:
    """Render a log-mel as audio, at the level the mel says: nothing is normalised.

    The mel is inverted to a magnitude spectrum (`mel_to_magnitude`), then the phase is
    sought by the fast Griffin-Lim algorithm with momentum 0.99, transforms by librosa.
    Frames lie where S3Gen puts them, so that sample n belongs to frame n // hop.
    Values below the log floor, NaN and -inf become the floor; values above 40 become 40.
    The samples may exceed 1 by far when the mel is wrong.
    Source: Perraudin, Balazs and Søndergaard, A fast Griffin-Lim algorithm (2013).

    Args:
        mel: [F, T] natural logarithm of magnitude.
        spec: how it was made; F must be ``spec.n_mels``.
        iterations: Griffin-Lim steps.
        seed: start of the random phase; the same seed gives the same samples.
        progress: told after each step; may raise `inspector.errors.Cancelled`.

    Returns:
        [T * hop_length] float32, read-only.

    Raises:
        TraceError: `mel` is not [F, T] with F as the spec says.
    """
    values = np.asarray(mel)
    if values.ndim != 2 or values.shape[0] != spec.n_mels or values.dtype.kind not in "fiu":
        shape = "x".join(map(str, values.shape))
        raise TraceError(
            "shape", "mel to render", f"has shape {shape} and dtype {values.dtype}",
            f"{spec.n_mels} bins x frames of real numbers",
        )  # fmt: skip
    frames = values.shape[1]
    if frames == 0:
        return freeze(np.zeros(0, dtype=np.float32))
    log_magnitude = np.nan_to_num(
        values.astype(np.float64), nan=LOG_FLOOR, posinf=_HIGHEST_LOG, neginf=LOG_FLOOR
    ).clip(LOG_FLOOR, _HIGHEST_LOG)
    # The algorithm does not depend on scale, but float32 does: work at a peak of 1.
    loudest = float(log_magnitude.max())
    total = INVERSION_STEPS + iterations

    def inverted(done: int, _: int) -> None:
        if progress is not None:
            progress(done, total, "inverting the mel")

    magnitude = mel_to_magnitude(np.exp(log_magnitude - loudest), spec, inverted)
    samples = _find_phase(magnitude, spec, iterations, seed, progress)
    # The window reaches (n_fft - hop) / 2 samples beyond the frames on either side.
    first = max(0, (spec.n_fft - spec.hop_length) // 2)
    out = np.zeros(frames * spec.hop_length, dtype=np.float32)
    kept = samples[first : first + out.size]
    out[: kept.size] = kept * np.float32(math.exp(loudest))
    return freeze(out)


def _find_phase(
    magnitude: Array, spec: MelSpec, iterations: int, seed: int, progress: Progress | None
) -> Array:
    # Imported here: librosa costs more than a second and most runs never render.
    import librosa

    lengths = {
        "n_fft": spec.n_fft,
        "hop_length": spec.hop_length,
        "win_length": spec.win_length,
        "center": False,
    }
    start = np.random.default_rng(seed).random(magnitude.shape)
    phase = np.exp(2j * np.pi * start).astype(np.complex64)
    before = np.zeros_like(phase)
    for done in range(iterations):
        signal = librosa.istft(magnitude * phase, **lengths)
        now = librosa.stft(signal, **lengths)
        phase = now - np.float32(_MOMENTUM / (1 + _MOMENTUM)) * before
        phase /= np.abs(phase) + np.float32(1e-16)
        before = now
        if progress is not None:
            progress(
                INVERSION_STEPS + done + 1, INVERSION_STEPS + iterations, "searching the phase"
            )
    return librosa.istft(magnitude * phase, **lengths)
