"""Utterances, their log-mels and speech tokens: what the network is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq

from traces.making.log_mel import HOP_LENGTH, N_MELS, log_mel
from traces.making.speech import VOICES, Voice, random_phones, synthesise

FRAMES = 140
FRAMES_PER_TOKEN = 2  # 25 tokens per second, 50 frames per second
PROMPT_FRAMES = 20
CODES = 48
_LEVEL_RMS = 0.028
_VOICE = 1
SEED = 20260101

# "she saw a yellow moon", after the prompt "uh"
SENTENCE = (
    ("_", 0.06), ("@", 0.20), ("m", 0.08), ("_", 0.08),
    ("S", 0.12), ("i", 0.20), ("s", 0.13), ("o", 0.24), ("_", 0.05), ("@", 0.10),
    ("j", 0.09), ("E", 0.15), ("l", 0.09), ("o", 0.26), ("_", 0.06),
    ("m", 0.11), ("u", 0.32), ("n", 0.18), ("_", 0.28),
)  # fmt: skip


@dataclass(frozen=True)
class Utterance:
    """One clip: voice number, sound [N] and log-mel [F, T]."""

    voice: int
    sound: NDArray[np.float32]
    mel: NDArray[np.float32]


def _utterance(
    phones: list[tuple[str, float]], voice: int, generator: np.random.Generator
) -> Utterance:
    speaker: Voice = VOICES[voice]
    sound = synthesise(phones, speaker, FRAMES * HOP_LENGTH, generator)
    sound *= _LEVEL_RMS / np.sqrt(np.mean(sound**2))
    return Utterance(voice, sound.astype(np.float32), log_mel(sound))


def sample_utterance() -> Utterance:
    """The sentence of the sample; the network never sees it while it is fitted."""
    return _utterance(list(SENTENCE), _VOICE, np.random.default_rng(SEED))


def training_utterances(count: int) -> list[Utterance]:
    """Babble by the voice of the sample."""
    generator = np.random.default_rng(SEED + 1)
    seconds = FRAMES * HOP_LENGTH / 24000
    return [_utterance(random_phones(generator, seconds), 1, generator) for index in range(count)]


@dataclass(frozen=True)
class Tokenizer:
    """k-means codes of two log-mel frames at a time.

    Attributes:
        centroids: [CODES, 2 * F] float32.
    """

    centroids: NDArray[np.float32]

    def encode(self, mel: NDArray[np.float32]) -> NDArray[np.int64]:
        """Nearest code of every two frames: [F, T] -> [T / 2] int64."""
        return vq(_pairs(mel), self.centroids)[0].astype(np.int64)

    def decode(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """The blurred log-mel `mu` that the codes stand for: [T / 2] -> [F, T]."""
        frames = self.centroids[tokens].reshape(-1, N_MELS)
        edged = np.pad(frames, ((1, 1), (0, 0)), mode="edge")
        soft = 0.25 * edged[:-2] + 0.5 * edged[1:-1] + 0.25 * edged[2:]
        return np.ascontiguousarray(soft.T, dtype=np.float32)


def _pairs(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(mel.T).reshape(-1, FRAMES_PER_TOKEN * N_MELS)


def fit_tokenizer(utterances: list[Utterance]) -> Tokenizer:
    """Find `CODES` centroids in the log-mels of `utterances`."""
    rows = np.concatenate([_pairs(u.mel) for u in utterances])
    centroids, _ = kmeans2(rows, CODES, iter=25, minit="++", seed=SEED)
    return Tokenizer(centroids.astype(np.float32))


def speaker_embedding(voice: int) -> NDArray[np.float32]:
    """A fixed vector [80] of unit RMS for each voice."""
    vector = np.random.default_rng(SEED + 10 + voice).standard_normal(N_MELS)
    return (vector / np.sqrt(np.mean(vector**2))).astype(np.float32)
