from __future__ import annotations

import numpy as np
import pytest

from inspector.audio.high_band import audio_high_band
from inspector.audio.high_band_ratio import high_band_ratio
from tests.audio.speech_like import speech_like

RATE = 24000
SPEECH = speech_like(3.0)


def _band(samples, lead=0):
    return audio_high_band(samples, RATE, 3000, lead_samples=lead)


def test_identical_sides_differ_in_no_frame():
    ratio = high_band_ratio(_band(SPEECH), _band(SPEECH))
    assert ratio.max_db == ratio.min_db == ratio.median_db == ratio.clip_db == 0.0
    assert ratio.frames_compared > 100


def test_a_gain_shows_in_every_frame():
    ratio = high_band_ratio(_band(SPEECH), _band(0.5 * SPEECH))
    assert ratio.median_db == pytest.approx(-6.02, abs=0.01)
    assert ratio.clip_db == pytest.approx(-6.02, abs=0.01)


def test_a_short_burst_shows_although_the_total_hides_it():
    hissing = SPEECH.copy()
    rng = np.random.default_rng(0)
    loud = np.diff(rng.standard_normal(RATE + 1)) * 0.4
    hissing[:RATE] += loud
    burst = hissing.copy()
    quiet = int(1.6 * RATE)
    burst[quiet : quiet + 7200] += 0.05 * np.diff(rng.standard_normal(7201))
    ratio = high_band_ratio(_band(hissing), _band(burst))
    assert abs(ratio.clip_db) < 0.3
    assert ratio.p95_db > 10
    assert ratio.max_db > 20
    assert 1.6 - 0.04 <= ratio.max_time_s <= 1.9
    assert abs(ratio.median_db) < 0.1


def test_a_lost_high_band_is_the_smallest_ratio():
    hz = np.fft.rfftfreq(SPEECH.size, 1 / RATE)
    dull = np.fft.irfft(np.fft.rfft(SPEECH) * np.clip((2900 - hz) / 900, 0, 1), SPEECH.size)
    ratio = high_band_ratio(_band(SPEECH), _band(dull))
    assert ratio.p05_db < -20 and ratio.min_db <= ratio.p05_db
    assert ratio.median_db < -10 and ratio.clip_db < -20


def test_a_lag_pairs_the_frames_that_belong_together():
    lag = 480 * 7
    later = np.concatenate([np.zeros(lag), SPEECH])
    moved = high_band_ratio(_band(SPEECH), _band(later), lag / RATE)
    assert max(abs(moved.max_db), abs(moved.min_db)) < 0.01
    unmoved = high_band_ratio(_band(SPEECH), _band(later))
    assert max(abs(unmoved.max_db), abs(unmoved.min_db)) > 10
    earlier = high_band_ratio(_band(later), _band(SPEECH), -lag / RATE)
    assert max(abs(earlier.max_db), abs(earlier.min_db)) < 0.01


def test_differences_that_nobody_hears_count_as_none():
    hum = 0.5 * np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)
    rng = np.random.default_rng(0)
    inside = slice(2, 40)  # at both ends the tone is cut off, which is heard
    faint, heard = (
        high_band_ratio(_band(hum), _band(hum + level * rng.standard_normal(RATE))).ratio_db
        for level in (1e-7, 1e-4)
    )
    assert faint[inside].max() < 0.5
    assert heard[inside].max() > 10


def test_frames_silent_on_both_sides_are_left_out():
    padded = np.concatenate([SPEECH, np.zeros(RATE)])
    ratio = high_band_ratio(_band(padded), _band(padded))
    assert ratio.frames_compared < ratio.ratio_db.size - 40
    one_sided = padded.copy()
    one_sided[-RATE:] += 0.01 * np.random.default_rng(0).standard_normal(RATE)
    assert high_band_ratio(_band(padded), _band(one_sided)).frames_compared > ratio.frames_compared


@pytest.mark.parametrize(
    ("reference", "candidate", "word"),
    [
        (None, SPEECH, "reference is missing"),
        (SPEECH, None, "candidate is missing"),
        (np.zeros(5000), SPEECH, "reference: the clip is silent"),
        (SPEECH, np.zeros(0), "candidate: there are no samples"),
    ],
)
def test_without_two_sides_there_is_a_reason(reference, candidate, word):
    sides = [None if s is None else _band(s) for s in (reference, candidate)]
    ratio = high_band_ratio(*sides)
    assert word in ratio.reason
    assert ratio.p95_db is ratio.clip_db is None


def test_a_lag_beyond_the_clip_meets_nothing():
    assert "no frame" in high_band_ratio(_band(SPEECH), _band(SPEECH), 99.0).reason
