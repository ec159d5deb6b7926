from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.audio.high_band import audio_high_band, mel_high_band, no_high_band
from inspector.audio.mel_scale import LOG_FLOOR, MelSpec
from inspector.audio.spectrum import log_mel
from tests.audio.speech_like import speech_like

RATE = 24000
SPEC = MelSpec()
NOISE = 0.1 * np.random.default_rng(0).standard_normal(4 * RATE)


def _tone(hz, seconds=1.0, peak=0.5, rate=RATE):
    return peak * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


@pytest.mark.parametrize(("cutoff", "share"), [(3000, 0.75), (2000, 10 / 12), (6000, 0.5)])
def test_white_noise_spreads_evenly(cutoff, share):
    band = audio_high_band(NOISE, RATE, cutoff)
    assert band.hf_energy_fraction == pytest.approx(share, abs=0.01)


def test_a_tone_is_below_or_above():
    assert audio_high_band(_tone(1000), RATE, 3000).hf_energy_fraction < 1e-4
    assert audio_high_band(_tone(5000), RATE, 3000).hf_energy_fraction > 0.9999


def test_two_tones_share_by_power():
    both = _tone(1000, peak=0.3) + _tone(5000, peak=0.1)
    assert audio_high_band(both, RATE, 3000).hf_energy_fraction == pytest.approx(0.1, abs=1e-3)


def test_the_cumulative_curve_agrees_with_the_share_at_any_cutoff():
    signal = speech_like(1.0)
    for cutoff in (500.0, 3000.0, 3013.0, 7777.0):
        band = audio_high_band(signal, RATE, cutoff)
        below = np.interp(cutoff, band.frequency_hz, band.cumulative_fraction)
        assert band.hf_energy_fraction == pytest.approx(1 - below, abs=1e-12)
    assert band.cumulative_fraction[-1] == pytest.approx(1.0)
    assert np.all(np.diff(band.cumulative_fraction) >= 0)


def test_the_worst_frame_is_where_the_hiss_is():
    signal = _tone(500, 2.0)
    signal[30000:32000] += 2 * np.diff(NOISE[:2001])
    band = audio_high_band(signal, RATE, 3000)
    assert 1.25 - 0.04 <= band.worst_time_s <= 1.25 + 2000 / RATE
    assert band.frame_fraction_max > 0.2
    assert band.frame_fraction_p95 < band.frame_fraction_max
    assert band.frame_time_s[band.worst_frame] == band.worst_time_s


def test_silent_frames_are_counted_and_left_out():
    signal = np.concatenate([_tone(5000), np.zeros(RATE), 1e-4 * _tone(500)])
    band = audio_high_band(signal, RATE, 3000)
    assert band.silent_frames + band.active_frames == band.frames
    assert band.silent_frames == pytest.approx(100, abs=3)
    assert band.frame_fraction_p95 > 0.999
    assert np.count_nonzero(np.isnan(band.frame_fraction)) == band.silent_frames


def test_zeros_in_front_move_the_frames_but_not_their_time():
    signal = np.concatenate([np.zeros(960), NOISE[:24000]])
    plain = audio_high_band(signal[960:], RATE, 3000, lead_samples=100)
    moved = audio_high_band(signal[860:], RATE, 3000)
    assert np.allclose(plain.frame_power, moved.frame_power)
    assert plain.frame_time_s[0] == pytest.approx(-100 / RATE)


@pytest.mark.parametrize(
    ("samples", "cutoff", "word"),
    [
        (np.zeros(5000), 3000, "silent"),
        (np.zeros(0), 3000, "no samples"),
        (np.full(5000, np.nan), 3000, "silent"),
        (NOISE[:5000], 12000, "nothing lies above 12000 Hz"),
        (np.ones((40, 50)), 3000, "no audio signal"),
    ],
)
def test_audio_without_a_share_says_why(samples, cutoff, word):
    band = audio_high_band(samples, RATE, cutoff)
    assert word in band.reason
    assert band.hf_energy_fraction is band.frame_fraction_p95 is band.worst_time_s is None
    json.dumps(band.to_dict())


@pytest.mark.parametrize("count", [1, 100, 959, 961])
def test_clips_shorter_than_a_window_are_measured(count):
    band = audio_high_band(NOISE[:count], RATE, 3000)
    assert 0 <= band.hf_energy_fraction <= 1
    assert band.frames == 1 if count <= 960 else 2


def test_non_finite_samples_are_counted():
    broken = NOISE[:24000].copy()
    broken[7] = np.inf
    band = audio_high_band(broken, RATE, 3000)
    assert band.nonfinite_count == 1
    assert band.hf_energy_fraction == pytest.approx(0.75, abs=0.03)


def test_the_mel_agrees_with_the_audio_it_was_made_from():
    # White noise between 0 and 8 kHz: 5/8 of it lies above 3 kHz.
    mel = mel_high_band(log_mel(NOISE, SPEC), SPEC, 3000)
    assert mel.hf_energy_fraction == pytest.approx(5 / 8, abs=0.03)
    speech = speech_like(3.0)
    hz = np.fft.rfftfreq(speech.size, 1 / RATE)
    low = np.fft.irfft(np.fft.rfft(speech) * (hz < 8000), speech.size)
    audio_share = audio_high_band(low, RATE, 3000).hf_energy_fraction
    mel_share = mel_high_band(log_mel(low, SPEC), SPEC, 3000).hf_energy_fraction
    assert 0.5 < mel_share / audio_share < 2


@given(st.floats(-500, 500))
@settings(max_examples=50, deadline=None)
def test_the_level_of_a_mel_does_not_change_its_share(offset):
    mel = np.random.default_rng(0).uniform(0, 3, (80, 20))
    moved = mel_high_band(mel + offset, SPEC, 3000, log_offset=offset)
    if moved.reason:  # all of it lies at the log floor
        assert mel.min() + offset < LOG_FLOOR + 3
        return
    still = mel_high_band(mel, SPEC, 3000)
    assert moved.hf_energy_fraction == pytest.approx(still.hf_energy_fraction, rel=1e-9)


@pytest.mark.parametrize(
    ("mel", "word"),
    [
        (np.full((80, 5), LOG_FLOOR), "log floor"),
        (np.full((80, 5), np.nan), "log floor"),
        (np.zeros((80, 0)), "no frames"),
        (np.zeros((20, 5)), "shape 20x5"),
        (np.zeros(80), "shape 80"),
    ],
)
def test_a_mel_without_a_share_says_why(mel, word):
    band = mel_high_band(mel, SPEC, 3000)
    assert word in band.reason
    assert band.hf_energy_fraction is None


def test_extreme_mels_raise_nothing():
    for value in (1e308, -1e308, np.inf, 1e4):
        mel = np.full((80, 4), value)
        mel[0] = 0.0
        band = mel_high_band(mel, SPEC, 3000)
        assert band.reason or 0 <= band.hf_energy_fraction <= 1


def test_no_band_carries_its_reason():
    assert no_high_band("why").reason == "why"
