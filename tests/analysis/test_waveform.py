from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from inspector.analysis.waveform import compare_waveforms
from tests.audio.speech_like import speech_like
from tests.real import real_trace

RATE = 24000
SPEECH = speech_like(2.0).astype(np.float32)


def test_identical_signals():
    result = compare_waveforms(SPEECH, SPEECH, RATE, RATE)
    assert result.identical and not result.resampled
    assert result.null_before_db is None and result.null_after_db is None
    assert result.null.before_exact and result.null.after_exact
    assert (result.lag_samples, result.gain_db, result.lufs_difference_db) == (0, 0.0, 0.0)
    assert "identical" in result.sentences[-1]


def test_a_delayed_and_quieter_candidate():
    candidate = np.concatenate([np.zeros(37), 10 ** (-3 / 20) * SPEECH.astype(np.float64)])
    result = compare_waveforms(SPEECH, candidate, RATE, RATE)
    assert result.lag_samples == 37
    assert result.lag_ms == pytest.approx(37 / 24, abs=0.01)
    assert result.gain_db == pytest.approx(-3.0, abs=1e-6)
    assert result.lufs_difference_db == pytest.approx(-3.0, abs=0.05)
    assert result.null_before_db > -3
    assert result.null_after_db < -100
    text = " ".join(result.sentences)
    assert "37 samples" in text and "later" in text and "-3.00 dB" in text


def test_exchanged_sides_turn_lag_and_gain_around():
    candidate = np.concatenate([np.zeros(37), 0.5 * SPEECH])
    there = compare_waveforms(SPEECH, candidate, RATE, RATE)
    back = compare_waveforms(candidate, SPEECH, RATE, RATE)
    assert back.lag_samples == -there.lag_samples
    assert back.gain_db == pytest.approx(-there.gain_db)


def test_each_side_is_measured_as_stored():
    result = compare_waveforms(SPEECH, np.clip(5 * SPEECH, -0.99, 0.99), RATE, RATE)
    assert result.reference.clipped_count == 0
    clipped = int(np.count_nonzero(np.abs(5 * SPEECH) >= np.float32(0.99)))
    assert result.candidate.clipped_count == clipped > 100
    assert result.candidate.rail == pytest.approx(0.99)
    assert result.reference.peak == pytest.approx(np.abs(SPEECH).max())
    assert result.reference.duration_s == 2.0


def test_another_rate_is_resampled_for_comparison_only():
    from scipy.signal import resample_poly

    faster = resample_poly(SPEECH.astype(np.float64), 2, 1)
    result = compare_waveforms(SPEECH, faster, RATE, 2 * RATE)
    assert result.resampled
    assert (result.candidate.samples, result.candidate.sample_rate_hz) == (96000, 48000)
    assert result.candidate.duration_s == 2.0
    assert result.lag_samples == 0
    assert result.null_after_db < -30
    assert any("resampled to 24000 Hz" in s for s in result.sentences)


def test_a_missing_rate_is_taken_from_the_other_side_or_24000():
    assert compare_waveforms(SPEECH, SPEECH, None, 16000).reference.sample_rate_hz == 16000
    assert compare_waveforms(SPEECH, SPEECH).candidate.sample_rate_hz == 24000


def test_unrelated_signals_are_not_subtracted_and_said():
    result = compare_waveforms(SPEECH, speech_like(2.0, seed=9), RATE, RATE)
    assert not result.alignment.trustworthy
    assert result.lag_samples == 0
    assert result.gain_db is None
    assert any("cannot be lined up in time" in s for s in result.sentences)


def test_envelopes_lie_on_the_time_axis_of_the_reference():
    candidate = np.concatenate([np.zeros(2400), SPEECH])
    traces = compare_waveforms(SPEECH, candidate, RATE, RATE).traces
    assert traces.candidate.time_s[0] == pytest.approx(-0.1)
    peak_r = traces.reference.time_s[np.abs(traces.reference.maximum).argmax()]
    peak_c = traces.candidate.time_s[np.abs(traces.candidate.maximum).argmax()]
    assert peak_r == pytest.approx(peak_c, abs=0.003)


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [
        (np.zeros(0), SPEECH),
        (SPEECH, np.zeros(0)),
        (SPEECH, np.ones((30, 40))),
        (SPEECH, np.ones(9, complex)),
    ],
)
def test_what_is_no_audio_has_a_reason(reference, candidate):
    result = compare_waveforms(reference, candidate, RATE, RATE)
    assert result.reason and result.traces is None and result.null is None
    assert not result.identical
    assert any("has no audio" in s for s in result.sentences)


@pytest.mark.parametrize(
    "candidate",
    [np.zeros(48000), np.full(48000, 0.2), np.full(48000, np.nan), np.zeros(3), SPEECH[:5000]],
    ids=["silence", "constant", "nan", "three samples", "200 ms"],
)
def test_odd_signals_give_numbers_or_none(candidate):
    for left, right in ((SPEECH, candidate), (candidate, SPEECH), (candidate, candidate)):
        result = compare_waveforms(left, right, RATE, RATE)
        json.dumps(result.to_dict(), allow_nan=False)
        assert result.reason == ""


def test_nan_counts_as_zero_and_is_said():
    broken = SPEECH.copy()
    broken[[5, 900]] = np.nan
    result = compare_waveforms(SPEECH, broken, RATE, RATE)
    assert result.candidate.nonfinite_count == 2
    assert any("2 of 48000 samples" in s for s in result.sentences)
    assert not result.identical


@given(
    hnp.arrays(np.float32, hnp.array_shapes(max_dims=2, max_side=700)),
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=1, max_side=700)),
)
@settings(max_examples=60, deadline=None)
def test_nothing_raises(reference, candidate):
    json.dumps(compare_waveforms(reference, candidate, RATE, RATE).to_dict())


def test_importing_the_sound_questions_loads_nothing_slow():
    modules = "mel, hf_energy, waveform, tokens"
    slow = "librosa pyloudnorm soundfile scipy.signal scipy.fft numba torch matplotlib gradio"
    code = (
        f"from inspector.analysis import {modules}\nimport inspector.audio.griffin_lim, sys\n"
        f"print([m for m in {slow.split()!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.real
def test_a_real_pair():
    folder = real_trace("python-vs-swift")
    sides = [np.load(folder / side / "step8_audio.npy") for side in ("python", "swift")]
    result = compare_waveforms(*sides, RATE, RATE)
    assert (result.reference.samples, result.candidate.samples) == (120000, 187196)
    assert result.reference.duration_s == pytest.approx(5.00, abs=0.005)
    assert result.candidate.duration_s == pytest.approx(7.80, abs=0.005)
    assert result.reference.clipped_count == 0
    assert result.candidate.clipped_fraction == pytest.approx(0.09, abs=0.005)
    assert result.candidate.clipped_count == 17102
    assert not result.alignment.trustworthy
