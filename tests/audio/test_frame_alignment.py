from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.audio.frame_alignment import find_frame_lag
from inspector.audio.mel_scale import MelSpec
from inspector.audio.spectrum import log_mel
from tests.audio.speech_like import speech_like

MEL = log_mel(speech_like(3.0), MelSpec())


@given(st.integers(-25, 25), st.sampled_from([0.0, 0.3]))
@settings(max_examples=60, deadline=None)
def test_a_planted_lag_is_found(lag, noise):
    count = MEL.shape[1] - abs(lag)
    start_r, start_c = max(0, -lag), max(0, lag)
    reference = MEL[:, start_c : start_c + count]
    candidate = MEL[:, start_r : start_r + count]
    candidate = candidate + noise * np.random.default_rng(1).standard_normal(candidate.shape)
    found = find_frame_lag(reference, candidate)
    assert found.lag_frames == lag
    assert found.trustworthy, found.reason


def test_a_shift_of_one_frame_is_trusted_and_better():
    found = find_frame_lag(MEL, np.roll(MEL, 1, axis=1))
    assert (found.lag_frames, found.trustworthy) == (1, True)
    assert found.correlation > found.correlation_unshifted


def test_another_level_and_tilt_do_not_matter():
    tilt = np.linspace(-3, 3, 80)[:, None]
    found = find_frame_lag(MEL, 0.5 * MEL + tilt)
    assert (found.lag_frames, found.trustworthy) == (0, True)


def test_a_part_is_found_inside_the_whole():
    found = find_frame_lag(MEL, MEL[:, 100:])
    assert (found.lag_frames, found.trustworthy) == (-100, True)


@pytest.mark.parametrize("seed", range(4))
def test_unrelated_mels_are_not_trusted(seed):
    other = log_mel(speech_like(3.0, seed=seed + 20), MelSpec())
    assert not find_frame_lag(MEL, other).trustworthy
    noise = np.random.default_rng(seed).standard_normal(MEL.shape)
    found = find_frame_lag(MEL, noise)
    assert not found.trustworthy and "do not agree" in found.reason


def test_a_rhythm_that_repeats_is_not_trusted():
    rhythm = np.sin(2 * np.pi * np.arange(200) / 10)[None, :] * np.ones((80, 1))
    found = find_frame_lag(rhythm, np.roll(rhythm, 3, axis=1))
    assert not found.trustworthy and "no clear peak" in found.reason


def test_a_lag_that_hardly_helps_is_not_named():
    rng = np.random.default_rng(0)
    slow = np.convolve(rng.standard_normal(900), np.hanning(60), "valid")[None, :]
    slow = slow / slow.std() * np.ones((80, 1))
    found = find_frame_lag(
        slow + 0.5 * rng.standard_normal(slow.shape),
        np.roll(slow, 2, axis=1) + 0.5 * rng.standard_normal(slow.shape),
    )
    assert found.lag_frames == 2
    assert not found.trustworthy and "hardly better" in found.reason


@pytest.mark.parametrize(
    ("reference", "candidate", "word"),
    [
        (MEL[:, :5], MEL, "fewer than"),
        (np.zeros((80, 0)), MEL, "fewer than"),
        (np.zeros((80, 50)), MEL, "reference is constant"),
        (MEL, np.full((80, 50), -11.5), "candidate is constant"),
        (MEL, np.full((80, 50), np.nan), "candidate is constant"),
    ],
)
def test_odd_data_give_lag_zero_with_a_reason(reference, candidate, word):
    found = find_frame_lag(reference, candidate)
    assert (found.lag_frames, found.correlation, found.trustworthy) == (0, None, False)
    assert word in found.reason


def test_non_finite_and_huge_values_do_not_hide_the_lag():
    broken = np.roll(MEL, 3, axis=1).astype(np.float64)
    broken[3, 40] = np.nan
    broken[9, 70] = -np.inf
    assert find_frame_lag(MEL, broken).lag_frames == 3
    assert find_frame_lag(MEL * np.float32(1e30), np.roll(MEL, 3, axis=1)).lag_frames == 3
