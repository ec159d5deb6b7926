"""Schedule, rows, time embedding, concatenation and frame masks in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from inspector.blocks.calls import half_and_spacing
from inspector.blocks.graph import Settings
from inspector.blocks.operations import Operation

Tensor = torch.Tensor
_Params = Mapping[str, Tensor]
_Inputs = Sequence[Tensor]


def schedule(_inputs: _Inputs, _params: _Params, settings: Any) -> Tensor:
    """Time values t_0 .. t_N [N + 1], always float32."""
    span = torch.linspace(0, 1, settings["steps"] + 1, dtype=torch.float32)
    if settings["kind"] == "cosine":
        span = 1 - torch.cos(span * 0.5 * torch.pi)
    return 1 - span if settings["reverse"] else span


def step_time(inputs: _Inputs, _params: _Params, settings: Any) -> Tensor:
    """Time of a step that counts from 0."""
    span, step = inputs[0], _held(inputs[1], settings)
    return span[(step + settings["shift"]).clamp(0, span.shape[0] - 1)]


def step_size(inputs: _Inputs, _params: _Params, settings: Any) -> Tensor:
    """Length of a step that counts from 0."""
    span, last = inputs[0], inputs[0].shape[0] - 1
    step = _held(inputs[1], settings).clamp(0, last - 1)
    if settings["kind"] == "constant":
        return torch.full(step.shape, 1 / last, dtype=span.dtype)
    return span[step + 1] - span[step]


def _held(step: Tensor, settings: Any) -> Tensor:
    step = step.reshape(-1).long()
    return torch.where(step == 1, 0, step) if settings["hold_second"] else step


def rows(inputs: _Inputs, _params: _Params, settings: Any) -> Tensor:
    """The rows of the value, then copies of them or zeros."""
    x = inputs[0]
    second = torch.zeros_like(x) if settings["second"] == "zero" else x
    copies = settings["copies"]
    return x if copies == 1 else torch.cat([x, *[second] * (copies - 1)])


def repeat_frames(inputs: _Inputs, _params: _Params, _settings: Settings) -> Tensor:
    """A vector [R, C] at every frame of [R, T, ...]."""
    vector, frames = inputs[0], inputs[1].shape[1]
    return vector[:, None, :].expand(-1, frames, -1)


def time_embedding(inputs: _Inputs, _params: _Params, settings: Any) -> Tensor:
    """Sinusoids [R, C] of time values [R]; half precisions are computed in float32."""
    t = inputs[0]
    dtype = torch.promote_types(t.dtype, torch.float32)
    half, spacing = half_and_spacing(settings)
    frequency = torch.exp(torch.arange(half, dtype=dtype) * -(math.log(settings["base"]) / spacing))
    angle = settings["scale"] * t.to(dtype)[:, None] * frequency[None, :]
    sine, cosine = angle.sin(), angle.cos()
    if settings["order"] == "interleaved":
        value = torch.stack([sine, cosine], -1).reshape(t.shape[0], -1)
    else:
        pair = [sine, cosine] if settings["order"] == "sin_cos" else [cosine, sine]
        value = torch.cat(pair, -1)
    return value.to(t.dtype)


def concat(inputs: _Inputs, _params: _Params, _settings: Settings) -> Tensor:
    """All inputs side by side along the channels."""
    return torch.cat(list(inputs), -1)


def concat_skip(inputs: _Inputs, _params: _Params, settings: Settings) -> Tensor:
    """h cropped to the frames of the skip, beside it."""
    h, skip = inputs[0][:, : inputs[1].shape[1]], inputs[1]
    if settings["order"] == "add":
        return h + skip
    pairs = {"h_skip": (h, skip), "skip_h": (skip, h), "h_h": (h, h)}
    return torch.cat(pairs[str(settings["order"])], -1)


def apply_mask(inputs: _Inputs, _params: _Params, settings: Settings) -> Tensor:
    """x [R, T, C] times its frame mask [R, T, 1]."""
    x, mask = inputs[0], inputs[1].to(inputs[0].dtype)
    if settings["mode"] == "none":
        return x
    if settings["mode"] == "inverted":
        return x * (1 - mask)
    if settings["mode"] == "smart":
        mask = torch.where((mask == 0).all(1, keepdim=True), torch.ones_like(mask), mask)
    return x * mask


INPUTS: Mapping[str, Operation] = {
    "schedule": schedule,
    "step_time": step_time,
    "step_size": step_size,
    "rows": rows,
    "repeat_frames": repeat_frames,
    "time_embedding": time_embedding,
    "concat": concat,
    "concat_skip": concat_skip,
    "apply_mask": apply_mask,
}
"""Operation name -> function."""
