"""The findings about two audio signals in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.audio.alignment import Alignment
from inspector.audio.decibel import show_db
from inspector.audio.null_test import NullTest

if TYPE_CHECKING:
    from inspector.analysis.waveform import WaveformSide

_DC_WORTH_SAYING = 0.005
_SAME_DURATION_S = 0.0005
_GAINS_PART_DB = 1.0


def describe_side(name: str, side: WaveformSide) -> list[str]:
    """Sentences about one side: what was assumed, silence, clipping, offset."""
    if side.reason:
        return [f"The {name} has no audio: {side.reason}."]
    out = [f"The {name}: {note}." for note in side.notes]
    if side.peak == 0.0:
        out.append(f"The {name} is silent: all {side.samples} samples are 0.")
    if side.clipped_count:
        where = f"at ±{side.rail:.4g}, below full scale" if side.rail else "at full scale"
        out.append(
            f"{100 * side.clipped_fraction:.2g} % of the {name}'s samples are clipped "
            f"({side.clipped_count} of {side.samples}, {where}): the signal was cut off there, "
            "usually because its level before the clamp is far too high."
        )
    if abs(side.dc_offset) >= _DC_WORTH_SAYING:
        out.append(f"The {name} has a DC offset of {side.dc_offset:+.4f}.")
    return out


def describe_pair(
    reference: WaveformSide,
    candidate: WaveformSide,
    alignment: Alignment | None,
    null: NullTest | None,
    lufs_difference_db: float | None,
    identical: bool,
) -> list[str]:
    """Sentences about both sides together: duration, lag, level, null test.

    Sounds that cannot be lined up in time are not subtracted: only what each side shows by
    itself is said.
    """
    out = [_duration(reference, candidate)]
    if alignment is None or null is None:
        return out
    if identical:
        return [*out, "The two signals are identical, sample by sample."]
    if reference.sample_rate_hz != candidate.sample_rate_hz:
        out.append(
            f"The rates differ ({reference.sample_rate_hz} against {candidate.sample_rate_hz} Hz): "
            f"the candidate was resampled to {reference.sample_rate_hz} Hz, for comparison only."
        )
    out.append(_lag(alignment))
    loudness = _loudness(reference, candidate, lufs_difference_db)
    if not alignment.lined_up:
        return [*out, f"Level of the candidate by loudness: {loudness}."]
    out.append(_level(null, lufs_difference_db, loudness))
    out.append(_null(null))
    return out


def _duration(reference: WaveformSide, candidate: WaveformSide) -> str:
    if reference.samples == candidate.samples and reference.duration_s == candidate.duration_s:
        return (
            f"Audio lasts {reference.duration_s:.2f} s on both sides ({reference.samples} samples "
            f"at {reference.sample_rate_hz} Hz)."
        )
    text = (
        f"Audio lasts {reference.duration_s:.2f} s against {candidate.duration_s:.2f} s "
        f"({reference.samples} against {candidate.samples} samples"
    )
    if reference.sample_rate_hz == candidate.sample_rate_hz:
        text += f" at {reference.sample_rate_hz} Hz"
    text += ")"
    if abs(reference.duration_s - candidate.duration_s) > _SAME_DURATION_S:
        text += ": another duration comes from other tokens, trimming or padding"
    return text + "."


def _lag(alignment: Alignment) -> str:
    if not alignment.lined_up:
        return (
            f"The sounds cannot be lined up in time: {alignment.reason}. So no gain is fitted and "
            "nothing is subtracted; only durations and loudness are compared."
        )
    if not alignment.trustworthy:
        return (
            "The sounds are compared as they are stored, where their correlation is "
            f"{alignment.correlation_unshifted:.4f}: {alignment.reason}."
        )
    lag = alignment.lag_samples
    turned = " with inverted polarity" if alignment.inverted else ""
    if lag == 0:
        return (
            f"The signals are aligned{turned}: lag 0 samples, "
            f"correlation {alignment.correlation:.4f}."
        )
    return (
        f"The candidate comes {abs(lag)} samples ({abs(alignment.lag_ms):.2f} ms) "
        f"{'later' if lag > 0 else 'earlier'}{turned}, correlation {alignment.correlation:.4f}: "
        "usually padding or trimming on one side."
    )


def _level(null: NullTest, lufs_difference_db: float | None, loudness: str) -> str:
    gain = show_db(null.gain_db, 2)
    if null.gain_db is None:
        gain += " (the signals have too little in common)"
    text = f"Gain of the candidate by least squares: {gain}; by loudness: {loudness}."
    if (
        null.gain_db is not None
        and lufs_difference_db is not None
        and abs(null.gain_db - lufs_difference_db) > _GAINS_PART_DB
    ):
        text += " The two part because something was added or lost besides the level."
    return text


def _loudness(
    reference: WaveformSide, candidate: WaveformSide, lufs_difference_db: float | None
) -> str:
    if lufs_difference_db is not None:
        return (
            f"{show_db(lufs_difference_db, 2)} ({reference.lufs:.1f} against "
            f"{candidate.lufs:.1f} LUFS)"
        )
    reasons = {
        f"{name}: {side.lufs_reason}"
        for name, side in (("reference", reference), ("candidate", candidate))
        if side.lufs is None
    }
    return f"undefined ({'; '.join(sorted(reasons, reverse=True))})"


def _null(null: NullTest) -> str:
    if null.reason:
        return f"No null test: {null.reason}."
    after = "exactly 0" if null.after_exact else show_db(null.after_db)
    before = "exactly 0" if null.before_exact else show_db(null.before_db)
    matched = "alignment" if null.gain is None else "alignment and gain"
    return (
        f"Null test (candidate minus reference, relative to the reference's RMS): {before} as "
        f"stored, {after} after {matched}, over {null.overlap_samples} common samples."
    )
