from __future__ import annotations

import numpy as np
import pytest

from inspector.audio.loudness import integrated_lufs


def _sine(rate, hz=997.0, seconds=3.0, peak=1.0):
    return peak * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [48000, 44100, 24000])
def test_a_full_scale_sine_at_997_hz_reads_minus_3_01(rate):
    # At 24 kHz the filter bends a little close to its Nyquist frequency.
    assert integrated_lufs(_sine(rate), rate).lufs == pytest.approx(-3.01, abs=0.03)


def test_halving_the_level_takes_6_db():
    full, half = (integrated_lufs(_sine(24000, peak=p), 24000).lufs for p in (1.0, 0.5))
    assert full - half == pytest.approx(6.0206, abs=1e-6)


def test_low_tones_are_weighted_down():
    low = integrated_lufs(_sine(24000, hz=40.0), 24000).lufs
    assert low < integrated_lufs(_sine(24000), 24000).lufs - 3


@pytest.mark.parametrize(
    ("samples", "rate", "word"),
    [
        (_sine(24000, seconds=0.399), 24000, "399 ms"),
        (np.zeros(24000), 24000, "silent"),
        (np.zeros(0), 24000, "no samples"),
        (_sine(24000, peak=1e-5), 24000, "under the gate"),
        (_sine(4000), 4000, "8000 Hz"),
        (np.full(24000, np.nan), 24000, "silent"),
        (np.ones((40, 50)), 24000, "no audio signal"),
    ],
)
def test_what_has_no_loudness_says_why(samples, rate, word):
    loudness = integrated_lufs(samples, rate)
    assert loudness.lufs is None
    assert word in loudness.reason
    assert loudness.to_dict() == {"lufs": None, "reason": loudness.reason}


def test_a_clip_of_one_block_has_a_loudness():
    assert integrated_lufs(_sine(24000, seconds=0.4), 24000).lufs is not None


def test_non_finite_samples_count_as_zero():
    broken = _sine(24000)
    broken[::100] = np.nan
    assert integrated_lufs(broken, 24000).lufs == pytest.approx(-3.0, abs=0.5)
