from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.audio.alignment import find_lag, overlap
from tests.audio.speech_like import speech_like

RATE = 24000
SPEECH = speech_like(2.0)


def _delayed(samples, lag):
    return np.concatenate([np.zeros(lag), samples]) if lag >= 0 else samples[-lag:]


def _noisy(samples, snr_db, seed=1):
    noise = np.random.default_rng(seed).standard_normal(samples.size)
    return samples + noise * np.sqrt(np.mean(samples**2)) * 10 ** (-snr_db / 20)


@given(
    lag=st.integers(-6000, 6000),
    gain=st.sampled_from([1.0, -1.0, 0.01, 30.0]),
    snr_db=st.sampled_from([60.0, 10.0, 0.0]),
)
@settings(max_examples=40, deadline=None)
def test_a_planted_lag_is_found(lag, gain, snr_db):
    found = find_lag(SPEECH, gain * _noisy(_delayed(SPEECH, lag), snr_db), RATE)
    assert found.lag_samples == lag
    assert found.trustworthy, found.reason
    assert found.inverted == (gain < 0)
    assert abs(found.fractional_lag_samples - lag) < 0.5
    assert found.lag_ms == pytest.approx(found.fractional_lag_samples * 1000 / RATE)


def test_exchanged_sides_give_the_opposite_lag():
    later = _delayed(SPEECH, 37)
    assert find_lag(SPEECH, later, RATE).lag_samples == 37
    assert find_lag(later, SPEECH, RATE).lag_samples == -37


def test_identical_sides_have_lag_zero_and_correlation_one():
    found = find_lag(SPEECH, SPEECH, RATE)
    assert (found.lag_samples, found.inverted, found.trustworthy) == (0, False, True)
    assert found.correlation == pytest.approx(1.0, abs=1e-12)
    assert abs(found.fractional_lag_samples) < 0.01


@pytest.mark.parametrize("fraction", [0.25, 0.4, -0.3])
def test_a_lag_between_samples_is_measured(fraction):
    hz = np.fft.rfftfreq(SPEECH.size)
    moved = np.fft.irfft(
        np.fft.rfft(SPEECH) * np.exp(-2j * np.pi * hz * (12 + fraction)), SPEECH.size
    )
    found = find_lag(SPEECH, moved, RATE)
    assert found.fractional_lag_samples == pytest.approx(12 + fraction, abs=0.05)


def test_a_part_is_found_inside_the_whole():
    found = find_lag(SPEECH, SPEECH[24000:], RATE)
    assert (found.lag_samples, found.trustworthy) == (-24000, True)


def test_leading_silence_does_not_matter():
    silence = np.zeros(30000)
    found = find_lag(np.concatenate([SPEECH, silence]), np.concatenate([silence, SPEECH]), RATE)
    assert (found.lag_samples, found.trustworthy) == (30000, True)


def test_non_finite_samples_count_as_zero_and_are_counted():
    broken = _delayed(SPEECH, 100).copy()
    broken[::1000] = np.nan
    broken[5] = np.inf
    found = find_lag(SPEECH, broken, RATE)
    assert found.lag_samples == 100
    assert found.nonfinite_count == int(np.count_nonzero(~np.isfinite(broken)))


@pytest.mark.parametrize("seed", range(5))
def test_unrelated_signals_are_not_trusted(seed):
    other = speech_like(2.0, seed=seed + 10)
    noise = np.random.default_rng(seed).standard_normal((2, 24000))
    assert not find_lag(SPEECH, other, RATE).lined_up
    assert not find_lag(noise[0], noise[1], RATE).lined_up


def test_a_pure_tone_is_not_trusted_since_every_period_fits():
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    found = find_lag(tone, _delayed(tone, 7), RATE)
    assert not found.trustworthy
    assert "no shift fits clearly better than others" in found.reason
    assert not find_lag(tone, _delayed(tone, 14), RATE).lined_up


def test_what_fits_as_stored_is_lined_up_without_a_clear_peak():
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    shifted = find_lag(tone, _delayed(tone, 3), RATE)
    assert not shifted.trustworthy and shifted.lined_up
    assert shifted.correlation_unshifted == pytest.approx(
        np.cos(2 * np.pi * 440 * 3 / RATE), abs=0.01
    )
    hiss = 0.1 * np.diff(np.random.default_rng(0).standard_normal(RATE + 1))
    buried = find_lag(speech_like(1.0), speech_like(1.0) + hiss, RATE)
    assert buried.lag_samples == 0 and not buried.trustworthy and buried.lined_up


@pytest.mark.parametrize(
    ("reference", "candidate", "word"),
    [
        (np.zeros(5000), SPEECH, "reference is silent"),
        (SPEECH, np.full(5000, 0.3), "candidate is silent or constant"),
        (np.zeros(0), SPEECH, "reference has fewer"),
        (SPEECH, np.ones(100), "candidate has fewer"),
        (SPEECH, np.full(5000, np.nan), "candidate is silent"),
        (SPEECH, np.ones(9000, complex), "candidate has fewer"),
    ],
)
def test_odd_data_give_lag_zero_with_a_reason(reference, candidate, word):
    found = find_lag(reference, candidate, RATE)
    assert (found.lag_samples, found.trustworthy, found.correlation) == (0, False, None)
    assert word in found.reason
    json.dumps(found.to_dict(), allow_nan=False)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(-80, 80))
@settings(max_examples=100, deadline=None)
def test_overlap_pairs_sample_n_with_sample_n_plus_lag(count_r, count_c, lag):
    reference, candidate = np.arange(count_r), np.arange(count_c)
    r, c = overlap(reference, candidate, lag)
    assert r.size == c.size
    assert np.array_equal(c - r, np.full(r.size, lag))
    assert r.size == len(set(range(count_r)) & {k - lag for k in range(count_c)})
