"""What both sides are given: conditions, noise and times of one decoder run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from traces.making.corpus import (
    FRAMES,
    FRAMES_PER_TOKEN,
    PROMPT_FRAMES,
    SEED,
    Tokenizer,
    Utterance,
    speaker_embedding,
)
from traces.making.log_mel import N_MELS

STEPS = 10
CFG_RATE = 0.7

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Inputs:
    """Inputs of the decoder in the reference's layout.

    Attributes:
        prompt_token: [1, P / 2] int64, codes of the prompt.
        speech_tokens: [N] int64, codes of what is to be said.
        mu: [1, 80, T], what all the codes stand for.
        cond: [1, 80, T], the prompt's log-mel in the first P frames, zero after.
        speaker: [1, 80].
        mask: [1, 1, T], all ones.
        noise: [1, 80, T], standard normal.
        times: [11] float64, 1 - cos(pi i / 20).
    """

    prompt_token: NDArray[np.int64]
    speech_tokens: NDArray[np.int64]
    mu: Array
    cond: Array
    speaker: Array
    mask: Array
    noise: Array
    times: NDArray[np.float64]


def decoder_inputs(utterance: Utterance, tokenizer: Tokenizer) -> Inputs:
    """Prepare the run that says `utterance` again from its codes."""
    tokens = tokenizer.encode(utterance.mel)
    split = PROMPT_FRAMES // FRAMES_PER_TOKEN
    cond = np.zeros((1, N_MELS, FRAMES), np.float32)
    cond[0, :, :PROMPT_FRAMES] = utterance.mel[:, :PROMPT_FRAMES]
    noise = np.random.default_rng(SEED + 3).standard_normal((1, N_MELS, FRAMES))
    return Inputs(
        prompt_token=tokens[None, :split],
        speech_tokens=tokens[split:],
        mu=tokenizer.decode(tokens)[None],
        cond=cond,
        speaker=speaker_embedding(utterance.voice)[None],
        mask=np.ones((1, 1, FRAMES), np.float32),
        noise=noise.astype(np.float32),
        times=1.0 - np.cos(0.5 * np.pi * np.arange(STEPS + 1) / STEPS),
    )


def with_unconditional(array: Array) -> Array:
    """Append the row without conditions: the same shape, all zero."""
    return np.concatenate([array, np.zeros_like(array)])
