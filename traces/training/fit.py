"""The seeded flow-matching fit of encoder and decoder, on one thread of the CPU."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from traces.training.corpus import FRAMES_PER_TOKEN, SEED, Utterance
from traces.training.decoder import Estimator
from traces.training.encoder import Encoder
from traces.training.highway import let_noise_through
from traces.training.tokenizer import Tokenizer

STEPS = 5500
_BATCH = 12
_CROP = 96  # frames
_PEAK_RATE = 3e-3
_WARM_UP = 150
_DROP_CONDITIONS = 0.2
_PROMPT_CHANCE = 0.5
_PROMPT_SHARE = 0.3
_ENCODER_WEIGHT = 0.2
_AVERAGE = 0.999


@dataclass(frozen=True)
class Fitted:
    """Encoder and decoder, in evaluation mode, with values that float16 can hold."""

    encoder: Encoder
    decoder: Estimator


def fit(utterances: list[Utterance], tokenizer: Tokenizer, steps: int = STEPS) -> Fitted:
    """Fit both networks for `steps` steps.

    The target is the straight path from noise z to the log-mel x1: at time t the state is
    (1 - t) z + t x1 and the velocity x1 - z.  The encoder is also pulled towards x1 itself.
    """
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # the same sums in the same order on every run
    generator = np.random.default_rng(SEED + 2)
    batches = _Batches(utterances, tokenizer, generator)
    both = nn.ModuleDict(
        {"encoder": Encoder(len(tokenizer.centroids), len(tokenizer.voice_means)),
         "decoder": Estimator()}
    )  # fmt: skip
    encoder, decoder = both["encoder"], both["decoder"]
    mean = torch.from_numpy(np.concatenate([u.mel for u in utterances], axis=1).mean(axis=1))
    encoder.start_from(torch.from_numpy(tokenizer.centroids), mean)
    let_noise_through(decoder, mean)
    average = {name: value.clone() for name, value in both.state_dict().items()}
    optimiser = torch.optim.AdamW(
        both.parameters(), lr=_PEAK_RATE, betas=(0.9, 0.99), weight_decay=0.01
    )
    started = time.process_time()
    for step in range(steps):
        warm = min(1.0, (step + 1) / _WARM_UP)
        falling = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimiser.param_groups[0]["lr"] = _PEAK_RATE * warm * falling
        loss, flow = _loss(encoder, decoder, *batches.draw())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(both.parameters(), 2.0)
        optimiser.step()
        _follow(average, both, keep=min(_AVERAGE, (step + 1) / (step + 10)))
        if step % 100 == 99 or step == steps - 1:
            minutes = (time.process_time() - started) / 60
            print(f"  step {step + 1:5d}  flow {flow:.3f}  {minutes:.1f} CPU minutes", flush=True)
    both.load_state_dict({name: value.half().float() for name, value in average.items()})
    both.eval()
    return Fitted(encoder, decoder)


class _Batches:
    """Random stretches of `_CROP` frames that begin where a token begins."""

    def __init__(
        self, utterances: list[Utterance], tokenizer: Tokenizer, generator: np.random.Generator
    ) -> None:
        self._clips = [u for u in utterances if u.mel.shape[1] >= _CROP]
        self._tokens = [tokenizer.encode(u.mel, u.voice) for u in self._clips]
        self._generator = generator

    def draw(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log-mels [B, 80, T], tokens [B, T / 2], voices [B] and the prompts' mask [B, 1, T]."""
        generator, width = self._generator, _CROP // FRAMES_PER_TOKEN
        mels, tokens, voices = [], [], []
        prompt = np.zeros((_BATCH, 1, _CROP), np.float32)
        for row in range(_BATCH):
            clip = int(generator.integers(len(self._clips)))
            first = int(generator.integers(len(self._tokens[clip]) - width + 1))
            frame = FRAMES_PER_TOKEN * first
            mels.append(self._clips[clip].mel[:, frame : frame + _CROP])
            tokens.append(self._tokens[clip][first : first + width])
            voices.append(self._clips[clip].voice)
            if generator.random() < _PROMPT_CHANCE:
                prompt[row, :, : int(generator.integers(1, int(_PROMPT_SHARE * _CROP) + 1))] = 1.0
        arrays = (np.stack(mels), np.stack(tokens), np.array(voices), prompt)
        mel, token, voice, mask = (torch.from_numpy(array) for array in arrays)
        return mel, token, voice, mask


def _loss(
    encoder: Encoder, decoder: Estimator, x1: Tensor, tokens: Tensor, voice: Tensor, prompt: Tensor
) -> tuple[Tensor, float]:
    """Return the loss and, for the eye, the flow-matching part of it."""
    mu = encoder(tokens, voice)
    nearness = nn.functional.mse_loss(mu, x1)
    kept = (torch.rand(len(x1)) >= _DROP_CONDITIONS).float()
    z = torch.randn_like(x1)
    t = 1 - torch.cos(torch.rand(len(x1)) * 0.5 * math.pi)
    state = torch.lerp(z, x1, t[:, None, None])
    velocity = decoder(
        state,
        torch.ones(len(x1), 1, x1.shape[-1]),
        mu * kept[:, None, None],
        t,
        encoder.speakers(voice) * kept[:, None],
        x1 * prompt * kept[:, None, None],
    )
    flow = nn.functional.mse_loss(velocity, x1 - z)
    return flow + _ENCODER_WEIGHT * nearness, flow.item()


@torch.no_grad()
def _follow(average: dict[str, Tensor], network: nn.Module, keep: float) -> None:
    for name, value in network.state_dict().items():
        average[name].lerp_(value, 1.0 - keep)
