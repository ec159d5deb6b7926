"""The script that makes the sample: seeded, and one network on two backends."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.project import tree

pytest.importorskip("torch")

from traces.making import corpus, inputs, log_mel, speech, training


@pytest.fixture(scope="module")
def tiny():
    """Two utterances, a tokenizer of their frames and a network of two training steps."""
    utterances = corpus.training_utterances(2)
    tokenizer = corpus.fit_tokenizer(utterances)
    return utterances, tokenizer, training.fit(utterances, tokenizer, steps=2)


def test_speech_is_the_same_every_time():
    first, second = corpus.sample_utterance(), corpus.sample_utterance()
    np.testing.assert_array_equal(first.sound, second.sound)
    np.testing.assert_array_equal(first.mel, second.mel)
    assert first.mel.shape == (80, corpus.FRAMES)
    other = corpus.training_utterances(2)[1]
    assert not np.array_equal(first.mel, other.mel)


def test_the_stored_inputs_can_be_made_again(tiny):
    _, tokenizer, _ = tiny
    made = inputs.decoder_inputs(corpus.sample_utterance(), tokenizer)
    stored = load_file(tree.ROOT / "traces" / "sample" / "reference" / "decoder.safetensors")
    np.testing.assert_array_equal(made.noise, stored["flow.initial_noise"])
    np.testing.assert_array_equal(made.speaker, stored["flow.spks"])
    np.testing.assert_array_equal(made.mask, stored["flow.mask"])
    np.testing.assert_allclose(made.times, stored["flow.t_span"], rtol=0, atol=1e-12)
    # the mel goes through a Fourier transform, whose last bits depend on the processor
    np.testing.assert_allclose(made.cond, stored["flow.cond"], rtol=0, atol=1e-3)


def test_the_fit_is_the_same_every_time(tiny):
    utterances, tokenizer, network = tiny
    again = training.fit(utterances, tokenizer, steps=2)
    for name, value in network.state_dict().items():
        assert value.equal(again.state_dict()[name]), name


def test_both_backends_compute_the_same_until_one_is_broken(tiny, monkeypatch):
    pytest.importorskip("mlx.core")
    from traces.making import candidate, reference

    for side in (reference, candidate):
        monkeypatch.setattr(side, "STEPS", 2)

    _, tokenizer, network = tiny
    given = inputs.decoder_inputs(corpus.sample_utterance(), tokenizer)
    left = reference.record_reference(network, given)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    right = candidate.record_candidate(weights, given, symmetric=frozenset())
    broken = candidate.record_candidate(weights, given)

    def apart(trace: dict, theirs: str, ours: str) -> float:
        r = left[ours].astype(np.float64)
        return np.linalg.norm(trace[theirs].transpose(0, 2, 1) - r) / np.linalg.norm(r)

    mel = ("generated_mel_raw", "flow.mel")
    block = ("step1/midBlocks[0].resnet.block1", "step01/decoder.estimator.mid_blocks.0.0.block1")
    down = ("step1/downBlocks[0].downsample", "step01/decoder.estimator.down_blocks.0.2")
    assert apart(right, *mel) < 1e-5
    assert apart(right, *block) < 1e-5
    assert apart(broken, *down) < 1e-5
    assert apart(broken, *block) > 0.1


def test_the_log_mel_follows_its_convention():
    seconds = np.arange(24000) / 24000
    mel = log_mel.log_mel(0.1 * np.sin(2 * np.pi * 1000 * seconds))
    assert mel.shape == (80, 50)
    assert mel.dtype == np.float32
    peak = int(mel[:, 25].argmax())
    assert peak == 26  # 1000 Hz is 15 of the 45.2 Slaney mels up to 8000 Hz: 26.9 of 81 steps
    assert mel.min() == pytest.approx(np.log(1e-5), abs=1e-4)
    assert log_mel.log_mel(np.zeros(4800)).max() == pytest.approx(-11.513, abs=1e-3)


def test_griffin_lim_gives_back_the_mel():
    mel = corpus.sample_utterance().mel[:, 60:80]
    again = log_mel.log_mel(log_mel.griffin_lim(mel, iterations=10))
    assert again.shape == mel.shape
    assert np.abs(np.maximum(mel, -9) - np.maximum(again, -9))[:, 2:-2].mean() < 0.6


def test_every_phone_sounds_and_a_pause_does_not():
    voice, generator = speech.VOICES[1], np.random.default_rng(0)
    loud = {}
    for phone in (*speech.PHONES, speech.PAUSE):
        sound = speech.synthesise([(phone, 0.2)], voice, 4800, generator)
        assert np.isfinite(sound).all()
        loud[phone] = np.sqrt(np.mean(sound**2))
    assert all(loud[phone] > 2 * loud[speech.PAUSE] for phone in speech.PHONES)
