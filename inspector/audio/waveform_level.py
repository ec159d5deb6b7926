"""Peak, RMS, offset and clipping of one clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.decibel import amplitude_db
from inspector.audio.result_dict import result_dict
from inspector.tensors import Array, freeze

CLIPPING_RULE = (
    "a sample is clipped at or beyond full scale (±32767/32768), or on a rail: the clip's own "
    "largest or smallest value when at least 3 samples share it and more samples lie on it "
    "than in the 1 % below it"
)
"""The definition of clipping, for the reader."""

# The positive full scale of 16-bit audio once it is divided by 32768.
_FULL_SCALE = 32767.0 / 32768.0
_LEAST_ON_RAIL = 3
_RAIL_TOLERANCE = 1e-6
_NEXT_BELOW = 0.01
# Below this a 16-bit clip has so few steps that its extremes repeat without clipping.
_LOWEST_RAIL = 0.01


@dataclass(frozen=True)
class WaveformLevel:
    """Level of one clip, full scale = 1.

    Attributes:
        peak: largest |sample|.
        rms: root of the mean square.
        rms_db: the same in dB relative to full scale; None for silence.
        dc_offset: mean.
        clipped_count: clipped samples, see `CLIPPING_RULE`.
        clipped_fraction: their share, 0 to 1.
        rail: level at which the clip is cut when it is cut below full scale, else None.
        clipped: [N] bool, which samples are clipped.
    """

    peak: float
    rms: float
    rms_db: float | None
    dc_offset: float
    clipped_count: int
    clipped_fraction: float
    rail: float | None
    clipped: Array

    def to_dict(self) -> dict[str, Any]:
        """The level as plain JSON values, without the marks."""
        out = result_dict(self)
        out.pop("clipped", None)
        return out


def measure_level(samples: Array) -> WaveformLevel:
    """Measure one clip [N], finite, full scale = 1; an empty clip gives zeros."""
    if samples.size == 0:
        return WaveformLevel(0.0, 0.0, None, 0.0, 0, 0.0, None, freeze(np.zeros(0, dtype=bool)))
    magnitude = np.abs(samples)
    peak = float(magnitude.max())
    # Scaled by the peak so that neither huge nor tiny samples lose their square.
    rms = peak * float(np.sqrt(np.mean(np.square(samples / peak)))) if peak > 0 else 0.0
    clipped = magnitude >= _FULL_SCALE
    rails = []
    if samples.min() < samples.max():
        for sign in (1.0, -1.0):
            on_rail = _on_rail(sign * samples)
            if on_rail is not None:
                rails.append(float(magnitude[on_rail].max()))
                clipped |= on_rail
    count = int(np.count_nonzero(clipped))
    return WaveformLevel(
        peak=peak,
        rms=rms,
        rms_db=amplitude_db(rms),
        dc_offset=float(samples.mean()),
        clipped_count=count,
        clipped_fraction=count / samples.size,
        rail=max(rails) if rails and max(rails) < _FULL_SCALE else None,
        clipped=freeze(clipped),
    )


def _on_rail(samples: Array) -> Array | None:
    """Which samples lie on the largest value, or None when it is no rail."""
    top = float(samples.max())
    if top < _LOWEST_RAIL:
        return None
    on_rail = samples >= top * (1.0 - _RAIL_TOLERANCE)
    count = int(np.count_nonzero(on_rail))
    below = int(np.count_nonzero(samples >= top * (1.0 - _NEXT_BELOW))) - count
    return on_rail if count >= _LEAST_ON_RAIL and count > below else None
