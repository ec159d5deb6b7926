"""A short, seeded flow-matching fit of the velocity network on the CPU."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from traces.making.corpus import PROMPT_FRAMES, SEED, Tokenizer, Utterance, speaker_embedding
from traces.making.torch_network import CHANNELS, MELS, Estimator

STEPS = 1000
_BATCH = 6
_CROP = 64
_PEAK_RATE = 3e-3
_WARM_UP = 40
_DROP_CONDITIONS = 0.2
_LINEAR = 2.0  # from here on Mish is nearly a straight line


def fit(utterances: list[Utterance], tokenizer: Tokenizer, steps: int = STEPS) -> Estimator:
    """Return a network fitted for `steps` steps, in evaluation mode.

    The target is the straight path from noise z to the log-mel x1: at time t the state
    is (1 - t) z + t x1 and the velocity x1 - z.
    """
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # the same sums in the same order on every run
    generator = np.random.default_rng(SEED + 2)
    network = Estimator()
    _let_noise_through(network, np.stack([u.mel for u in utterances]))
    average = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=1.0, betas=(0.9, 0.99))
    mels = [torch.from_numpy(u.mel) for u in utterances]
    means = [torch.from_numpy(tokenizer.decode(tokenizer.encode(u.mel))) for u in utterances]
    voices = [torch.from_numpy(speaker_embedding(u.voice)) for u in utterances]
    for step in range(steps):
        warm = min(1.0, (step + 1) / _WARM_UP)
        rate = _PEAK_RATE * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        optimiser.param_groups[0]["lr"] = rate
        x1, mu, speaker, cond = _batch(mels, means, voices, generator)
        z = torch.randn_like(x1)
        t = 1 - torch.cos(torch.rand(_BATCH) * 0.5 * math.pi)
        state = torch.lerp(z, x1, t[:, None, None])
        velocity = network(state, torch.ones(_BATCH, 1, _CROP), mu, t, speaker, cond)
        loss = nn.functional.mse_loss(velocity, x1 - z)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        _follow(average, network, keep=min(0.98, (step + 1) / (step + 10)))
        if step % 50 == 0 or step == steps - 1:
            print(f"  step {step:4d}  flow-matching loss {loss.item():.3f}", flush=True)
    network.load_state_dict(average)
    return network.eval()


def _batch(
    mels: list[Tensor], means: list[Tensor], voices: list[Tensor], generator: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rows = []
    for _ in range(_BATCH):
        clip = int(generator.integers(len(mels)))
        first = int(generator.integers(mels[clip].shape[1] - _CROP + 1))
        x1 = mels[clip][:, first : first + _CROP]
        mu = means[clip][:, first : first + _CROP]
        cond, speaker = torch.zeros_like(x1), voices[clip]
        if generator.random() < 0.5:
            cond[:, :PROMPT_FRAMES] = x1[:, :PROMPT_FRAMES]
        if generator.random() < _DROP_CONDITIONS:
            mu, speaker, cond = (torch.zeros_like(part) for part in (mu, speaker, cond))
        rows.append((x1, mu, speaker, cond))
    x1, mu, speaker, cond = (torch.stack(parts) for parts in zip(*rows, strict=True))
    return x1, mu, speaker, cond


@torch.no_grad()
def _follow(average: dict[str, Tensor], network: nn.Module, keep: float) -> None:
    for name, value in network.state_dict().items():
        average[name].lerp_(value, 1.0 - keep)


@torch.no_grad()
def _let_noise_through(network: Estimator, mels: np.ndarray) -> None:
    """Start as "mean log-mel minus the state": the velocity must carry all 80 noise bins.

    Every path begins as the identity of the state, other weights begin small, and the
    last convolution turns the sign.  In the middle both ways round a block carry it.
    """
    for name, module in network.named_modules():
        if name.endswith(("res_conv", "_blocks.0.2", "final_block.conv")):
            _pass_state(module, 1.0)
        elif name.endswith("block2.norm"):
            module.weight.mul_(0.3)
        elif name.endswith(("attn1.to_out", "ff.proj_out")):
            module.weight.mul_(0.2)
    for stage in network.mid_blocks:
        resnet = stage[0]
        _pass_state(resnet.res_conv, 0.0)
        for block in (resnet.block1, resnet.block2):
            _pass_state(block.conv, 1.0)
            block.norm.bias.fill_(_LINEAR)
        resnet.block2.norm.weight.fill_(1.0)
    network.final_block.norm.bias.fill_(_LINEAR)
    network.final_proj.weight.copy_(-torch.eye(CHANNELS)[:MELS, :, None])
    network.final_proj.bias.copy_(torch.from_numpy(mels.mean(axis=(0, 2))) + _LINEAR)


def _pass_state(convolution: nn.Conv1d, share: float) -> None:
    """Make the newest tap of `convolution` hand on `share` of the state."""
    channels_in = convolution.weight.shape[1]
    identity = torch.eye(CHANNELS)
    if channels_in == 2 * CHANNELS:  # the up stage sees the state twice
        identity = torch.cat([identity, torch.zeros_like(identity)], dim=1)
    elif channels_in != CHANNELS:  # the first stage sees it beside the conditions
        identity = torch.eye(CHANNELS, channels_in)
    convolution.weight.mul_(0.1)
    convolution.weight[:, :, -1] += share * identity
