"""Speech tokens: k-means codes of two log-mel frames at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from traces.training.corpus import FRAMES_PER_TOKEN, SEED, Utterance

CODES = 1024
_ITERATIONS = 20
_BLOCK_ROWS = 4096

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Tokenizer:
    """Nearest of `CODES` centroids, after taking away the mean spectrum of the voice.

    Attributes:
        centroids: [CODES, 2 F] float32.
        voice_means: [voices, F] float32.
    """

    centroids: Array
    voice_means: Array

    def encode(self, mel: Array, voice: int) -> NDArray[np.int64]:
        """Codes of every two frames: [F, T] -> [T / 2] int64."""
        return _nearest(_pairs(mel, self.voice_means[voice]), self.centroids)


def fit_tokenizer(utterances: list[Utterance], codes: int = CODES) -> Tokenizer:
    """Find the centroids by Lloyd's algorithm from a seeded choice of frames."""
    voices = 1 + max(u.voice for u in utterances)
    means = np.stack(
        [
            np.concatenate([u.mel for u in utterances if u.voice == voice], axis=1).mean(axis=1)
            for voice in range(voices)
        ]
    )
    rows = np.concatenate([_pairs(u.mel, means[u.voice]) for u in utterances])
    generator = np.random.default_rng(SEED + 1)
    centroids = rows[generator.choice(len(rows), codes, replace=False)]
    for _ in range(_ITERATIONS):
        nearest = _nearest(rows, centroids)
        count = np.bincount(nearest, minlength=codes)
        total = np.zeros(centroids.shape)
        np.add.at(total, nearest, rows)
        centroids = np.where(
            count[:, None] > 0,
            total / np.maximum(count, 1)[:, None],
            rows[generator.integers(len(rows), size=codes)],  # a code without rows starts anew
        ).astype(np.float32)
    return Tokenizer(centroids.astype(np.float16).astype(np.float32), means.astype(np.float32))


def _pairs(mel: Array, mean: Array) -> Array:
    frames = np.ascontiguousarray((mel - mean[:, None]).T)
    return frames.reshape(-1, FRAMES_PER_TOKEN * len(mel))


def _nearest(rows: Array, centroids: Array) -> NDArray[np.int64]:
    """Index of the nearest centroid for each row, in blocks to keep memory flat."""
    half_square = 0.5 * np.square(centroids).sum(axis=1)
    found = [
        np.argmax(rows[first : first + _BLOCK_ROWS] @ centroids.T - half_square, axis=1)
        for first in range(0, len(rows), _BLOCK_ROWS)
    ]
    return np.concatenate(found).astype(np.int64)
