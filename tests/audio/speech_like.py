"""A seeded signal with the traits of speech that matter here."""

from __future__ import annotations

import numpy as np

from inspector.tensors import Array


def speech_like(seconds: float = 2.0, rate_hz: int = 24000, seed: int = 0) -> Array:
    """Gliding harmonics under moving formants, hisses and pauses; peak about 0.3."""
    rng = np.random.default_rng(seed)
    count = int(seconds * rate_hz)
    time = np.arange(count) / rate_hz
    knots = np.linspace(0, seconds, max(4, int(4 * seconds)))

    def curve(low: float, high: float) -> Array:
        return np.interp(time, knots, rng.uniform(low, high, knots.size))

    pitch = curve(110, 220)
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    first, second = curve(300, 800), curve(900, 2400)
    voice = np.zeros(count)
    for k in range(1, 25):
        hz = k * pitch
        gain = 1 / (1 + ((hz - first) / 120) ** 2) + 0.4 / (1 + ((hz - second) / 200) ** 2)
        voice += np.where(hz < rate_hz / 2.2, gain, 0.0) * np.sin(k * phase + rng.uniform(0, 6))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * time + rng.uniform(0, 6)) + 0.35, 0, 1)
    hiss = np.diff(rng.standard_normal(count + 1)) * np.clip(
        np.sin(2 * np.pi * 1.3 * time + rng.uniform(0, 6)) - 0.8, 0, 1
    )
    signal = voice * syllables + 0.6 * hiss + 1e-4 * rng.standard_normal(count)
    return 0.3 * signal / np.abs(signal).max()
