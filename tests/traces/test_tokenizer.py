"""Speech tokens: the nearest centroid after the mean of the voice."""

from __future__ import annotations

import numpy as np
import pytest

from traces.training.corpus import Utterance
from traces.training.tokenizer import Tokenizer, fit_tokenizer


@pytest.fixture
def utterances() -> list[Utterance]:
    """Two voices that hold three spectra each, one voice louder than the other by 5."""
    generator = np.random.default_rng(0)
    spectra = 3 * generator.standard_normal((3, 160)).astype(np.float32)
    found = []
    for voice in (0, 1):
        order = np.tile(np.arange(3), 20)  # every spectrum as often, so that the mean is known
        frames = spectra[order] + 0.01 * generator.standard_normal((60, 160)) + 5 * voice
        mel = np.ascontiguousarray(frames.reshape(120, 80).T, dtype=np.float32)
        found.append(Utterance("", voice, mel))
    return found


def test_codes_find_the_spectra_again_in_both_voices(utterances):
    tokenizer = fit_tokenizer(utterances, codes=3)
    for one in utterances:
        codes = tokenizer.encode(one.mel, one.voice)
        assert codes.shape == (60,)
        assert codes.dtype == np.int64
        np.testing.assert_array_equal(codes.reshape(20, 3), np.tile(codes[:3], (20, 1)))
    first, second = (tokenizer.encode(u.mel, u.voice)[:3] for u in utterances)
    np.testing.assert_array_equal(first, second)


def test_the_fit_is_the_same_every_time(utterances):
    first, second = fit_tokenizer(utterances, codes=5), fit_tokenizer(utterances, codes=5)
    np.testing.assert_array_equal(first.centroids, second.centroids)
    assert np.array_equal(first.centroids, first.centroids.astype(np.float16))


def test_the_nearest_centroid_wins():
    centroids = np.stack([np.zeros(160), np.ones(160), np.full(160, 4.0)]).astype(np.float32)
    tokenizer = Tokenizer(centroids, np.full((1, 80), -2.0, np.float32))
    mel = np.repeat(np.float32([-2.4, -1.2, 0.4, 0.6]), 2)[None].repeat(80, axis=0)
    assert tokenizer.encode(mel, 0).tolist() == [0, 1, 1, 2]
