from __future__ import annotations

import json

import numpy as np
import pytest

from inspector.audio.null_test import null_test
from tests.audio.speech_like import speech_like

SPEECH = speech_like(1.0)


def test_identical_signals_leave_exactly_nothing():
    null = null_test(SPEECH, SPEECH, 0, 0.0)
    assert (null.before_db, null.before_exact) == (None, True)
    assert (null.after_db, null.after_exact) == (None, True)
    assert null.gain == 1.0
    assert not null.residual.any()


def test_lag_and_gain_are_taken_away():
    candidate = np.concatenate([np.zeros(37), 0.7 * SPEECH])
    null = null_test(SPEECH, candidate, 37, 37.0)
    assert null.before_db is not None and null.before_db > -3
    assert null.after_db is not None and null.after_db < -250
    assert null.gain_db == pytest.approx(20 * np.log10(0.7))
    assert null.overlap_samples == SPEECH.size
    assert null.start_samples == 0


def test_a_residual_of_known_size():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(SPEECH.size)
    noise -= SPEECH * np.dot(noise, SPEECH) / np.dot(SPEECH, SPEECH)
    noise *= np.linalg.norm(SPEECH) / np.linalg.norm(noise) * 10 ** (-12 / 20)
    null = null_test(SPEECH, SPEECH + noise, 0, 0.0)
    assert null.before_db == pytest.approx(-12.0)
    assert null.after_db == pytest.approx(-12.0)
    assert np.allclose(null.residual, noise)


def test_noise_in_the_candidate_does_not_hide_in_the_gain():
    burst = np.zeros(SPEECH.size)
    burst[5000:8000] = 0.05 * np.random.default_rng(0).standard_normal(3000)
    null = null_test(SPEECH, 0.5 * SPEECH + burst, 0, 0.0)
    assert null.gain == pytest.approx(0.5, rel=0.2)
    outside = np.abs(null.residual[9000:]).max() / np.abs(SPEECH[9000:]).max()
    assert outside < 0.25


def test_inverted_polarity_is_a_negative_gain():
    null = null_test(SPEECH, -2 * SPEECH, 0, 0.0)
    assert null.gain == -2.0
    assert null.gain_db == pytest.approx(6.0206, abs=1e-3)
    assert null.after_exact


def test_the_fraction_of_a_sample_is_used_when_it_nulls_better():
    hz = np.fft.rfftfreq(SPEECH.size)
    low = np.fft.rfft(SPEECH) * (hz < 0.4)
    reference = np.fft.irfft(low, SPEECH.size)
    moved = np.fft.irfft(low * np.exp(-2j * np.pi * hz * 10.3), SPEECH.size)
    whole = null_test(reference, moved, 10, 10.0)
    finer = null_test(reference, moved, 10, 10.3)
    assert finer.lag_used_samples == 10.3
    assert finer.after_db < whole.after_db - 10
    # A fraction that is only an error of the estimate must not spoil an exact match.
    exact = null_test(SPEECH, SPEECH, 0, 0.02)
    assert exact.after_exact and exact.lag_used_samples == 0.0
    nearly = null_test(SPEECH, 0.7 * SPEECH, 0, 0.02)
    assert nearly.lag_used_samples == 0.0 and nearly.after_db < -250


def test_unrelated_signals_have_no_gain():
    noise = np.random.default_rng(0).standard_normal((2, 24000))
    null = null_test(noise[0], noise[1], 0, 0.0)
    assert null.gain is None and null.gain_db is None
    assert null.after_db == pytest.approx(3.0, abs=0.2)


def test_the_residual_starts_where_the_sides_meet():
    null = null_test(SPEECH, SPEECH[500:], -500, -500.0)
    assert null.start_samples == 500
    assert null.after_exact and not null.before_exact


@pytest.mark.parametrize(
    ("reference", "candidate", "lag", "word"),
    [
        (np.zeros(50), np.ones(50), 0, "silent"),
        (np.zeros(0), np.ones(50), 0, "no sample"),
        (np.ones(50), np.ones(50), 60, "no sample"),
    ],
)
def test_odd_data_give_a_reason(reference, candidate, lag, word):
    null = null_test(reference, candidate, lag, float(lag))
    assert word in null.reason
    assert null.after_db is None
    out = null.to_dict()
    assert "residual" not in out
    json.dumps(out, allow_nan=False)


def test_two_silent_sides_are_exact():
    null = null_test(np.zeros(50), np.zeros(50), 0, 0.0)
    assert null.before_exact and null.after_exact


def test_huge_and_tiny_values_raise_nothing():
    for scale in (1e30, 1e-30, 1e-160):
        null_test(SPEECH * scale, SPEECH, 0, 0.0)
        null_test(SPEECH, SPEECH * scale, 0, 0.0)
