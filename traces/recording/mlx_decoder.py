"""The demo's candidate: a port of the velocity network to MLX, with names of its own.

Activations are [B, T, C] from end to end.  `Port` says which of a port's usual mistakes the
program makes; the traces of broken runs come from programs made with one, never from edited
numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn

from traces.training.decoder import CHANNELS, HEAD_WIDTH, HEADS, INPUTS, MELS, MID_BLOCKS


@dataclass(frozen=True)
class Port:
    """What the port does differently; the defaults are right.

    Attributes:
        symmetric_padding: convolutions pad one frame on both sides instead of two before.
        heads_unpermuted: attention puts [B, H, T, D] back together without moving the heads
            behind the frames.
        mask_inverted: attention hides the frames of the sentence and sees the padding.
    """

    symmetric_padding: bool = False
    heads_unpermuted: bool = False
    mask_inverted: bool = False


class TimeEmbedding(nn.Module):
    """Sinusoids of 1000 t in float32: [B] -> [B, 320]."""

    def __call__(self, t: mx.array) -> mx.array:
        half = INPUTS // 2
        rate = mx.exp(mx.arange(half, dtype=mx.float32) * (-math.log(10000.0) / (half - 1)))
        angle = 1000.0 * t[:, None] * rate
        return mx.concatenate([mx.sin(angle), mx.cos(angle)], axis=-1)


class TimeMlp(nn.Module):
    """Linear, SiLU, Linear."""

    def __init__(self) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(INPUTS, 4 * CHANNELS)
        self.linear_2 = nn.Linear(4 * CHANNELS, 4 * CHANNELS)

    def __call__(self, embedding: mx.array) -> mx.array:
        return self.linear_2(nn.silu(self.linear_1(embedding)))


class CausalConv1d(nn.Conv1d):
    """Convolution of width 3 over the frames of [B, T, C]."""

    def __init__(self, channels_in: int, channels_out: int, port: Port) -> None:
        super().__init__(channels_in, channels_out, kernel_size=3)
        self.sides = "both" if port.symmetric_padding else "before"

    def __call__(self, x: mx.array) -> mx.array:
        padding = (1, 1) if self.sides == "both" else (2, 0)
        return super().__call__(mx.pad(x, [(0, 0), padding, (0, 0)]))


class ConvBlock(nn.Module):
    """Causal convolution, LayerNorm, Mish; masked before and after."""

    def __init__(self, channels_in: int, port: Port) -> None:
        super().__init__()
        self.conv = CausalConv1d(channels_in, CHANNELS, port)
        self.norm = nn.LayerNorm(CHANNELS)

    def __call__(self, x: mx.array, mask: mx.array) -> mx.array:
        return nn.mish(self.norm(self.conv(x * mask))) * mask


class Resnet(nn.Module):
    """Two blocks with the time between them, beside a 1x1 convolution of the input."""

    def __init__(self, channels_in: int, port: Port) -> None:
        super().__init__()
        self.block1 = ConvBlock(channels_in, port)
        self.mlp = nn.Linear(4 * CHANNELS, CHANNELS)
        self.block2 = ConvBlock(CHANNELS, port)
        self.res_conv = nn.Conv1d(channels_in, CHANNELS, 1)

    def __call__(self, x: mx.array, mask: mx.array, time: mx.array) -> mx.array:
        h = self.block1(x, mask) + self.mlp(nn.mish(time))[:, None, :]
        return self.block2(h, mask) + self.res_conv(x * mask)


class Attention(nn.Module):
    """Self-attention; `bias` [B, 1, 1, T] is added to the scores."""

    def __init__(self, port: Port) -> None:
        super().__init__()
        inner = HEADS * HEAD_WIDTH
        self.query_proj = nn.Linear(CHANNELS, inner, bias=False)
        self.key_proj = nn.Linear(CHANNELS, inner, bias=False)
        self.value_proj = nn.Linear(CHANNELS, inner, bias=False)
        self.out_proj = nn.Linear(inner, CHANNELS)
        self.permutes = not port.heads_unpermuted

    def __call__(self, x: mx.array, bias: mx.array) -> mx.array:
        batch, frames, _ = x.shape
        query, key, value = (
            project(x).reshape(batch, frames, HEADS, HEAD_WIDTH).transpose(0, 2, 1, 3)
            for project in (self.query_proj, self.key_proj, self.value_proj)
        )
        scores = (query * HEAD_WIDTH**-0.5) @ key.transpose(0, 1, 3, 2) + bias
        heads = mx.softmax(scores, axis=-1, precise=True) @ value
        if self.permutes:
            heads = heads.transpose(0, 2, 1, 3)
        return self.out_proj(heads.reshape(batch, frames, HEADS * HEAD_WIDTH))


class FeedForward(nn.Module):
    """Linear, exact GELU, Linear."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(CHANNELS, 4 * CHANNELS), nn.Linear(4 * CHANNELS, CHANNELS)]

    def __call__(self, x: mx.array) -> mx.array:
        return self.layers[1](nn.gelu(self.layers[0](x)))


class Transformer(nn.Module):
    """x + Attention(LN x), then x + FeedForward(LN x)."""

    def __init__(self, port: Port) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(CHANNELS)
        self.attention = Attention(port)
        self.norm2 = nn.LayerNorm(CHANNELS)
        self.ff = FeedForward()

    def __call__(self, x: mx.array, bias: mx.array) -> mx.array:
        x = x + self.attention(self.norm1(x), bias)
        return x + self.ff(self.norm2(x))


class Stage(nn.Module):
    """A ResNet and one transformer."""

    def __init__(self, channels_in: int, port: Port) -> None:
        super().__init__()
        self.resnet = Resnet(channels_in, port)
        self.transformers = [Transformer(port)]

    def __call__(self, x: mx.array, mask: mx.array, time: mx.array, bias: mx.array) -> mx.array:
        x = self.resnet(x, mask, time)
        for transformer in self.transformers:
            x = transformer(x, bias)
        return x


class DownStage(Stage):
    """A stage whose result is kept for the up stage before the convolution."""

    def __init__(self, port: Port) -> None:
        super().__init__(INPUTS, port)
        self.downsample = CausalConv1d(CHANNELS, CHANNELS, port)


class UpStage(Stage):
    """A stage that sees the stream and what the down stage kept."""

    def __init__(self, port: Port) -> None:
        super().__init__(2 * CHANNELS, port)
        self.upsample = CausalConv1d(CHANNELS, CHANNELS, port)


class Estimator(nn.Module):
    """Velocity of a noisy log-mel."""

    def __init__(self, port: Port) -> None:
        super().__init__()
        self.time_embeddings = TimeEmbedding()
        self.time_mlp = TimeMlp()
        self.down_blocks = [DownStage(port)]
        self.mid_blocks = [Stage(CHANNELS, port) for _ in range(MID_BLOCKS)]
        self.up_blocks = [UpStage(port)]
        self.final_block = ConvBlock(CHANNELS, port)
        self.final_proj = nn.Conv1d(CHANNELS, MELS, 1)
        self.hides = "frames" if port.mask_inverted else "padding"

    def __call__(
        self,
        x: mx.array,
        mask: mx.array,
        mu: mx.array,
        t: mx.array,
        spks: mx.array,
        cond: mx.array,
    ) -> mx.array:
        """Return the velocity [B, T, 80].

        Args:
            x, mu, cond: [B, T, 80].
            mask: [B, T], 1 where there is a frame and 0 in the padding.
            t: [B] from 0 to 1, float32.
            spks: speaker embedding [B, 80].
        """
        time = self.time_mlp(self.time_embeddings(t).astype(x.dtype))
        hidden = mask if self.hides == "frames" else 1.0 - mask
        mask = mask[:, :, None]
        # -1e10 lies beyond float16, where nothing times it would be no number
        bias = (hidden.astype(mx.float32) * -1e10)[:, None, None, :]
        bias = mx.maximum(bias, mx.finfo(x.dtype).min).astype(x.dtype)
        speaker = mx.broadcast_to(spks[:, None, :], x.shape)
        h = mx.concatenate([x, mu, speaker, cond], axis=-1)
        down, up = self.down_blocks[0], self.up_blocks[0]
        skip = down(h, mask, time, bias)
        h = down.downsample(skip * mask)
        for middle in self.mid_blocks:
            h = middle(h, mask, time, bias)
        h = up(mx.concatenate([h, skip], axis=-1), mask, time, bias)
        h = self.final_block(up.upsample(h * mask), mask)
        return self.final_proj(h * mask) * mask
