"""Spoken sentences as log-mels: what the network is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspector.audio.mel_scale import MelSpec
from inspector.audio.spectrum import log_mel
from traces.training.sentences import HELD_OUT, training_sentences
from traces.training.speech import VOICES, speak

SEED = 20260101
FRAMES_PER_TOKEN = 2  # 25 tokens and 50 frames per second
SPEC = MelSpec()
_SENTENCES = 240


@dataclass(frozen=True)
class Utterance:
    """A sentence, the number of its voice and its log-mel [F, T] (T even, float32)."""

    sentence: str
    voice: int
    mel: NDArray[np.float32]


def utterance(sentence: str, voice: int) -> Utterance:
    """Speak one sentence; the last odd frame is left out."""
    mel = log_mel(speak(sentence, VOICES[voice]), SPEC)
    frames = mel.shape[1] // FRAMES_PER_TOKEN * FRAMES_PER_TOKEN
    return Utterance(sentence, voice, np.ascontiguousarray(mel[:, :frames]))


def training_utterances(count: int = _SENTENCES) -> list[Utterance]:
    """`count` sentences, each by both voices."""
    sentences = training_sentences(count, SEED)
    return [utterance(text, voice) for text in sentences for voice in range(len(VOICES))]


def held_out_utterances() -> list[Utterance]:
    """The sentences kept for measuring, each by both voices."""
    return [utterance(text, voice) for text in HELD_OUT for voice in range(len(VOICES))]
