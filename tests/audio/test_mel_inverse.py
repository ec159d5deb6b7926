from __future__ import annotations

import numpy as np
import pytest

from inspector.audio.mel_inverse import INVERSION_STEPS, mel_to_magnitude
from inspector.audio.mel_scale import MelSpec, filterbank


@pytest.mark.parametrize("spec", [MelSpec(), MelSpec(16000, 400, 160, 40, 80, 7000)])
def test_the_spectrum_shows_the_mel_it_came_from(spec):
    rng = np.random.default_rng(0)
    spectrum = rng.gamma(1.0, size=(spec.n_fft // 2 + 1, 12)).astype(np.float32)
    mel = filterbank(spec) @ spectrum
    found = mel_to_magnitude(mel, spec)
    assert found.shape == spectrum.shape
    assert found.min() >= 0
    again = filterbank(spec) @ found
    assert np.abs(np.log(again / mel)).mean() < 0.02


def test_lines_that_no_bin_sees_stay_empty():
    found = mel_to_magnitude(np.ones((80, 3)), MelSpec())
    assert not found[642:].any()  # 8 kHz is line 640
    assert found[100:600].any()


def test_every_step_is_reported():
    seen = []
    mel_to_magnitude(np.ones((80, 2)), MelSpec(), lambda done, total: seen.append((done, total)))
    assert seen == [(k + 1, INVERSION_STEPS) for k in range(INVERSION_STEPS)]
