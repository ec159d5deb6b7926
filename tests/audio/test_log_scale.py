from __future__ import annotations

import math

import numpy as np
import pytest

from inspector.audio.log_scale import fit_scale
from inspector.audio.mel_scale import LOG_FLOOR, MelSpec
from inspector.audio.spectrum import log_mel
from tests.audio.speech_like import speech_like

SPEECH = speech_like(2.0)
MEL = log_mel(SPEECH, MelSpec()).astype(np.float64)


@pytest.mark.parametrize(
    ("slope", "word"),
    [
        (1 / math.log(10), "base-10"),
        (20 / math.log(10), "decibels"),
        (10 / math.log(10), "10 log10"),
        (1 / math.log(2), "base-2"),
        (2.0, "power instead"),
        (0.5, "square root"),
        (-1.0, "opposite sign"),
    ],
)
def test_a_known_slope_is_named(slope, word):
    fit = fit_scale(MEL, slope * MEL)
    assert fit.slope == pytest.approx(slope)
    assert word in fit.hint
    assert abs(fit.correlation) == pytest.approx(1.0)


def test_another_level_is_named_in_db():
    fit = fit_scale(MEL, log_mel(0.25 * SPEECH, MelSpec()))
    assert fit.slope == pytest.approx(1.0, abs=0.02)
    assert "another level" in fit.hint
    assert fit.offset_db == pytest.approx(-12.04, abs=1.0)


def test_a_small_shift_beside_a_large_error_is_not_called_another_level():
    error = 0.4 * np.random.default_rng(0).standard_normal(MEL.shape)
    assert fit_scale(MEL, MEL + 0.05 + error).hint == ""
    assert "another level" in fit_scale(MEL, MEL + 0.6 + error).hint


def test_16_bit_samples_that_were_not_divided_are_named():
    fit = fit_scale(MEL, MEL + math.log(32768))
    assert "32768" in fit.hint


def test_the_same_scale_has_no_hint():
    assert fit_scale(MEL, MEL).hint == ""
    noisy = MEL + 0.05 * np.random.default_rng(0).standard_normal(MEL.shape)
    assert fit_scale(MEL, noisy).hint == ""


def test_a_poor_fit_has_no_hint():
    noise = np.random.default_rng(0).standard_normal(MEL.shape)
    spread = MEL - MEL.mean()
    noise -= noise.mean() + spread * np.sum(noise * spread) / np.sum(spread**2)
    # Without the noise this slope is the base-10 logarithm.
    fit = fit_scale(MEL, MEL / math.log(10) + noise)
    assert fit.slope == pytest.approx(1 / math.log(10), rel=0.01)
    assert fit.hint == "" and fit.correlation < 0.98


@pytest.mark.parametrize(
    "candidate",
    [np.full(MEL.shape, np.nan), np.full(MEL.shape, LOG_FLOOR), np.zeros(MEL.shape)],
)
def test_nothing_to_fit_gives_none(candidate):
    assert fit_scale(MEL, candidate) is None
    assert fit_scale(candidate, MEL) is None


def test_empty_mels_give_none():
    assert fit_scale(np.zeros((80, 0)), np.zeros((80, 0))) is None
