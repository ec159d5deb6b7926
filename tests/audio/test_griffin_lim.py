from __future__ import annotations

import math

import numpy as np
import pytest

from inspector.audio.griffin_lim import render
from inspector.audio.mel_scale import LOG_FLOOR, MelSpec
from inspector.audio.spectrum import log_mel
from inspector.errors import Cancelled, TraceError
from tests.audio.speech_like import speech_like

SPEC = MelSpec()
# At the level of a recording, with the noise of a room.
SPEECH = 0.05 * speech_like(1.0) + 1e-4 * np.random.default_rng(3).standard_normal(24000)
MEL = log_mel(SPEECH, SPEC)


def test_the_mel_of_the_rendering_is_close_to_the_mel():
    samples = render(MEL, SPEC)
    assert samples.shape == (MEL.shape[1] * SPEC.hop_length,)
    assert samples.dtype == np.float32 and not samples.flags.writeable
    again = log_mel(samples, SPEC)
    assert again.shape == MEL.shape
    assert np.abs(again - MEL).mean() < 0.25
    # Level truth: nothing is normalised.
    ratio = np.sqrt(np.mean(samples**2) / np.mean(SPEECH**2))
    assert abs(20 * math.log10(ratio)) < 1.5


def test_more_steps_come_closer():
    errors = [np.abs(log_mel(render(MEL, SPEC, n), SPEC) - MEL).mean() for n in (0, 32)]
    assert errors[1] < 0.8 * errors[0]


def test_frame_k_sounds_at_frame_k():
    mel = np.full((80, 40), LOG_FLOOR, dtype=np.float32)
    mel[10:30, 20] = -2.0
    samples = render(mel, SPEC)
    centre = np.sum(np.arange(samples.size) * samples**2) / np.sum(samples**2)
    assert centre == pytest.approx(20.5 * SPEC.hop_length, abs=0.35 * SPEC.hop_length)


def test_level_follows_the_mel_exactly():
    louder = render(np.where(MEL > -11, MEL + math.log(4), MEL), SPEC)
    plain = render(np.where(MEL > -11, MEL, MEL - math.log(4)), SPEC)
    # Relative to its loudest bin the first mel equals the second, apart from the clamp.
    assert np.abs(louder - 4 * plain).max() < 0.02 * np.abs(louder).max()


def test_the_seed_decides():
    first, same, other = (render(MEL[:, :10], SPEC, 4, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_broken_mels_give_finite_samples():
    for value in (np.nan, np.inf, -np.inf, 1e30, 500.0, -500.0):
        mel = MEL[:, :12].astype(np.float64)
        mel[5, 5] = value
        samples = render(mel, SPEC, 4)
        assert np.isfinite(samples).all()
        assert samples.any()
    silent = render(np.full((80, 6), np.nan), SPEC, 4)
    assert np.abs(silent).max() < 1e-3


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_few_frames(frames):
    assert render(MEL[:, :frames], SPEC, 4).shape == (480 * frames,)


@pytest.mark.parametrize("mel", [np.zeros((40, 9)), np.zeros(80), np.zeros((80, 9), complex)])
def test_what_is_no_mel_is_refused(mel):
    with pytest.raises(TraceError) as caught:
        render(mel, SPEC)
    assert caught.value.code == "shape"


def test_progress_rises_to_the_end_and_may_cancel():
    seen = []
    render(MEL[:, :4], SPEC, 8, progress=lambda done, total, what: seen.append((done, total)))
    assert [d for d, _ in seen] == list(range(1, seen[-1][1] + 1))
    assert {t for _, t in seen} == {58}

    def stop(done, total, what):
        if what == "searching the phase":
            raise Cancelled

    with pytest.raises(Cancelled):
        render(MEL[:, :4], SPEC, 8, progress=stop)


def test_another_spec_renders_too():
    spec = MelSpec(16000, 1024, 256, 60, 0, 8000, 800)
    audio = speech_like(1.0, 16000)
    mel = log_mel(audio, spec)
    again = log_mel(render(mel, spec), spec)
    assert np.abs(again - mel).mean() < 0.5
