"""What both sides are given: tokens, conditions, mask, noise and times of one decoder run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from traces.training.corpus import FRAMES_PER_TOKEN, SEED, Utterance, utterance
from traces.training.decoder import MELS
from traces.training.fit import Fitted
from traces.training.sentences import HELD_OUT, PADDED
from traces.training.speech import FEMALE
from traces.training.tokenizer import Tokenizer

STEPS = 10
CFG_RATE = 0.7
PROMPT_FRAMES = 16
# espeak-ng ends with silence, most of which is left out.  No number of frames is 80, so that
# frames and mel bins cannot be mistaken for each other.
_FRAMES = 94
_SHORT_FRAMES = 62
_PADDING_FRAMES = 22

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Inputs:
    """Inputs of one run in the reference's layout, and the speech it should give back.

    Attributes:
        prompt_token: [1, P / 2] int64, codes of the prompt.
        speech_tokens: [N] int64, codes of what is to be said.
        mu: [1, 80, T], what the encoder makes of all codes; 0 in the padding.
        cond: [1, 80, T], the prompt's log-mel in the first P frames, 0 after them.
        speaker: [1, 80], learned with the encoder.
        mask: [1, 1, T], 1 on the frames of the sentence and 0 on the padding behind them.
        noise: [1, 80, T], standard normal.
        t_span: [11] float32, 1 - cos(pi i / 20).
        spoken_mel: [80, valid T], the log-mel that espeak-ng spoke; no side sees it.
    """

    prompt_token: NDArray[np.int64]
    speech_tokens: NDArray[np.int64]
    mu: Array
    cond: Array
    speaker: Array
    mask: Array
    noise: Array
    t_span: Array
    spoken_mel: Array

    @property
    def frames(self) -> int:
        """T, padding included."""
        return self.mask.shape[-1]

    @property
    def valid_frames(self) -> int:
        """Frames of prompt and sentence."""
        return int(self.mask.sum())


def make_inputs(fitted: Fitted, tokenizer: Tokenizer) -> dict[str, Inputs]:
    """Speak the demo's sentences: ``sentence`` fills its frames, ``padded`` does not."""
    return {
        "sentence": _inputs(utterance(HELD_OUT[0], FEMALE), _FRAMES, 0, fitted, tokenizer),
        "padded": _inputs(
            utterance(PADDED, FEMALE), _SHORT_FRAMES, _PADDING_FRAMES, fitted, tokenizer
        ),
    }


def write_inputs(inputs: dict[str, Inputs], path: Path) -> None:
    """Store every input of every run, so that recording needs no training."""
    save_file(
        {f"{run}/{name}": np.ascontiguousarray(value)
         for run, one in inputs.items() for name, value in asdict(one).items()},
        path,
    )  # fmt: skip
    path.chmod(0o644)


def read_inputs(path: Path) -> dict[str, Inputs]:
    """The inputs that `write_inputs` stored."""
    runs: dict[str, dict[str, NDArray]] = {}
    for stored, value in load_file(path).items():
        run, _, name = stored.partition("/")
        runs.setdefault(run, {})[name] = value
    return {run: Inputs(**values) for run, values in runs.items()}


def with_unconditional(array: Array) -> Array:
    """Append the row without conditions: the same shape, all zero."""
    return np.concatenate([array, np.zeros_like(array)])


def _inputs(
    spoken: Utterance, valid: int, padding: int, fitted: Fitted, tokenizer: Tokenizer
) -> Inputs:
    mel = np.ascontiguousarray(spoken.mel[:, :valid])
    tokens = tokenizer.encode(mel, spoken.voice)
    frames = valid + padding
    mu, cond = np.zeros((2, 1, MELS, frames), np.float32)
    with torch.no_grad():
        voice = torch.tensor([spoken.voice])
        mu[:, :, :valid] = fitted.encoder(torch.from_numpy(tokens)[None], voice).numpy()
        speaker = fitted.encoder.speakers(voice).numpy()
    cond[0, :, :PROMPT_FRAMES] = mel[:, :PROMPT_FRAMES]
    mask = np.zeros((1, 1, frames), np.float32)
    mask[:, :, :valid] = 1.0
    noise = np.random.default_rng([SEED, frames]).standard_normal((1, MELS, frames))
    split = PROMPT_FRAMES // FRAMES_PER_TOKEN
    return Inputs(
        prompt_token=tokens[None, :split],
        speech_tokens=tokens[split:],
        mu=mu,
        cond=cond,
        speaker=speaker,
        mask=mask,
        noise=noise.astype(np.float32),
        t_span=(1.0 - np.cos(0.5 * np.pi * np.arange(STEPS + 1) / STEPS)).astype(np.float32),
        spoken_mel=mel,
    )
