from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.hf_sentences import describe_sides
from inspector.audio.high_band import audio_high_band
from inspector.audio.high_band_ratio import high_band_ratio
from tests.audio.speech_like import speech_like

RATE = 24000
SPEECH = speech_like(2.0)
NOISE = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE)


def _text(reference, candidate, cutoff=3000.0, aligned=True):
    left, right = (
        None if s is None else audio_high_band(s, RATE, cutoff) for s in (reference, candidate)
    )
    ratio = high_band_ratio(left, right)
    return " ".join(describe_sides("audio", left, right, ratio, aligned, cutoff))


def test_equal_sides_are_called_equal():
    text = _text(SPEECH, SPEECH)
    assert "equal in all" in text
    assert "above 3000 Hz" in text


def test_noise_is_named_near_3_khz_alone():
    assert "the candidate is what noise shows" in _text(SPEECH, NOISE)
    assert "the reference and the candidate is what noise shows" in _text(NOISE, NOISE)
    assert "noise shows" not in _text(SPEECH, NOISE, cutoff=6000.0)


def test_a_share_that_speech_rarely_has_is_named():
    hissing = SPEECH + 0.5 * NOISE
    share = audio_high_band(hissing, RATE, 3000).hf_energy_fraction
    assert 0.2 < share < 0.5
    assert "Speech rarely exceeds 20 %: look at the candidate" in _text(SPEECH, hissing)


def test_a_side_without_a_share_says_why():
    assert "The audio of the candidate gives no share: the clip is silent" in _text(
        SPEECH, np.zeros(9000)
    )


def test_one_side_alone_is_described_without_a_comparison():
    text = _text(None, SPEECH)
    assert "of the candidate's power" in text
    assert "reference" not in text


@pytest.mark.parametrize("aligned", [True, False])
def test_unaligned_frames_are_said(aligned):
    assert ("need not correspond" in _text(SPEECH, 0.5 * SPEECH, aligned=aligned)) is not aligned


def test_non_finite_samples_are_counted():
    broken = SPEECH.copy()
    broken[3] = np.nan
    assert "1 samples of the candidate's audio are not finite" in _text(SPEECH, broken)
