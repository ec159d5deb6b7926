"""Level above the cut-off of the candidate over the reference, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.decibel import power_db
from inspector.audio.high_band import HighBand
from inspector.audio.result_dict import result_dict
from inspector.tensors import Array, freeze

# Differences more than 100 dB below the loudest reference frame are not heard.
_FLOOR_POWER = 1e-10


@dataclass(frozen=True)
class HighBandRatio:
    """High-band power of the candidate over the reference, in dB per pair of frames.

    Attributes:
        median_db: level difference that a burst cannot move.
        p05_db, p95_db: percentiles over the frames compared.
        max_db, max_time_s: largest ratio and the start of its frame.
        min_db, min_time_s: smallest ratio and the start of its frame.
        clip_db: ratio of the mean power per active frame; it hides bursts.
        frames_compared: pairs of which at least one frame is not silent.
        ratio_db: [P], NaN where both frames are silent.
        time_s: start of those frames on the reference's time axis, [P].
        reason: why there is no ratio; empty otherwise.
    """

    median_db: float | None
    p05_db: float | None
    p95_db: float | None
    max_db: float | None
    max_time_s: float | None
    min_db: float | None
    min_time_s: float | None
    clip_db: float | None
    frames_compared: int
    ratio_db: Array
    time_s: Array
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values; long arrays are left out."""
        return result_dict(self)


def high_band_ratio(
    reference: HighBand | None, candidate: HighBand | None, lag_s: float = 0.0
) -> HighBandRatio:
    """Compare the high band of frames that coincide once the candidate moves by `lag_s`.

    ratio = 10 log10((c + e) / (r + e)) with e 100 dB below the loudest reference frame,
    so that inaudible differences count as none and silence gives a finite number.

    Args:
        reference, candidate: the two sides, measured with one cut-off; None when absent.
        lag_s: lag of the candidate in seconds, positive when it comes later.
    """
    for name, side in (("reference", reference), ("candidate", candidate)):
        if side is None:
            return _nothing(f"only one side was recorded: the {name} is missing")
        if side.reason:
            return _nothing(f"{name}: {side.reason}")
    assert reference is not None and candidate is not None  # told apart above
    hop_s = float(np.diff(candidate.frame_time_s[:2]).sum()) or 1.0
    place = np.rint((reference.frame_time_s + lag_s - candidate.frame_time_s[0]) / hop_s)
    inside = (place >= 0) & (place < candidate.frames)
    place = place[inside].astype(np.int64)
    floor = _FLOOR_POWER * float(reference.frame_power.max())
    high_r = reference.frame_high_power[inside] + floor
    high_c = candidate.frame_high_power[place] + floor
    heard = np.isfinite(reference.frame_fraction[inside]) | np.isfinite(
        candidate.frame_fraction[place]
    )
    if not heard.any():
        return _nothing("no frame of the one side meets a frame of the other")
    ratio = np.where(heard, 10.0 * np.log10(high_c / high_r), np.nan)
    time = reference.frame_time_s[inside]
    p05, median, p95 = (float(v) for v in np.percentile(ratio[heard], (5, 50, 95)))
    top, bottom = int(np.nanargmax(ratio)), int(np.nanargmin(ratio))
    mean_r = float(reference.frame_high_power.sum()) / reference.active_frames
    mean_c = float(candidate.frame_high_power.sum()) / candidate.active_frames
    return HighBandRatio(
        median_db=median,
        p05_db=p05,
        p95_db=p95,
        max_db=float(ratio[top]),
        max_time_s=float(time[top]),
        min_db=float(ratio[bottom]),
        min_time_s=float(time[bottom]),
        clip_db=power_db(mean_c / mean_r) if mean_r > 0 else None,
        frames_compared=int(np.count_nonzero(heard)),
        ratio_db=freeze(ratio),
        time_s=freeze(time),
    )


def _nothing(reason: str) -> HighBandRatio:
    empty = freeze(np.zeros(0))
    return HighBandRatio(None, None, None, None, None, None, None, None, 0, empty, empty, reason)
