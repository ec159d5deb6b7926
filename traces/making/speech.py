"""Speech-like sound of our own: harmonics under moving formants, plus shaped noise.

Nobody spoke it and no synthesiser was asked: a phone is a row of the tables below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SAMPLE_RATE_HZ = 24000
_CONTROL = 120  # samples per control point: 5 ms
_TOP_HZ = 8000.0
_BANDWIDTHS_HZ = np.array([70.0, 100.0, 150.0, 220.0, 300.0])
_SMOOTH_POINTS = 11  # 55 ms: how long the mouth takes from one phone to the next

#            F1, F2, F3 (Hz), voicing 0..1
_VOICED = {
    "i": (290, 2350, 3050, 1.0),
    "e": (440, 2050, 2750, 1.0),
    "E": (590, 1850, 2600, 1.0),
    "a": (820, 1300, 2650, 1.0),
    "o": (480, 880, 2600, 1.0),
    "u": (320, 820, 2450, 1.0),
    "@": (520, 1450, 2550, 0.8),
    "m": (270, 1050, 2200, 0.32),
    "n": (270, 1650, 2550, 0.32),
    "l": (370, 1050, 2900, 0.6),
    "r": (420, 1150, 1650, 0.6),
    "j": (270, 2300, 3000, 0.6),
    "w": (310, 700, 2350, 0.6),
}
#            lower edge, upper edge (Hz), level 0..1
_NOISY = {
    "s": (4600, 8200, 0.55),
    "S": (2200, 5600, 0.60),
    "f": (1400, 8000, 0.16),
    "h": (600, 3600, 0.14),
    "t": (3200, 7600, 0.50),
    "k": (1400, 3600, 0.45),
}
_STOPS = "tk"
PAUSE = "_"
PHONES = (*_VOICED, *_NOISY)


@dataclass(frozen=True)
class Voice:
    """A speaker.

    Attributes:
        f0_hz: middle of the pitch range.
        scale: factor on every formant (a shorter throat is above 1).
    """

    name: str
    f0_hz: float
    scale: float


VOICES = (Voice("low", 135.0, 0.92), Voice("high", 215.0, 1.08))


def random_phones(generator: np.random.Generator, seconds: float) -> list[tuple[str, float]]:
    """Draw a plausible babble of `seconds`: phones with their durations in seconds."""
    vowels, sonorants = list("ieEaou@"), list("mnlrjw")
    phones: list[tuple[str, float]] = [(PAUSE, 0.06)]
    total = 0.06
    while total < seconds:
        if generator.random() < 0.12:
            phones.append((PAUSE, generator.uniform(0.06, 0.16)))
        onset = str(generator.choice([*sonorants, *_NOISY, ""]))
        if onset:
            phones.append((onset, generator.uniform(0.06, 0.13)))
        phones.append((str(generator.choice(vowels)), generator.uniform(0.09, 0.24)))
        if generator.random() < 0.3:
            phones.append((str(generator.choice(["n", "s", "l", "t"])), 0.08))
        total = sum(duration for _, duration in phones)
    return phones


def synthesise(
    phones: list[tuple[str, float]], voice: Voice, samples: int, generator: np.random.Generator
) -> Array:
    """Turn `phones` into sound.

    Args:
        phones: symbols of `PHONES` or `PAUSE` with durations in seconds.
        voice: who speaks.
        samples: N; the sound is cut or filled with silence to this length.
        generator: source of jitter and noise.

    Returns:
        [N] float64 at `SAMPLE_RATE_HZ`, without a fixed level.
    """
    points = samples // _CONTROL + 2
    formants, voiced, low, high, noisy = _tracks(phones, voice, points)
    pitch = _pitch(voice, points, generator)
    noise = _noise(low, high, noisy, voiced, samples, generator)
    return _harmonics(formants, voiced, pitch, samples) + noise


def _tracks(
    phones: list[tuple[str, float]], voice: Voice, points: int
) -> tuple[Array, Array, Array, Array, Array]:
    formants = np.tile([520.0, 1450.0, 2550.0, 3600.0, 4600.0], (points, 1))
    voiced, noisy = np.zeros(points), np.zeros(points)
    low, high = np.full(points, 1000.0), np.full(points, 6000.0)
    position = 0.0
    for symbol, duration in phones:
        first = round(position * SAMPLE_RATE_HZ / _CONTROL)
        position += duration
        last = min(round(position * SAMPLE_RATE_HZ / _CONTROL), points)
        if symbol in _VOICED:
            formants[first:last, :3] = _VOICED[symbol][:3]
            voiced[first:last] = _VOICED[symbol][3]
        elif symbol in _NOISY:
            begin = max(last - 4, first) if symbol in _STOPS else first  # closure, then burst
            low[first:last], high[first:last], noisy[begin:last] = _NOISY[symbol]
    soft = np.stack([_smooth(track, _SMOOTH_POINTS) for track in formants.T], axis=1)
    return soft * voice.scale, _smooth(voiced, 7), low, high, _smooth(noisy, 5)


def _smooth(track: Array, points: int) -> Array:
    window = np.hanning(points + 2)[1:-1]
    padded = np.pad(track, points // 2, mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")


def _pitch(voice: Voice, points: int, generator: np.random.Generator) -> Array:
    seconds = np.arange(points) * _CONTROL / SAMPLE_RATE_HZ
    phase = generator.uniform(0, 2 * np.pi)
    melody = 0.14 * np.sin(2 * np.pi * 0.55 * seconds + phase) - 0.05 * seconds
    jitter = _smooth(generator.standard_normal(points), 9) * 0.012
    return voice.f0_hz * np.exp(melody + jitter)


def _harmonics(formants: Array, voiced: Array, pitch: Array, samples: int) -> Array:
    control = np.arange(len(voiced)) * _CONTROL
    time = np.arange(samples)
    phase = 2 * np.pi * np.cumsum(np.interp(time, control, pitch)) / SAMPLE_RATE_HZ
    sound = np.zeros(samples)
    for number in range(1, int(_TOP_HZ / pitch.min()) + 1):
        frequency = number * pitch
        gain = voiced * (frequency < _TOP_HZ) / number  # a sawtooth-like source
        for index, bandwidth in enumerate(_BANDWIDTHS_HZ):
            centre = formants[:, index]
            gain = gain * centre**2 / np.hypot(centre**2 - frequency**2, bandwidth * frequency)
        sound += np.interp(time, control, gain) * np.sin(number * phase)
    return sound


def _noise(
    low: Array,
    high: Array,
    level: Array,
    voiced: Array,
    samples: int,
    generator: np.random.Generator,
) -> Array:
    """White noise in 10 ms windows that overlap by half: friction, breath and the room."""
    width = 2 * _CONTROL
    window = np.hanning(width + 1)[:-1]
    frequency = np.fft.rfftfreq(width, 1 / SAMPLE_RATE_HZ)
    white = generator.standard_normal((len(level), width))
    above = 1 / (1 + np.exp((low[:, None] - frequency) / 250.0))
    below = 1 / (1 + np.exp((frequency - high[:, None]) / 250.0))
    room = 0.012 / (1 + frequency / 500.0)  # a recording is never digitally silent
    breath = 0.02 * voiced[:, None] * (1 / (1 + np.exp((1800.0 - frequency) / 400.0)))
    shape = level[:, None] * above * below + breath + room
    pieces = np.fft.irfft(np.fft.rfft(white * window, axis=1) * shape, n=width, axis=1)
    sound = np.zeros((len(level) + 1) * _CONTROL)
    for index, piece in enumerate(pieces):
        sound[index * _CONTROL : index * _CONTROL + width] += piece
    return sound[:samples]
