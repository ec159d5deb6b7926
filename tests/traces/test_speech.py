"""Speaking with espeak-ng, and what is said where it is missing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from traces.training import speech


def test_a_missing_espeak_is_a_sentence_that_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="apt install espeak-ng"):
        speech.find_espeak()


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_a_sentence_is_spoken_at_24_khz_and_low_level():
    woman = speech.VOICES[speech.FEMALE]
    first, second = speech.speak("A yellow moon.", woman), speech.speak("A yellow moon.", woman)
    np.testing.assert_array_equal(first, second)
    assert 0.5 < len(first) / speech.SAMPLE_RATE_HZ < 2.5
    assert 0.005 < np.abs(first).max() < speech.LEVEL * 1.1
    assert np.abs(first[:20]).max() < 8e-3  # no header was taken for sound
    man = speech.speak("A yellow moon.", speech.VOICES[0])
    assert len(man) != len(first) or not np.array_equal(man, first)
