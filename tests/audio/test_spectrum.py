from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.audio.mel_scale import LOG_FLOOR, MelSpec
from inspector.audio.spectrum import frame_count, hann_window, log_mel, power_blocks
from tests.audio.speech_like import speech_like


def test_the_window_is_periodic():
    window = hann_window(8)
    assert np.allclose(window, librosa.filters.get_window("hann", 8))


@given(st.integers(0, 500), st.integers(1, 64), st.integers(1, 64))
@settings(max_examples=200, deadline=None)
def test_frames_cover_every_sample_and_no_more(samples, window, hop):
    hop = min(hop, window)
    frames = frame_count(samples, window, hop)
    assert (frames == 0) == (samples == 0)
    if frames:
        assert (frames - 1) * hop + window >= samples
        assert frames == 1 or (frames - 2) * hop + window < samples


def test_a_full_scale_sine_has_a_mean_square_of_one_half():
    sine = np.sin(2 * np.pi * 1000 * np.arange(24000) / 24000)
    power = np.concatenate(list(power_blocks(sine, 960, 480)))
    assert np.allclose(power[:-1].sum(axis=1), 0.5, rtol=1e-3)
    assert power[5].argmax() == 40  # 1000 Hz / 25 Hz


def test_blocks_do_not_change_the_result():
    noise = np.random.default_rng(0).standard_normal(480 * 1100)
    blocks = list(power_blocks(noise, 960, 480))
    assert len(blocks) == 2
    whole = np.concatenate(blocks)
    assert whole.shape == (frame_count(noise.size, 960, 480), 481)
    alone = next(power_blocks(noise[480 * 1030 :], 960, 480))
    assert np.allclose(whole[1030:], alone)


@pytest.mark.parametrize("spec", [MelSpec(), MelSpec(16000, 400, 160, 40, 0, 8000, 320)])
def test_log_mel_equals_the_recipe_written_with_librosa(spec):
    audio = speech_like(1.0, spec.sample_rate_hz)
    pad = (spec.n_fft - spec.hop_length) // 2
    stft = librosa.stft(
        np.pad(audio, pad, mode="reflect"), n_fft=spec.n_fft, hop_length=spec.hop_length,
        win_length=spec.win_length, center=False,
    )  # fmt: skip
    bank = librosa.filters.mel(
        sr=spec.sample_rate_hz, n_fft=spec.n_fft, n_mels=spec.n_mels, fmin=0, fmax=spec.fmax_hz
    )
    expected = np.log(np.maximum(bank @ np.sqrt(np.abs(stft) ** 2 + 1e-9), 1e-5))
    ours = log_mel(audio, spec)
    assert ours.shape == expected.shape == (spec.n_mels, audio.size // spec.hop_length)
    assert np.abs(ours - expected).max() < 1e-4


@pytest.mark.parametrize("count", [0, 1, 479, 480, 700, 1921])
def test_short_and_silent_audio_has_a_mel(count):
    mel = log_mel(np.zeros(count), MelSpec())
    assert mel.shape == (80, count // 480)
    # The guard under the root lies above the clamp for the wide upper triangles alone.
    assert mel.size == 0 or mel.min() >= np.float32(LOG_FLOOR)
