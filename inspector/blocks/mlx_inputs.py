"""Schedule, rows, time embedding, concatenation and frame masks in MLX."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import mlx.core as mx

from inspector.blocks.calls import half_and_spacing
from inspector.blocks.graph import Settings
from inspector.blocks.operations import Operation

_Params = Mapping[str, mx.array]
_Inputs = Sequence[mx.array]


def schedule(_inputs: _Inputs, _params: _Params, settings: Any) -> mx.array:
    """Time values t_0 .. t_N [N + 1], always float32.

    The cosine of MLX and that of PyTorch round differently: for ten steps t_2 lies 16
    units in the last place apart, t_4 four, t_7 one (1 - cos loses the leading digits).
    """
    span = mx.linspace(0, 1, settings["steps"] + 1, dtype=mx.float32)
    if settings["kind"] == "cosine":
        span = 1 - mx.cos(span * 0.5 * math.pi)
    return 1 - span if settings["reverse"] else span


def step_time(inputs: _Inputs, _params: _Params, settings: Any) -> mx.array:
    """Time of a step that counts from 0."""
    span, step = inputs[0], _held(inputs[1], settings)
    return span[mx.clip(step + settings["shift"], 0, span.shape[0] - 1)]


def step_size(inputs: _Inputs, _params: _Params, settings: Any) -> mx.array:
    """Length of a step that counts from 0."""
    span, last = inputs[0], inputs[0].shape[0] - 1
    step = mx.clip(_held(inputs[1], settings), 0, last - 1)
    if settings["kind"] == "constant":
        return mx.full(step.shape, 1 / last, dtype=span.dtype)
    return span[step + 1] - span[step]


def _held(step: mx.array, settings: Any) -> mx.array:
    step = step.reshape(-1).astype(mx.int32)
    return mx.where(step == 1, 0, step) if settings["hold_second"] else step


def rows(inputs: _Inputs, _params: _Params, settings: Any) -> mx.array:
    """The rows of the value, then copies of them or zeros."""
    x = inputs[0]
    second = mx.zeros_like(x) if settings["second"] == "zero" else x
    copies = settings["copies"]
    return x if copies == 1 else mx.concatenate([x, *[second] * (copies - 1)])


def repeat_frames(inputs: _Inputs, _params: _Params, _settings: Settings) -> mx.array:
    """A vector [R, C] at every frame of [R, T, ...]."""
    vector, frames = inputs[0], inputs[1].shape[1]
    return mx.broadcast_to(vector[:, None, :], (vector.shape[0], frames, vector.shape[1]))


def time_embedding(inputs: _Inputs, _params: _Params, settings: Any) -> mx.array:
    """Sinusoids [R, C] of time values [R]; half precisions are computed in float32."""
    t = inputs[0]
    half, spacing = half_and_spacing(settings)
    exponents = mx.arange(half, dtype=mx.float32) * -(math.log(settings["base"]) / spacing)
    angle = settings["scale"] * t.astype(mx.float32)[:, None] * mx.exp(exponents)[None, :]
    sine, cosine = mx.sin(angle), mx.cos(angle)
    if settings["order"] == "interleaved":
        value = mx.stack([sine, cosine], axis=-1).reshape(t.shape[0], -1)
    else:
        pair = [sine, cosine] if settings["order"] == "sin_cos" else [cosine, sine]
        value = mx.concatenate(pair, axis=-1)
    return value.astype(t.dtype)


def concat(inputs: _Inputs, _params: _Params, _settings: Settings) -> mx.array:
    """All inputs side by side along the channels."""
    return mx.concatenate(list(inputs), axis=-1)


def concat_skip(inputs: _Inputs, _params: _Params, settings: Settings) -> mx.array:
    """h cropped to the frames of the skip, beside it."""
    h, skip = inputs[0][:, : inputs[1].shape[1]], inputs[1]
    if settings["order"] == "add":
        return h + skip
    pairs = {"h_skip": [h, skip], "skip_h": [skip, h], "h_h": [h, h]}
    return mx.concatenate(pairs[str(settings["order"])], axis=-1)


def apply_mask(inputs: _Inputs, _params: _Params, settings: Settings) -> mx.array:
    """x [R, T, C] times its frame mask [R, T, 1]."""
    x, mask = inputs[0], inputs[1].astype(inputs[0].dtype)
    if settings["mode"] == "none":
        return x
    if settings["mode"] == "inverted":
        return x * (1 - mask)
    if settings["mode"] == "smart":
        mask = mx.where(mx.all(mask == 0, axis=1, keepdims=True), mx.ones_like(mask), mask)
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
