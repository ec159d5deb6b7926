from __future__ import annotations

import numpy as np

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
    assert "the reference is what noise shows" in _text(NOISE, SPEECH)
    assert "noise shows" not in _text(SPEECH, NOISE, cutoff=6000.0)


def test_what_both_sides_show_alike_accuses_neither():
    text = _text(NOISE, 0.5 * NOISE)
    assert "Both sides alike; noise or many fricatives show as much." in text
    assert "noise shows" not in text and "look at" not in text
    hissing = SPEECH + 0.5 * NOISE
    assert "Both sides alike" in _text(hissing, hissing)
    assert "look at" not in _text(hissing, hissing)
    assert "alike" not in _text(SPEECH, SPEECH)


def test_one_noisy_side_alone_is_named():
    assert "the candidate is what noise shows" in _text(None, NOISE)
    assert "the reference is what noise shows" in _text(NOISE, np.zeros(9000))


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


def test_levels_of_frames_that_do_not_correspond_are_not_given():
    text = _text(SPEECH, 0.5 * SPEECH, aligned=False)
    assert text.endswith(
        "Audio, level above 3000 Hz per frame: not compared, since the two sounds cannot be "
        "lined up in time."
    )
    assert "dB" not in text
    assert "median -6.0 dB" in _text(SPEECH, 0.5 * SPEECH)


def test_non_finite_samples_are_counted():
    broken = SPEECH.copy()
    broken[3] = np.nan
    assert "1 samples of the candidate's audio are not finite" in _text(SPEECH, broken)
