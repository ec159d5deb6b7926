"""Size of the difference of two mels: whole, per band and per frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.result_dict import result_dict
from inspector.tensors import Array, freeze


@dataclass(frozen=True)
class MelError:
    """Size of the difference of two mels, over the values finite on both sides.

    Attributes:
        max_abs, mean_abs, rmse: over everything; None when nothing is left to compare.
        percentile_995: 99.5th percentile of |difference|.
        worst_place: (bin, frame) of the largest error.
        worst_bin, worst_frame: bin and frame of the largest mean error.
        band_mean_abs, band_max_abs: per bin, [F], NaN where a bin has nothing.
        frame_mean_abs, frame_max_abs: per frame, [T], NaN where a frame has nothing.
        excluded_count: values left out because a side is not finite there.
    """

    max_abs: float | None
    mean_abs: float | None
    rmse: float | None
    percentile_995: float | None
    worst_place: tuple[int, int] | None
    worst_bin: int | None
    worst_frame: int | None
    band_mean_abs: Array
    band_max_abs: Array
    frame_mean_abs: Array
    frame_max_abs: Array
    excluded_count: int

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values; long profiles are left out."""
        return result_dict(self)


def measure_error(difference: Array) -> MelError:
    """Measure a difference [F, T]; values that are not finite are left out and counted."""
    error = np.abs(difference)
    finite = np.isfinite(error)
    known = error[finite]
    bands, band_max = _profile(error, finite, 1)
    frames, frame_max = _profile(error, finite, 0)
    place = None
    if known.size:
        top = np.unravel_index(int(np.argmax(np.where(finite, error, -1.0))), error.shape)
        place = (int(top[0]), int(top[1]))
    return MelError(
        max_abs=float(known.max()) if known.size else None,
        mean_abs=float(known.mean()) if known.size else None,
        rmse=float(np.sqrt(np.mean(known**2))) if known.size else None,
        percentile_995=float(np.percentile(known, 99.5)) if known.size else None,
        worst_place=place,
        worst_bin=int(np.nanargmax(bands)) if known.size else None,
        worst_frame=int(np.nanargmax(frames)) if known.size else None,
        band_mean_abs=freeze(bands),
        band_max_abs=freeze(band_max),
        frame_mean_abs=freeze(frames),
        frame_max_abs=freeze(frame_max),
        excluded_count=int(error.size - known.size),
    )


def _profile(error: Array, finite: Array, axis: int) -> tuple[Array, Array]:
    """Mean and largest error along one axis, NaN where nothing is finite."""
    count = np.count_nonzero(finite, axis=axis)
    total = np.sum(error, axis=axis, where=finite)
    largest = np.max(error, axis=axis, where=finite, initial=0.0)
    mean = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean, np.where(count > 0, largest, np.nan)
