"""The velocity network in PyTorch: the decoder's shape in miniature.

Module names are those of the PyTorch ports (``down_blocks.0.0.block1`` ...), so hooks
record under realistic names.  Convolutions keep [B, C, T]; transformers see [B, T, C].
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MELS = 80
CHANNELS = 80
HEADS = 4
HEAD_WIDTH = 24
TIME_WIDTH = 320
MID_BLOCKS = 2


class CausalConv1d(nn.Conv1d):
    """Convolution over time that sees no later frame: all padding on the left."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, kernel_size=3)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(F.pad(input, (2, 0)))


class CausalBlock1D(nn.Module):
    """Masked causal convolution, LayerNorm over channels, Mish."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = CausalConv1d(channels_in, channels_out)
        self.norm = nn.LayerNorm(channels_out)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        h = self.norm(self.conv(x * mask).transpose(1, 2)).transpose(1, 2)
        return F.mish(h) * mask


class CausalResnetBlock1D(nn.Module):
    """block2(block1(x) + Linear(Mish(time))) + 1x1 convolution of the masked input."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.mlp = nn.Linear(TIME_WIDTH, channels_out)
        self.block1 = CausalBlock1D(channels_in, channels_out)
        self.block2 = CausalBlock1D(channels_out, channels_out)
        self.res_conv = nn.Conv1d(channels_in, channels_out, 1)

    def forward(self, x: Tensor, mask: Tensor, time: Tensor) -> Tensor:
        h = self.block1(x, mask) + self.mlp(F.mish(time)).unsqueeze(-1)
        return self.block2(h, mask) + self.res_conv(x * mask)


class Attention(nn.Module):
    """Multi-head self-attention with an additive key mask."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = HEADS * HEAD_WIDTH
        self.to_q = nn.Linear(channels, inner, bias=False)
        self.to_k = nn.Linear(channels, inner, bias=False)
        self.to_v = nn.Linear(channels, inner, bias=False)
        self.to_out = nn.Linear(inner, channels)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, frames, _ = x.shape
        q, k, v = (
            project(x).view(batch, frames, HEADS, HEAD_WIDTH).transpose(1, 2)
            for project in (self.to_q, self.to_k, self.to_v)
        )
        scores = q @ k.transpose(-1, -2) / math.sqrt(HEAD_WIDTH) + bias
        merged = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, frames, -1)
        return self.to_out(merged)


class FeedForward(nn.Module):
    """Linear, exact GELU, Linear."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj_in = nn.Linear(channels, 4 * channels)
        self.proj_out = nn.Linear(4 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj_out(F.gelu(self.proj_in(x)))


class TransformerBlock(nn.Module):
    """x + Attention(LN x), then x + FeedForward(LN x)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.attn1 = Attention(channels)
        self.norm3 = nn.LayerNorm(channels)
        self.ff = FeedForward(channels)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = x + self.attn1(self.norm1(x), bias)
        return x + self.ff(self.norm3(x))


def _stage(channels_in: int, last: bool) -> nn.ModuleList:
    parts: list[nn.Module] = [
        CausalResnetBlock1D(channels_in, CHANNELS),
        nn.ModuleList([TransformerBlock(CHANNELS)]),
    ]
    return nn.ModuleList([*parts, CausalConv1d(CHANNELS, CHANNELS)] if last else parts)


def time_embedding(t: Tensor) -> Tensor:
    """Sinusoids of 1000 t: [B] -> [B, TIME_WIDTH], first half sin, second half cos."""
    half = TIME_WIDTH // 2
    rate = torch.exp(torch.arange(half) * (-math.log(10000.0) / (half - 1)))
    angle = 1000.0 * t[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


class Estimator(nn.Module):
    """Velocity of a noisy log-mel; every tensor is [B, 80, T], the mask [B, 1, T]."""

    def __init__(self) -> None:
        super().__init__()
        self.time_mlp = nn.Sequential(
            nn.Linear(TIME_WIDTH, TIME_WIDTH), nn.SiLU(), nn.Linear(TIME_WIDTH, TIME_WIDTH)
        )
        self.down_blocks = nn.ModuleList([_stage(4 * MELS, last=True)])
        self.mid_blocks = nn.ModuleList([_stage(CHANNELS, last=False) for _ in range(MID_BLOCKS)])
        self.up_blocks = nn.ModuleList([_stage(2 * CHANNELS, last=True)])
        self.final_block = CausalBlock1D(CHANNELS, CHANNELS)
        self.final_proj = nn.Conv1d(CHANNELS, MELS, 1)

    def forward(
        self, x: Tensor, mask: Tensor, mu: Tensor, t: Tensor, speaker: Tensor, cond: Tensor
    ) -> Tensor:
        """Return the velocity [B, 80, T]; `t` is [B], `speaker` [B, 80]."""
        time = self.time_mlp(time_embedding(t))
        bias = (1.0 - mask[:, :, None, :]) * -1e10
        speaker = speaker[:, :, None].expand(-1, -1, x.shape[-1])
        h = torch.cat([x, mu, speaker, cond], dim=1)
        down, up = self.down_blocks[0], self.up_blocks[0]
        skip = h = self._stage(down, h, mask, time, bias)
        h = down[2](h * mask)
        for mid in self.mid_blocks:
            h = self._stage(mid, h, mask, time, bias)
        h = self._stage(up, torch.cat([h, skip], dim=1), mask, time, bias)
        h = self.final_block(up[2](h * mask), mask)
        return self.final_proj(h * mask) * mask

    @staticmethod
    def _stage(stage: nn.Module, h: Tensor, mask: Tensor, time: Tensor, bias: Tensor) -> Tensor:
        resnet, transformers = stage[0], stage[1]
        h = resnet(h, mask, time).transpose(1, 2)
        for transformer in transformers:
            h = transformer(h, bias)
        return h.transpose(1, 2)
