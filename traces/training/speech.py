"""Sentences spoken by espeak-ng, at the rate and level of the demo."""

from __future__ import annotations

import io
import math
import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

SAMPLE_RATE_HZ = 24000

LEVEL = 0.05
"""espeak's full scale is multiplied by this, so that the log of every mel value is negative."""

_WORDS_PER_MINUTE = 165
_TIMEOUT_S = 60


@dataclass(frozen=True)
class Voice:
    """A voice of espeak-ng: its name and pitch (0 to 99)."""

    name: str
    pitch: int


VOICES = (Voice("en-us", 55), Voice("en-us+f3", 60))
"""A man and a woman."""

FEMALE = 1


def find_espeak() -> str:
    """Return the path of espeak-ng.

    Raises:
        SystemExit: it is not installed; says how to install it.
    """
    program = shutil.which("espeak-ng")
    if program is None:
        raise SystemExit(
            "Training speaks its sentences with espeak-ng, which is not installed. Install it\n"
            "  Debian, Ubuntu: sudo apt install espeak-ng\n"
            "  Fedora:         sudo dnf install espeak-ng\n"
            "  macOS:          brew install espeak-ng\n"
            "or leave out --train: the demo can be recorded again from the stored weights."
        )
    return program


def speak(sentence: str, voice: Voice) -> NDArray[np.float32]:
    """Return `sentence` as sound [N] at 24 kHz; the same words give the same samples."""
    command = [
        find_espeak(), "--stdout", "-v", voice.name, "-p", str(voice.pitch),
        "-s", str(_WORDS_PER_MINUTE), sentence,
    ]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)
    # A wave written to a pipe gives no true length in its header: read the samples as such.
    rate = int.from_bytes(done.stdout[24:28], "little")
    raw = done.stdout[44 : 44 + (len(done.stdout) - 44) // 2 * 2]
    samples, _ = soundfile.read(
        io.BytesIO(raw), dtype="float32", format="RAW", subtype="PCM_16", channels=1,
        samplerate=rate, endian="LITTLE",
    )  # fmt: skip
    share = math.gcd(SAMPLE_RATE_HZ, rate)
    sound = resample_poly(samples, SAMPLE_RATE_HZ // share, rate // share)
    return (LEVEL * sound).astype(np.float32)
