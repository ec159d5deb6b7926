"""Integrated loudness by ITU-R BS.1770."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

from inspector.audio.mono import to_mono
from inspector.audio.result_dict import result_dict
from inspector.tensors import Array

_BLOCK_MS = 400
_LOWEST_RATE_HZ = 8000


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness of one clip.

    Attributes:
        lufs: gated loudness in LUFS; None when BS.1770 defines none.
        reason: why there is none; empty when there is one.
    """

    lufs: float | None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The loudness as plain JSON values."""
        return result_dict(self)


def integrated_lufs(samples: Array, sample_rate_hz: int) -> Loudness:
    """Measure the integrated loudness of one channel.

    BS.1770-4: K-weighting, blocks of 400 ms with 75 % overlap, gates at -70 LUFS and 10
    LU below the mean.  The K-filter is derived anew for the sample rate
    (``pyloudnorm.Meter(filter_class="DeMan")``), since the tabulated one fits 48 kHz only.

    Args:
        samples: audio [N]; non-finite counts as 0.
        sample_rate_hz: its rate.
    """
    mono = to_mono(samples)
    if mono.reason:
        return Loudness(None, mono.reason)
    if sample_rate_hz < _LOWEST_RATE_HZ:
        return Loudness(
            None,
            f"the K-filter needs a rate of at least {_LOWEST_RATE_HZ} Hz, not {sample_rate_hz}",
        )
    duration_ms = 1000.0 * mono.samples.size / sample_rate_hz
    if duration_ms < _BLOCK_MS:
        return Loudness(
            None, f"the clip lasts {duration_ms:.0f} ms and a loudness block {_BLOCK_MS} ms"
        )
    if not mono.samples.any():
        return Loudness(None, "the clip is silent")
    # Imported here: it brings scipy.signal along.
    from pyloudnorm import Meter

    meter = Meter(sample_rate_hz, filter_class="DeMan")
    with warnings.catch_warnings():
        # A clip whose blocks all lie under the gate makes it take the mean of nothing.
        warnings.simplefilter("ignore", RuntimeWarning)
        value = float(meter.integrated_loudness(mono.samples))
    if not math.isfinite(value):
        return Loudness(None, "every block lies under the gate of -70 LUFS")
    return Loudness(value)
