"""The mel scale of S3Gen and librosa: where each bin lies and how it is weighted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from inspector.errors import UsageError
from inspector.tensors import Array, TraceInfo, freeze

LOG_CLAMP = 1e-5
"""Magnitudes below this are raised to it before the logarithm."""

LOG_FLOOR = math.log(LOG_CLAMP)
"""Lowest value a log-mel of real audio can take: ln 1e-5 = -11.513."""

# Slaney's scale: linear up to 1 kHz, then 27 steps per factor 6.4.
_HZ_PER_MEL = 200.0 / 3.0
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = math.log(6.4) / 27.0


@dataclass(frozen=True)
class MelSpec:
    """How a log-mel was made; the defaults are those of S3Gen.

    The mel is the natural logarithm of a *magnitude* spectrum seen through triangles of
    equal area (Slaney), raised to at least 1e-5.

    Attributes:
        sample_rate_hz: rate of the audio.
        n_fft: transform length in samples.
        hop_length: samples from frame to frame.
        n_mels: number of bins F.
        fmin_hz, fmax_hz: lower edge of the first and upper edge of the last triangle.
        win_length: length of the Hann window in samples; 0 stands for `n_fft`.

    Raises:
        UsageError: values that describe no mel.
    """

    sample_rate_hz: int = 24000
    n_fft: int = 1920
    hop_length: int = 480
    n_mels: int = 80
    fmin_hz: float = 0.0
    fmax_hz: float = 8000.0
    win_length: int = 0

    def __post_init__(self) -> None:
        if self.win_length == 0:
            object.__setattr__(self, "win_length", self.n_fft)
        for name in ("sample_rate_hz", "n_fft", "hop_length", "n_mels", "win_length"):
            if not getattr(self, name) >= 1:
                raise UsageError("mel-spec", name, f"is {getattr(self, name)}", "at least 1")
        if self.win_length > self.n_fft:
            raise UsageError(
                "mel-spec", "win_length", f"is {self.win_length}", f"at most n_fft = {self.n_fft}"
            )
        if not 0 <= self.fmin_hz < self.fmax_hz <= self.nyquist_hz:
            raise UsageError(
                "mel-spec", "fmin_hz, fmax_hz", f"are {self.fmin_hz:g} and {self.fmax_hz:g} Hz",
                f"0 <= fmin < fmax <= {self.nyquist_hz:g} Hz, half of the sample rate",
            )  # fmt: skip

    @property
    def nyquist_hz(self) -> float:
        """Half of the sample rate."""
        return self.sample_rate_hz / 2

    @property
    def frame_ms(self) -> float:
        """Time from one frame to the next."""
        return 1000.0 * self.hop_length / self.sample_rate_hz

    @classmethod
    def from_info(cls, info: TraceInfo) -> MelSpec:
        """The defaults, changed by whatever the trace says about itself.

        A missing ``fmax_hz`` is lowered to half of the sample rate where it must be.

        Raises:
            UsageError: the side-file describes no mel.
        """
        rate = info.sample_rate_hz or cls.sample_rate_hz
        spec = cls(fmax_hz=min(cls.fmax_hz, rate / 2), sample_rate_hz=rate)
        known = {
            "n_fft": info.n_fft,
            "hop_length": info.hop_length,
            "n_mels": info.n_mels,
            "fmin_hz": info.fmin_hz,
            "fmax_hz": info.fmax_hz,
        }
        given = {name: value for name, value in known.items() if value is not None}
        return replace(spec, **given, win_length=info.win_length or 0)


class BinFrequencies(NamedTuple):
    """Edges and centre of each mel bin, each [F] float64 in Hz."""

    lower_hz: Array
    centre_hz: Array
    upper_hz: Array


def hz_to_mel(hz: Array | float) -> Array:
    """Turn frequencies in Hz into mels on Slaney's scale."""
    hz = np.asarray(hz, dtype=np.float64)
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _HZ_PER_MEL, above)


def mel_to_hz(mel: Array | float) -> Array:
    """Turn mels on Slaney's scale into frequencies in Hz."""
    mel = np.asarray(mel, dtype=np.float64)
    above = _BREAK_HZ * np.exp(_LOG_STEP * np.maximum(mel - _BREAK_MEL, 0.0))
    return np.where(mel < _BREAK_MEL, mel * _HZ_PER_MEL, above)


@lru_cache(maxsize=32)
def bin_frequencies(spec: MelSpec) -> BinFrequencies:
    """Return lower edge, centre and upper edge of each bin, [F] each, in Hz.

    The F + 2 corner frequencies lie at equal steps in mels from fmin to fmax; bin k is
    the triangle over corners k, k + 1 and k + 2.
    Source: Slaney, Auditory Toolbox (1998), as in ``librosa.filters.mel(htk=False)``.
    """
    low, high = hz_to_mel(spec.fmin_hz), hz_to_mel(spec.fmax_hz)
    corners = mel_to_hz(np.linspace(low, high, spec.n_mels + 2))
    freeze(corners)
    return BinFrequencies(corners[:-2], corners[1:-1], corners[2:])


def bin_edges(spec: MelSpec) -> Array:
    """Return F + 1 frequencies in Hz that part neighbouring bins, ascending.

    Half-way between centres inside, fmin and fmax outside: each frequency belongs to one
    bin, and the widths add up to fmax - fmin.
    """
    centre = bin_frequencies(spec).centre_hz
    between = (centre[1:] + centre[:-1]) / 2
    return np.concatenate([[spec.fmin_hz], between, [spec.fmax_hz]])


@lru_cache(maxsize=8)
def filterbank(spec: MelSpec) -> Array:
    """Return the triangles as weights [F, n_fft // 2 + 1], float64, read-only.

    Each triangle has area 1 Hz: its height is 2 / (upper - lower).
    """
    lower, centre, upper = (edge[:, None] for edge in bin_frequencies(spec))
    hz = np.arange(spec.n_fft // 2 + 1)[None, :] * (spec.sample_rate_hz / spec.n_fft)
    rising = (hz - lower) / (centre - lower)
    falling = (upper - hz) / (upper - centre)
    return freeze(np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (upper - lower)))
