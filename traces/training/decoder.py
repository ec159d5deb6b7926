"""The velocity network in PyTorch: the decoder of Chatterbox and CosyVoice 2 in miniature.

Parameters carry the names of Chatterbox's checkpoint (``down_blocks.0.0.block1.block.0.weight``
...).  One stage down, `MID_BLOCKS` in the middle, one up; each a causal ResNet and one
transformer.  Convolutions see [B, C, T], transformers [B, T, C].
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MELS = 80
INPUTS = 4 * MELS
CHANNELS = 96
HEADS = 3
HEAD_WIDTH = 32
MID_BLOCKS = 2
CONFIG = {
    "in_channels": INPUTS,
    "out_channels": MELS,
    "channels": [CHANNELS],
    "attention_head_dim": HEAD_WIDTH,
    "num_heads": HEADS,
    "n_blocks": 1,
    "num_mid_blocks": MID_BLOCKS,
    "causal": True,
    "norm": "layer",
    "activation": "gelu",
}
"""What a reader needs beside the shapes; stored in the checkpoint's metadata."""

_TIME_SCALE = 1000.0
_MASKED = -1e10


class TimeEmbedding(nn.Module):
    """Sinusoids of 1000 t: [B] -> [B, 320], first half sin, second half cos."""

    def forward(self, t: Tensor) -> Tensor:
        half = INPUTS // 2
        rate = torch.exp(torch.arange(half).float() * (-math.log(10000.0) / (half - 1)))
        angle = _TIME_SCALE * t[:, None] * rate
        return torch.cat([angle.sin(), angle.cos()], dim=-1)


class TimeMlp(nn.Module):
    """Linear, SiLU, Linear: [B, 320] -> [B, 4 C]."""

    def __init__(self) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(INPUTS, 4 * CHANNELS)
        self.act = nn.SiLU()
        self.linear_2 = nn.Linear(4 * CHANNELS, 4 * CHANNELS)

    def forward(self, embedding: Tensor) -> Tensor:
        return self.linear_2(self.act(self.linear_1(embedding)))


class CausalConv1d(nn.Conv1d):
    """Convolution of width 3 that sees no later frame: two frames of padding on the left."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, kernel_size=3)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(F.pad(input, (2, 0)))


class Turn(nn.Module):
    """[B, C, T] to [B, T, C] and back."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


class CausalBlock1D(nn.Module):
    """Causal convolution, LayerNorm over channels and Mish; masked before and after."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        convolution = CausalConv1d(channels_in, channels_out)
        # The turns hold no parameter, but the checkpoint counts them: the norm is number 2.
        self.block = nn.Sequential(
            convolution, Turn(), nn.LayerNorm(channels_out), Turn(), nn.Mish()
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.block(x * mask) * mask


class ResnetBlock(nn.Module):
    """block2(block1(x) + Linear(Mish(time))) + a 1x1 convolution of the masked input."""

    def __init__(self, channels_in: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Mish(), nn.Linear(4 * CHANNELS, CHANNELS))
        self.block1 = CausalBlock1D(channels_in, CHANNELS)
        self.block2 = CausalBlock1D(CHANNELS, CHANNELS)
        self.res_conv = nn.Conv1d(channels_in, CHANNELS, 1)

    def forward(self, x: Tensor, mask: Tensor, time: Tensor) -> Tensor:
        h = self.block1(x, mask) + self.mlp(time)[:, :, None]
        return self.block2(h, mask) + self.res_conv(x * mask)


class Attention(nn.Module):
    """Self-attention of 3 heads x 32; `bias` [B, 1, 1, T] is added to the scores."""

    def __init__(self) -> None:
        super().__init__()
        inner = HEADS * HEAD_WIDTH
        self.to_q = nn.Linear(CHANNELS, inner, bias=False)
        self.to_k = nn.Linear(CHANNELS, inner, bias=False)
        self.to_v = nn.Linear(CHANNELS, inner, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(inner, CHANNELS)])

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, frames, _ = x.shape
        query, key, value = (
            project(x).view(batch, frames, HEADS, HEAD_WIDTH).transpose(1, 2)
            for project in (self.to_q, self.to_k, self.to_v)
        )
        scores = query @ key.transpose(-1, -2) / math.sqrt(HEAD_WIDTH) + bias
        heads = scores.softmax(dim=-1) @ value
        return self.to_out[0](heads.transpose(1, 2).reshape(batch, frames, HEADS * HEAD_WIDTH))


class GeluProjection(nn.Module):
    """Linear to four times the width, then the exact GELU."""

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Linear(CHANNELS, 4 * CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.proj(x))


class FeedForward(nn.Module):
    """GELU projection and a Linear back; the middle place is the checkpoint's dropout."""

    def __init__(self) -> None:
        super().__init__()
        back = nn.Linear(4 * CHANNELS, CHANNELS)
        self.net = nn.ModuleList([GeluProjection(), nn.Identity(), back])

    def forward(self, x: Tensor) -> Tensor:
        return self.net[2](self.net[0](x))


class TransformerBlock(nn.Module):
    """x + Attention(LN x), then x + FeedForward(LN x)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(CHANNELS)
        self.attn1 = Attention()
        self.norm3 = nn.LayerNorm(CHANNELS)
        self.ff = FeedForward()

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = x + self.attn1(self.norm1(x), bias)
        return x + self.ff(self.norm3(x))


class Estimator(nn.Module):
    """Velocity of a noisy log-mel."""

    def __init__(self) -> None:
        super().__init__()
        self.time_embeddings = TimeEmbedding()
        self.time_mlp = TimeMlp()
        self.down_blocks = nn.ModuleList([_stage(INPUTS, convolution=True)])
        self.mid_blocks = nn.ModuleList(
            [_stage(CHANNELS, convolution=False) for _ in range(MID_BLOCKS)]
        )
        self.up_blocks = nn.ModuleList([_stage(2 * CHANNELS, convolution=True)])
        self.final_block = CausalBlock1D(CHANNELS, CHANNELS)
        self.final_proj = nn.Conv1d(CHANNELS, MELS, 1)

    def forward(
        self, x: Tensor, mask: Tensor, mu: Tensor, t: Tensor, spks: Tensor, cond: Tensor
    ) -> Tensor:
        """Return the velocity [B, 80, T].

        Args:
            x: state [B, 80, T].
            mask: [B, 1, T], 1 where there is a frame and 0 in the padding.
            mu: [B, 80, T].
            t: [B] from 0 to 1.
            spks: speaker embedding [B, 80].
            cond: [B, 80, T], the prompt's log-mel and zeros after it.
        """
        time = self.time_mlp(self.time_embeddings(t))
        bias = (1.0 - mask[:, :, None, :]) * _MASKED
        speaker = spks[:, :, None].expand(-1, -1, x.shape[-1])
        h = torch.cat([x, mu, speaker, cond], dim=1)
        down, up = self.down_blocks[0], self.up_blocks[0]
        skip = _run(down, h, mask, time, bias)
        h = down[2](skip * mask)
        for middle in self.mid_blocks:
            h = _run(middle, h, mask, time, bias)
        h = _run(up, torch.cat([h, skip], dim=1), mask, time, bias)
        h = self.final_block(up[2](h * mask), mask)
        return self.final_proj(h * mask) * mask


def _stage(channels_in: int, convolution: bool) -> nn.ModuleList:
    parts = [ResnetBlock(channels_in), nn.ModuleList([TransformerBlock()])]
    return nn.ModuleList([*parts, CausalConv1d(CHANNELS, CHANNELS)] if convolution else parts)


def _run(stage: nn.Module, h: Tensor, mask: Tensor, time: Tensor, bias: Tensor) -> Tensor:
    """The ResNet and the transformers of one stage: [B, C, T] -> [B, C, T]."""
    h = stage[0](h, mask, time).transpose(1, 2)
    for transformer in stage[1]:
        h = transformer(h, bias)
    return h.transpose(1, 2)
