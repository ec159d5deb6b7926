from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.waveform import compare_waveforms
from inspector.analysis.waveform_sentences import describe_side
from tests.audio.speech_like import speech_like

SPEECH = speech_like(1.0)


def _text(candidate, reference=SPEECH, rate=24000):
    return " ".join(compare_waveforms(reference, candidate, 24000, rate).sentences)


def test_clipping_names_count_share_and_level():
    driven = np.clip(5 * SPEECH, -0.9, 0.9)
    count = int(np.count_nonzero(np.abs(5 * SPEECH) >= 0.9))
    text = _text(driven)
    assert f"({count} of 24000, at ±0.9, below full scale)" in text
    assert "at full scale)" in _text(np.clip(5 * SPEECH, -1, 1))


def test_duration_is_given_in_seconds():
    assert "lasts 1.00 s against 1.50 s (24000 against 36000 samples at 24000 Hz)" in _text(
        speech_like(1.5)
    )
    assert "1.00 s on both sides" in _text(0.5 * SPEECH)


def test_silence_offset_and_polarity_are_said():
    assert "The candidate is silent" in _text(np.zeros(24000))
    assert "DC offset of +0.0200" in _text(SPEECH - SPEECH.mean() + 0.02)
    assert "inverted polarity" in _text(-SPEECH)


@pytest.mark.parametrize(("samples", "word"), [(20, "later"), (-20, "earlier")])
def test_the_direction_of_the_lag_is_said(samples, word):
    moved = np.concatenate([np.zeros(20), SPEECH]) if samples > 0 else SPEECH[20:]
    assert f"20 samples (0.83 ms) {word}" in _text(moved)


def test_gains_that_part_are_explained():
    hiss = 0.1 * np.diff(np.random.default_rng(0).standard_normal(24001))
    assert "The two part because" in _text(SPEECH + hiss)
    assert "The two part" not in _text(0.5 * SPEECH)
    assert "too little in common" in _text(speech_like(1.0, seed=5))


def test_a_short_clip_says_why_it_has_no_loudness():
    assert "undefined (reference: the clip lasts 200 ms" in _text(SPEECH[:4800], SPEECH[:4800] * 2)


def test_the_null_test_names_both_numbers():
    text = _text(0.5 * SPEECH)
    assert "-6.0 dB as stored, exactly 0 after alignment and gain" in text


def test_a_side_without_audio_says_so():
    side = compare_waveforms(np.zeros(0), SPEECH, 24000, 24000).reference
    assert describe_side("reference", side) == ["The reference has no audio: there are no samples."]
