"""How much power lies above a cut-off, on both sides, in the whole clip and per frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.analysis.hf_sentences import describe_sides
from inspector.audio.alignment import find_lag
from inspector.audio.high_band import HOP_MS, HighBand, audio_high_band, mel_high_band
from inspector.audio.high_band_ratio import HighBandRatio, high_band_ratio
from inspector.audio.mel_scale import MelSpec
from inspector.audio.mono import to_mono
from inspector.audio.resample import to_rate
from inspector.audio.result_dict import result_dict
from inspector.tensors import Array

DEFAULT_CUTOFF_HZ = 3000.0

_DEFAULT_RATE_HZ = 24000


@dataclass(frozen=True)
class HfSides:
    """Both sides seen through one source.

    Attributes:
        source: ``audio`` or ``mel``.
        reference, candidate: each side by itself; None when that side has no such tensor.
        ratio: the candidate's high-band level over the reference's, frame by frame.
        lag_samples: lag of the candidate that was removed for `ratio`, at the reference's
            rate; always 0 for a mel.
        lag_s: the same in seconds.
        aligned: the lag is clear or was given, or the sounds match as stored, so frames of
            `ratio` belong together; a mel is taken as aligned.
    """

    source: str
    reference: HighBand | None
    candidate: HighBand | None
    ratio: HighBandRatio
    lag_samples: int
    lag_s: float
    aligned: bool

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values."""
        return result_dict(self)


@dataclass(frozen=True)
class HfComparison:
    """High-band energy of both sides.

    Attributes:
        cutoff_hz: lower edge of the high band.
        audio: measured on audio; None when neither side has audio.
        mel: measured on the mel; None when neither side has a mel.
        sentences: the findings in words.
    """

    cutoff_hz: float
    audio: HfSides | None
    mel: HfSides | None
    sentences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values."""
        return result_dict(self)


def compare_hf(
    *,
    reference_audio: Array | None = None,
    candidate_audio: Array | None = None,
    reference_rate_hz: int | None = None,
    candidate_rate_hz: int | None = None,
    reference_mel: Array | None = None,
    candidate_mel: Array | None = None,
    spec: MelSpec | None = None,
    cutoff_hz: float = DEFAULT_CUTOFF_HZ,
    lag_samples: int | None = None,
) -> HfComparison:
    """Measure the share of power above `cutoff_hz` in whatever is given.

    Odd data (silence, NaN, nothing) never raise: the numbers are None with a reason.

    Args:
        reference_audio, candidate_audio: samples [N].
        reference_rate_hz, candidate_rate_hz: their rates; None means 24000.
        reference_mel, candidate_mel: log-magnitude mels [F, T].
        spec: how the mels were made; None means the defaults of `MelSpec`.
        cutoff_hz: lower edge of the high band.
        lag_samples: lag of the candidate's audio when it is known, at the reference's
            rate; None measures it and uses 0 when it is not clear.
    """
    audio = mel = None
    if reference_audio is not None or candidate_audio is not None:
        rates = (
            reference_rate_hz or candidate_rate_hz or _DEFAULT_RATE_HZ,
            candidate_rate_hz or reference_rate_hz or _DEFAULT_RATE_HZ,
        )
        audio = _from_audio(reference_audio, candidate_audio, rates, cutoff_hz, lag_samples)
    if reference_mel is not None or candidate_mel is not None:
        mel = _from_mel(reference_mel, candidate_mel, spec or MelSpec(), cutoff_hz)
    sentences = [
        sentence
        for sides in (audio, mel)
        if sides is not None
        for sentence in describe_sides(
            sides.source, sides.reference, sides.candidate, sides.ratio, sides.aligned, cutoff_hz
        )
    ]
    if not sentences:
        sentences = ["Neither side has audio or a mel, so there is no spectrum to look at."]
    return HfComparison(float(cutoff_hz), audio, mel, tuple(sentences))


def _from_audio(
    reference: Array | None,
    candidate: Array | None,
    rates: tuple[int, int],
    cutoff_hz: float,
    lag_samples: int | None,
) -> HfSides:
    lag, aligned = lag_samples or 0, lag_samples is not None
    if reference is not None and candidate is not None and lag_samples is None:
        moved = to_rate(to_mono(candidate).samples, rates[1], rates[0])
        found = find_lag(reference, moved, rates[0])
        lag, aligned = found.lag_samples if found.trustworthy else 0, found.lined_up
    left = None if reference is None else audio_high_band(reference, rates[0], cutoff_hz)
    right = None if candidate is None else audio_high_band(candidate, rates[1], cutoff_hz)
    met, hop = left, max(1, round(rates[0] * HOP_MS / 1000))
    if reference is not None and right is not None and lag % hop:
        # Zeros in front make the frames of the reference start where the candidate's do;
        # the reference by itself is still measured as it is.
        met = audio_high_band(reference, rates[0], cutoff_hz, lead_samples=lag % hop)
    lag_s = lag / rates[0]
    return HfSides("audio", left, right, high_band_ratio(met, right, lag_s), lag, lag_s, aligned)


def _from_mel(
    reference: Array | None, candidate: Array | None, spec: MelSpec, cutoff_hz: float
) -> HfSides:
    # One offset for both sides keeps their powers comparable.
    offset = max((_largest(m) for m in (reference, candidate) if m is not None), default=0.0)
    left, right = (
        None if mel is None else mel_high_band(mel, spec, cutoff_hz, log_offset=offset)
        for mel in (reference, candidate)
    )
    return HfSides("mel", left, right, high_band_ratio(left, right), 0, 0.0, True)


def _largest(mel: Array) -> float:
    """Largest finite value; 0 when there is none or the values are no numbers."""
    if mel.dtype.kind not in "fiu":
        return 0.0
    finite = mel[np.isfinite(mel)]
    return float(finite.max()) if finite.size else 0.0
