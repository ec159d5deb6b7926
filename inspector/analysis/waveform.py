"""Two audio signals compared: duration, level, clipping, lag, gain and null test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.analysis.waveform_sentences import describe_pair, describe_side
from inspector.audio.alignment import Alignment, find_lag
from inspector.audio.envelope import Envelope, make_envelope
from inspector.audio.loudness import integrated_lufs
from inspector.audio.mono import Mono, to_mono
from inspector.audio.null_test import NullTest, null_test
from inspector.audio.resample import to_rate
from inspector.audio.result_dict import result_dict
from inspector.audio.waveform_level import WaveformLevel, measure_level
from inspector.tensors import Array

_DEFAULT_RATE_HZ = 24000


@dataclass(frozen=True)
class WaveformSide:
    """One side by itself; full scale = 1.

    Attributes:
        samples, sample_rate_hz, duration_s: length.
        peak, rms_db, dc_offset: level.
        lufs: integrated loudness; None with the reason in `lufs_reason`.
        clipped_count, clipped_fraction: see `waveform_level.CLIPPING_RULE`.
        rail: level at which the clip is cut below full scale, else None.
        nonfinite_count: samples that were NaN or infinite and counted as 0.
        notes: what was done to the stored values.
        reason: why there is no signal; empty otherwise.
    """

    samples: int
    sample_rate_hz: int
    duration_s: float
    peak: float
    rms_db: float | None
    dc_offset: float
    lufs: float | None
    lufs_reason: str
    clipped_count: int
    clipped_fraction: float
    rail: float | None
    nonfinite_count: int
    notes: tuple[str, ...]
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The side as plain JSON values."""
        return result_dict(self)


@dataclass(frozen=True)
class WaveformTraces:
    """What a figure draws: both signals and the residual on the reference's time axis."""

    reference: Envelope
    candidate: Envelope
    residual: Envelope


@dataclass(frozen=True)
class WaveformComparison:
    """Two audio signals compared.

    Attributes:
        reference, candidate: each side by itself, as stored.
        identical: equal sample by sample, in length and in rate.
        alignment: lag by cross-correlation, with its trustworthiness.
        lag_samples, lag_ms: the lag that was removed: the measured one when it is
            trustworthy, else 0; at the reference's rate, positive = candidate later.
        gain_db: least-squares gain of the candidate over the reference after alignment; it
            and the null test mean little where `alignment` is not lined up.
        lufs_difference_db: loudness of the candidate minus the reference's; it counts
            what is added too, so it is the gain to undo for listening, not for the null.
        null_before_db, null_after_db: residual relative to the reference's RMS, as stored
            and after alignment and gain; None when it is exactly 0 or undefined.
        null: all numbers of the null test; None when there is nothing to subtract.
        resampled: the candidate was brought to the reference's rate to be compared.
        traces: envelopes for drawing; None when there is nothing to draw.
        reason: why the pair cannot be compared; empty otherwise.
        sentences: the findings in words.
    """

    reference: WaveformSide
    candidate: WaveformSide
    identical: bool
    alignment: Alignment | None
    lag_samples: int
    lag_ms: float
    gain_db: float | None
    lufs_difference_db: float | None
    null_before_db: float | None
    null_after_db: float | None
    null: NullTest | None
    resampled: bool
    traces: WaveformTraces | None
    reason: str
    sentences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values, without the envelopes."""
        out = result_dict(self)
        out.pop("traces", None)
        return out


def compare_waveforms(
    reference: Array,
    candidate: Array,
    reference_rate_hz: int | None = None,
    candidate_rate_hz: int | None = None,
) -> WaveformComparison:
    """Compare two audio signals.

    Each side is measured as stored.  To be subtracted, a candidate at another rate is
    resampled to the reference's rate.  Odd data (empty, NaN, silence, constant) never
    raise: what is undefined is None with a reason.

    Args:
        reference, candidate: samples [N], also [1, N] or few channels.
        reference_rate_hz, candidate_rate_hz: their rates; None or 0 means 24000.
    """
    rate_r = int(reference_rate_hz or candidate_rate_hz or _DEFAULT_RATE_HZ)
    rate_c = int(candidate_rate_hz or reference_rate_hz or _DEFAULT_RATE_HZ)
    mono_r, mono_c = to_mono(reference), to_mono(candidate)
    level_r, level_c = measure_level(mono_r.samples), measure_level(mono_c.samples)
    side_r = _side(mono_r, level_r, rate_r)
    side_c = _side(mono_c, level_c, rate_c)
    reason = "; ".join(
        f"{name}: {side.reason}"
        for name, side in (("reference", side_r), ("candidate", side_c))
        if side.reason
    )
    alignment = null = traces = None
    lag, fraction = 0, 0.0
    if not reason:
        moved = to_rate(mono_c.samples, rate_c, rate_r)
        alignment = find_lag(mono_r.samples, moved, rate_r)
        if alignment.trustworthy:
            lag, fraction = alignment.lag_samples, alignment.fractional_lag_samples
        null = null_test(mono_r.samples, moved, lag, fraction)
        traces = WaveformTraces(
            make_envelope(mono_r.samples, rate_r, marks=level_r.clipped),
            make_envelope(
                mono_c.samples, rate_c,
                start_samples=-lag * rate_c / rate_r, marks=level_c.clipped,
            ),
            make_envelope(null.residual, rate_r, start_samples=null.start_samples),
        )  # fmt: skip
    identical = rate_r == rate_c and np.array_equal(mono_r.samples, mono_c.samples)
    louder = None if side_r.lufs is None or side_c.lufs is None else side_c.lufs - side_r.lufs
    sentences = [
        *describe_side("reference", side_r),
        *describe_side("candidate", side_c),
        *describe_pair(side_r, side_c, alignment, null, louder, identical and not reason),
    ]
    return WaveformComparison(
        reference=side_r,
        candidate=side_c,
        identical=bool(identical and not reason),
        alignment=alignment,
        lag_samples=lag,
        lag_ms=1000.0 * fraction / rate_r,
        gain_db=None if null is None else null.gain_db,
        lufs_difference_db=louder,
        null_before_db=None if null is None else null.before_db,
        null_after_db=None if null is None else null.after_db,
        null=null,
        resampled=rate_r != rate_c and not reason,
        traces=traces,
        reason=reason,
        sentences=tuple(sentences),
    )


def _side(mono: Mono, level: WaveformLevel, rate_hz: int) -> WaveformSide:
    loudness = integrated_lufs(mono.samples, rate_hz)
    return WaveformSide(
        samples=int(mono.samples.size),
        sample_rate_hz=rate_hz,
        duration_s=mono.samples.size / rate_hz,
        peak=level.peak,
        rms_db=level.rms_db,
        dc_offset=level.dc_offset,
        lufs=loudness.lufs,
        lufs_reason=mono.reason or loudness.reason,
        clipped_count=level.clipped_count,
        clipped_fraction=level.clipped_fraction,
        rail=level.rail,
        nonfinite_count=mono.nonfinite_count,
        notes=mono.notes,
        reason=mono.reason,
    )
