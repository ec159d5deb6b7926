from __future__ import annotations

import numpy as np

from inspector.analysis.mel import compare_mels
from inspector.audio.mel_scale import LOG_FLOOR, MelSpec
from inspector.audio.spectrum import log_mel
from tests.audio.speech_like import speech_like

MEL = np.minimum(log_mel(speech_like(2.0), MelSpec()), -0.5)


def _text(candidate, reference=MEL):
    return " ".join(compare_mels(reference, candidate).sentences)


def test_identical_mels_are_called_so():
    assert _text(MEL).startswith("The mels are identical (80 bins x 100 frames).")


def test_equal_finite_values_are_not_called_identical():
    broken = MEL.copy()
    broken[0, 0] = np.nan
    text = _text(broken)
    assert "equal wherever both are finite" in text
    assert "identical" not in text
    assert "1 values of the candidate's mel are not finite" in text


def test_the_error_names_size_time_and_frequency():
    candidate = MEL.copy()
    candidate[10, 25] += 4.0
    text = _text(candidate)
    assert "most 4 ln (34.7 dB) at 500 ms (frame 25) and 410 Hz (bin 10)" in text
    assert "frames and bins count from 0" in text


def test_floor_and_sign_name_the_side_at_fault():
    low = MEL.copy()
    low[:, :30] = LOG_FLOOR - 3
    assert "so much in the candidate means" in _text(low)
    assert "so much in the reference means" in _text(MEL, low)
    noise = np.random.default_rng(0).standard_normal(MEL.shape)
    assert "the candidate holds values that stayed at the initial noise" in _text(noise)
    assert "the reference holds" in _text(MEL, noise)
    assert "floor" not in _text(MEL) and "holds values" not in _text(MEL)


def test_what_both_sides_show_alike_accuses_neither():
    low = MEL.copy()
    low[:, :30] = LOG_FLOOR - 3
    text = _text(low + 1e-4, low)
    assert "Both sides alike; a mel in decibels" in text and "ran away" not in text
    noise = np.random.default_rng(0).standard_normal(MEL.shape)
    text = _text(noise, noise + 0.01)
    assert "Both sides alike; noise, or a mel that is normalised" in text
    assert "holds values" not in text
    assert "alike" not in _text(MEL)


def test_of_two_unusual_sides_the_one_far_off_is_named():
    noise = np.random.default_rng(0).standard_normal(MEL.shape)
    assert "the reference holds values" in _text(noise - 1, noise + 2)


def test_the_scale_is_named():
    assert "20 log10" not in _text(MEL) and "decibels" in _text(MEL * 20 / np.log(10))


def test_mels_that_cannot_be_compared_say_why_first():
    sentences = compare_mels(MEL, MEL[:20]).sentences
    assert sentences[0] == "The mels cannot be compared: 80 mel bins against 20."
