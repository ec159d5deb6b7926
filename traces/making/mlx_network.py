"""The same velocity network written for MLX: arrays are [B, T, C] from end to end.

Weights come from the PyTorch state dict; convolution kernels turn from OIK to OKI.
`symmetric` names the convolutions that pad one frame on both sides instead of two on
the left: that is the planted mistake of the sample's candidate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

from traces.making.torch_network import HEAD_WIDTH, HEADS, MID_BLOCKS, TIME_WIDTH

Record = Callable[[str, mx.array], None]


def _ignore(name: str, value: mx.array) -> None:
    """Record nothing."""


class MlxEstimator:
    """Velocity of a noisy log-mel; every tensor is [B, T, 80], the mask [B, T, 1]."""

    def __init__(
        self, weights: Mapping[str, NDArray[np.float32]], symmetric: frozenset[str] = frozenset()
    ) -> None:
        self._weights = {
            name: mx.array(value.transpose(0, 2, 1) if value.ndim == 3 else value)
            for name, value in weights.items()
        }
        self._symmetric = symmetric

    def __call__(
        self,
        x: mx.array,
        mask: mx.array,
        mu: mx.array,
        t: mx.array,
        speaker: mx.array,
        cond: mx.array,
        record: Record = _ignore,
    ) -> mx.array:
        """Return the velocity [B, T, 80]; `t` is [B], `speaker` [B, 80]."""
        time = self._linear("time_mlp.2", nn.silu(self._linear("time_mlp.0", _embedding(t))))
        bias = (1.0 - mask[:, None, None, :, 0]) * -1e10
        speaker = mx.broadcast_to(speaker[:, None, :], x.shape)
        h = mx.concatenate([x, mu, speaker, cond], axis=-1)
        skip = h = self._stage("down_blocks.0", "downBlocks[0]", h, mask, time, bias, record)
        h = self._causal_conv("down_blocks.0.2", h * mask)
        record("downBlocks[0].downsample", h)
        for index in range(MID_BLOCKS):
            names = (f"mid_blocks.{index}", f"midBlocks[{index}]")
            h = self._stage(*names, h, mask, time, bias, record)
        h = mx.concatenate([h, skip], axis=-1)
        h = self._stage("up_blocks.0", "upBlocks[0]", h, mask, time, bias, record)
        h = self._causal_conv("up_blocks.0.2", h * mask)
        record("upBlocks[0].upsample", h)
        h = self._block("final_block", h, mask)
        record("finalBlock", h)
        return self._linear("final_proj", h * mask) * mask

    def _stage(
        self,
        source: str,
        name: str,
        h: mx.array,
        mask: mx.array,
        time: mx.array,
        bias: mx.array,
        record: Record,
    ) -> mx.array:
        first = self._block(f"{source}.0.block1", h, mask)
        record(f"{name}.resnet.block1", first)
        first = first + self._linear(f"{source}.0.mlp", nn.mish(time))[:, None, :]
        second = self._block(f"{source}.0.block2", first, mask)
        h = second + self._linear(f"{source}.0.res_conv", h * mask)
        record(f"{name}.resnet", h)
        h = h + self._attention(f"{source}.1.0.attn1", self._norm(f"{source}.1.0.norm1", h), bias)
        inner = self._linear(f"{source}.1.0.ff.proj_in", self._norm(f"{source}.1.0.norm3", h))
        h = h + self._linear(f"{source}.1.0.ff.proj_out", nn.gelu(inner))
        record(f"{name}.transformers[0]", h)
        return h

    def _block(self, source: str, x: mx.array, mask: mx.array) -> mx.array:
        h = self._causal_conv(f"{source}.conv", x * mask)
        return nn.mish(self._norm(f"{source}.norm", h)) * mask

    def _causal_conv(self, source: str, x: mx.array) -> mx.array:
        sides = (1, 1) if source in self._symmetric else (2, 0)
        padded = mx.pad(x, [(0, 0), sides, (0, 0)])
        weights = self._weights
        return mx.conv1d(padded, weights[f"{source}.weight"]) + weights[f"{source}.bias"]

    def _attention(self, source: str, x: mx.array, bias: mx.array) -> mx.array:
        batch, frames, _ = x.shape
        q, k, v = (
            self._linear(f"{source}.{part}", x)
            .reshape(batch, frames, HEADS, HEAD_WIDTH)
            .transpose(0, 2, 1, 3)
            for part in ("to_q", "to_k", "to_v")
        )
        scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(HEAD_WIDTH) + bias
        merged = (mx.softmax(scores, axis=-1) @ v).transpose(0, 2, 1, 3)
        return self._linear(f"{source}.to_out", merged.reshape(batch, frames, -1))

    def _linear(self, source: str, x: mx.array) -> mx.array:
        weight = self._weights[f"{source}.weight"]
        if weight.ndim == 3:  # a 1x1 convolution, [O, 1, I] here
            weight = weight[:, 0, :]
        bias = self._weights.get(f"{source}.bias")
        return x @ weight.T if bias is None else x @ weight.T + bias

    def _norm(self, source: str, x: mx.array) -> mx.array:
        weights = self._weights
        return mx.fast.layer_norm(x, weights[f"{source}.weight"], weights[f"{source}.bias"], 1e-5)


def _embedding(t: mx.array) -> mx.array:
    half = TIME_WIDTH // 2
    rate = mx.exp(mx.arange(half) * (-math.log(10000.0) / (half - 1)))
    angle = 1000.0 * t[:, None] * rate
    return mx.concatenate([mx.sin(angle), mx.cos(angle)], axis=-1)
