"""The original Matcha-TTS decoder as one function of its state dict, in plain PyTorch float64.

Channels come first, as in the source; every shape rule is read off the weights.  The source
adds the 0/1 frame mask to the attention scores, where later decoders add -1e10.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F

from inspector.blocks.config import DecoderConfig
from inspector.tensors import Array

Tensor = torch.Tensor


class Reference:
    """The decoder with some weights; call `velocity` on channels-first tensors."""

    def __init__(self, config: DecoderConfig, weights: Mapping[str, Array]) -> None:
        self.config = config
        self.w = {key: torch.tensor(value, dtype=torch.float64) for key, value in weights.items()}

    def velocity(self, x: Tensor, mask: Tensor, mu: Tensor, t: Tensor, speaker=None) -> Tensor:
        """x, mu [R, F, T], mask [R, 1, T], t [R], speaker [R, F] -> velocity [R, F, T]."""
        half = self.config.in_channels // 2
        rates = [10000.0 ** (-i / (half - 1)) for i in range(half)]
        angle = 1000 * t.double()[:, None] * torch.tensor(rates, dtype=torch.float64)
        time = F.silu(self.linear("time_mlp.linear_1", torch.cat([angle.sin(), angle.cos()], 1)))
        time = self.linear("time_mlp.linear_2", time)
        parts = [x, mu]
        if speaker is not None:
            parts.append(speaker[:, :, None] + 0 * mu[:, :1])
        h, kept, masks = torch.cat(parts, 1), [], [mask]
        levels = len(self.config.channels)
        for i in range(levels):
            h = self.stage(f"down_blocks.{i}", h, masks[-1], time)
            kept.append(h)
            if i + 1 < levels:
                h = self.conv(f"down_blocks.{i}.2.conv", h * masks[-1], stride=2)
                masks.append(masks[-1][:, :, ::2])
            else:
                h = self.conv(f"down_blocks.{i}.2", h * masks[-1])
        for i in range(self.config.mid_blocks):
            h = self.stage(f"mid_blocks.{i}", h, masks[-1], time)
        for i in range(levels):
            mask_up, skip = masks.pop(), kept.pop()
            h = torch.cat([h[:, :, : skip.shape[2]], skip], 1)
            h = self.stage(f"up_blocks.{i}", h, mask_up, time) * mask_up
            if i + 1 < levels:
                key = f"up_blocks.{i}.2.conv"
                h = F.conv_transpose1d(h, self.w[f"{key}.weight"], self.w[f"{key}.bias"], 2, 1)
            else:
                h = self.conv(f"up_blocks.{i}.2", h)
        return self.conv("final_proj", self.block("final_block", h, mask) * mask) * mask

    def linear(self, key: str, x: Tensor) -> Tensor:
        return F.linear(x, self.w[f"{key}.weight"], self.w.get(f"{key}.bias"))

    def conv(self, key: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = self.w[f"{key}.weight"]
        return F.conv1d(x, weight, self.w[f"{key}.bias"], stride, (weight.shape[2] - 1) // 2)

    def block(self, key: str, x: Tensor, mask: Tensor) -> Tensor:
        y = self.conv(f"{key}.block.0", x * mask)
        y = F.group_norm(y, 8, self.w[f"{key}.block.1.weight"], self.w[f"{key}.block.1.bias"])
        return y * torch.tanh(torch.log1p(y.exp())) * mask

    def stage(self, key: str, x: Tensor, mask: Tensor, time: Tensor) -> Tensor:
        shift = self.linear(f"{key}.0.mlp.1", time * torch.tanh(torch.log1p(time.exp())))
        y = self.block(f"{key}.0.block1", x, mask) + shift[:, :, None]
        y = self.block(f"{key}.0.block2", y, mask) + self.conv(f"{key}.0.res_conv", x * mask)
        y = y.transpose(1, 2)
        for j in range(self.config.blocks_per_stage):
            y = self.transformer(f"{key}.1.{j}", y, mask)
        return y.transpose(1, 2)

    def norm(self, key: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], self.w[f"{key}.weight"], self.w[f"{key}.bias"])

    def transformer(self, key: str, x: Tensor, mask: Tensor) -> Tensor:
        y = self.norm(f"{key}.norm1", x)
        heads = []
        split = self.config.head_width
        q, k, v = (self.linear(f"{key}.attn1.to_{n}", y).split(split, -1) for n in "qkv")
        for a, b, c in zip(q, k, v, strict=True):
            weights = torch.softmax(a @ b.mT / math.sqrt(split) + mask, -1)
            heads.append(weights @ c)
        x = x + self.linear(f"{key}.attn1.to_out.0", torch.cat(heads, -1))
        y = self.linear(f"{key}.ff.net.0.proj", self.norm(f"{key}.norm3", x))
        alpha, beta = (self.w[f"{key}.ff.net.0.{n}"].exp() for n in ("alpha", "beta"))
        y = y + (1 / (beta + 1e-9)) * (y * alpha).sin() ** 2
        return x + self.linear(f"{key}.ff.net.2", y)
