from __future__ import annotations

import numpy as np
import pytest

from inspector.audio.waveform_level import measure_level
from tests.audio.speech_like import speech_like

SPEECH = speech_like(1.0)


def test_level_of_a_known_signal():
    level = measure_level(np.array([0.5, -0.25, 0.25, 0.5]))
    assert level.peak == 0.5
    assert level.rms == pytest.approx(np.sqrt((0.25 + 0.0625 * 2 + 0.25) / 4))
    assert level.rms_db == pytest.approx(20 * np.log10(level.rms))
    assert level.dc_offset == 0.25


def test_speech_is_not_clipped():
    level = measure_level(SPEECH)
    assert (level.clipped_count, level.rail) == (0, None)


@pytest.mark.parametrize("rail", [0.99, 0.5, 0.02])
def test_a_rail_below_full_scale_is_found(rail):
    driven = 6 * rail * SPEECH / np.abs(SPEECH).max()
    level = measure_level(np.clip(driven, -rail, rail))
    expected = int(np.count_nonzero(np.abs(driven) >= rail))
    assert expected > 100
    assert level.clipped_count == expected == np.count_nonzero(level.clipped)
    assert level.clipped_fraction == expected / SPEECH.size
    assert level.rail == pytest.approx(rail)


def test_a_rail_on_one_side_alone_is_found():
    level = measure_level(np.minimum(SPEECH, 0.05))
    assert level.clipped_count == np.count_nonzero(SPEECH >= 0.05)


def test_samples_at_or_beyond_full_scale_count():
    level = measure_level(np.array([0.0, 1.0, -1.0, 2.5, 0.999, 32767 / 32768]))
    assert level.clipped_count == 4
    assert level.rail is None
    assert level.clipped.tolist() == [False, True, True, True, False, True]


def test_clipped_16_bit_audio_counts_on_both_sides():
    stored = np.clip(np.round(8 * SPEECH * 32768), -32768, 32767) / 32768
    driven = 8 * SPEECH
    expected = np.count_nonzero((driven >= 32766.5 / 32768) | (driven <= -32767.5 / 32768))
    # -32767 is full scale too, and rounding decides over the last step.
    assert abs(measure_level(stored).clipped_count - expected) <= 3


@pytest.mark.parametrize(
    "samples",
    [
        np.full(100, 0.5),
        np.zeros(100),
        np.round(np.sin(2 * np.pi * 20 * np.arange(24000) / 24000) * 0.5 * 32768) / 32768,
        np.round(SPEECH * 200) / 32768,
    ],
    ids=["constant", "silent", "slow sine of 16 bits", "quiet speech of 16 bits"],
)
def test_a_repeated_extreme_alone_is_no_clipping(samples):
    assert measure_level(samples).clipped_count == 0


def test_nothing_and_extremes_raise_nothing():
    empty = measure_level(np.zeros(0))
    assert (empty.peak, empty.rms_db, empty.clipped_count) == (0.0, None, 0)
    assert measure_level(np.array([1e-200, -1e-200])).rms == pytest.approx(1e-200)
    assert "clipped" not in empty.to_dict()
