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
    # Offsets of opposite sign undo what the signals share.
    offset = float(np.std(SPEECH))
    assert "too little in common" in _text(SPEECH + offset, SPEECH - offset)


def test_sounds_that_cannot_be_lined_up_give_the_reason_and_no_number_of_both():
    other = speech_like(1.0, seed=5)
    sentences = compare_waveforms(SPEECH, other, 24000, 24000).sentences
    text = " ".join(sentences)
    assert (
        "The sounds cannot be lined up in time: even at the best shift they hardly resemble each "
        "other (correlation"
    ) in text
    assert "only durations and loudness are compared" in text
    assert "Null test" not in text and "least squares" not in text and "peak" not in text
    assert sentences[-1].startswith("Level of the candidate by loudness: +1.13 dB (")
    assert "cannot be lined up in time: the candidate is silent" in _text(np.zeros(24000))


def test_a_steady_tone_is_compared_where_it_is_stored():
    tone = np.sin(2 * np.pi * 440 * np.arange(24000) / 24000)
    text = _text(0.5 * tone, tone)
    assert "compared as they are stored, where their correlation is 1.0000: no shift fits" in text
    assert "exactly 0 after alignment and gain" in text
    turned = _text(np.cos(2 * np.pi * 440 * np.arange(24000) / 24000), tone)
    assert "cannot be lined up in time: no shift fits clearly better than others" in turned


def test_a_short_clip_says_why_it_has_no_loudness():
    assert "undefined (reference: the clip lasts 200 ms" in _text(SPEECH[:4800], SPEECH[:4800] * 2)


def test_the_null_test_names_both_numbers():
    text = _text(0.5 * SPEECH)
    assert "-6.0 dB as stored, exactly 0 after alignment and gain" in text


def test_a_side_without_audio_says_so():
    side = compare_waveforms(np.zeros(0), SPEECH, 24000, 24000).reference
    assert describe_side("reference", side) == ["The reference has no audio: there are no samples."]
