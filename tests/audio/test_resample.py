from __future__ import annotations

import numpy as np
import pytest

from inspector.audio.resample import to_rate


@pytest.mark.parametrize(("rate", "target"), [(48000, 24000), (16000, 24000), (22050, 24000)])
def test_a_tone_keeps_its_pitch_level_and_place(rate, target):
    def tone(hz):
        return np.sin(2 * np.pi * 440 * np.arange(hz // 2) / hz)

    moved = to_rate(tone(rate), rate, target)
    assert moved.size == target // 2
    middle = slice(target // 8, -target // 8)
    assert np.abs(moved[middle] - tone(target)[middle]).max() < 5e-3


def test_equal_rates_and_nothing_come_back_as_they_are():
    samples = np.arange(5.0)
    assert to_rate(samples, 24000, 24000) is samples
    assert to_rate(np.zeros(0), 24000, 48000).size == 0
