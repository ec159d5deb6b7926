"""The mel of a recording made audible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from inspector.audio.griffin_lim import render
from traces.training.corpus import SPEC
from traces.training.speech import LEVEL

FULL_SCALE = 0.98
_ITERATIONS = 60
_GRID = 0.05  # 0.4 dB


def write_sound(mel: NDArray[np.floating], path: Path) -> float:
    """Render a log-mel [F, T] by Griffin-Lim to 16-bit PCM at 24 kHz; return the gain.

    The mel is rounded first: the search for phases turns a difference in the seventh digit
    into one that can be heard, and two mels that are equal but for rounding should sound the
    same.  The level that training took away is given back.  A mel whose sound would then go
    beyond full scale, as those of broken runs do, is made quieter until it fits.
    """
    samples = render(np.round(mel / _GRID) * _GRID, SPEC, _ITERATIONS)
    gain = 0.5 / LEVEL
    peak = float(np.abs(samples).max()) * gain
    if peak > FULL_SCALE:
        gain *= FULL_SCALE / peak
    soundfile.write(path, gain * samples, SPEC.sample_rate_hz, subtype="PCM_16")
    return gain
