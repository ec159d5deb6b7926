"""Layers with parameters, activations and norms in MLX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mlx.core as mx

from inspector.blocks.graph import Settings
from inspector.blocks.operations import Operation
from inspector.errors import UsageError

_Params = Mapping[str, mx.array]
_Inputs = Sequence[mx.array]

_ACTIVATIONS: Mapping[str, Callable[[mx.array], mx.array]] = {
    "mish": lambda x: x * mx.tanh(mx.logaddexp(x, mx.zeros_like(x))),
    "silu": lambda x: x * mx.sigmoid(x),
    "gelu": lambda x: 0.5 * x * (1 + mx.erf(x * 0.5**0.5)),
    "gelu_tanh": lambda x: 0.5 * x * (1 + mx.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))),
    "gelu_quick": lambda x: x * mx.sigmoid(1.702 * x),
    "relu": lambda x: mx.maximum(x, mx.zeros_like(x)),
    "tanh": mx.tanh,
    "identity": lambda x: x,
}


def wide(x: mx.array) -> mx.array:
    """Half precisions as float32, in which the norms of MLX accumulate."""
    return x.astype(mx.float32)


def linear(inputs: _Inputs, params: _Params, _settings: Settings) -> mx.array:
    """``x W^T + b``: [..., I] -> [..., O]."""
    x, weight, bias = inputs[0], params["weight"].T, params.get("bias")
    return x @ weight if bias is None else mx.addmm(bias, x, weight)


def activation(inputs: _Inputs, _params: _Params, settings: Settings) -> mx.array:
    """One of the activations by name."""
    return _ACTIVATIONS[str(settings["kind"])](inputs[0])


def snakebeta(inputs: _Inputs, params: _Params, _settings: Settings) -> mx.array:
    """``x + sin(exp(alpha) x)^2 / (exp(beta) + 1e-9)``."""
    x, frequency, magnitude = inputs[0], mx.exp(params["alpha"]), mx.exp(params["beta"])
    return x + mx.square(mx.sin(x * frequency)) * (1.0 / (magnitude + 1e-9))


def conv1d(inputs: _Inputs, params: _Params, settings: Any) -> mx.array:
    """Correlation over frames: [R, T, I] -> [R, T', O] with weight [O, I, K].

    MLX itself keeps convolution weights as [O, K, I]; they are turned here.
    """
    x, weight, bias = inputs[0], params["weight"], params.get("bias")
    left, right = settings["left"], settings["right"]
    if weight.shape[2] == 1 and settings["stride"] == 1 and left == right == 0:
        y = x @ weight[:, :, 0].T
    else:
        x = _padded(x, left, right, settings["pad_mode"])
        if x.shape[1] < weight.shape[2]:
            raise UsageError(
                "shape", "conv1d", f"{x.shape[1]} frames after padding are fewer than the "
                f"{weight.shape[2]} of the kernel",
            )  # fmt: skip
        y = mx.conv1d(x, weight.swapaxes(1, 2), stride=settings["stride"])
    return y if bias is None else y + bias


def _padded(x: mx.array, left: int, right: int, mode: str) -> mx.array:
    if not left and not right:
        return x
    if mode != "reflect":
        how = "edge" if mode == "edge" else "constant"
        return mx.pad(x, [(0, 0), (left, right), (0, 0)], mode=how)
    frames = x.shape[1]
    if max(left, right) >= frames:
        raise UsageError(
            "shape", "conv1d", f"{frames} frames cannot be reflected by {max(left, right)}",
            "more frames than padding",
        )  # fmt: skip
    order = [*range(left, 0, -1), *range(frames), *range(frames - 2, frames - 2 - right, -1)]
    return mx.take(x, mx.array(order), axis=1)


def conv_transpose1d(inputs: _Inputs, params: _Params, settings: Any) -> mx.array:
    """Transposed convolution over frames: [R, T, I] -> [R, T', O] with weight [I, O, K]."""
    weight = params["weight"].transpose(1, 2, 0)
    y = mx.conv_transpose1d(
        inputs[0], weight, stride=settings["stride"], padding=settings["padding"]
    )
    bias = params.get("bias")
    return y if bias is None else y + bias


def layer_norm(inputs: _Inputs, params: _Params, settings: Any) -> mx.array:
    """Norm of [R, T, C] over channels (or frames), then weight and bias per channel."""
    x, weight, bias = inputs[0], params.get("weight"), params.get("bias")
    if settings["kind"] == "identity":
        return x
    over_channels = settings["axis"] == "channels"
    if over_channels and settings["kind"] == "rms":
        weight = mx.ones(x.shape[-1:], x.dtype) if weight is None else weight
        return _affine(mx.fast.rms_norm(x, weight, settings["eps"]), None, bias)
    if over_channels and settings["variance"] == "biased":
        return mx.fast.layer_norm(x, weight, bias, settings["eps"])
    values, axis = wide(x), (-1 if over_channels else 1)
    if settings["kind"] == "rms":
        mean = mx.mean(mx.square(values), axis=axis, keepdims=True)
        y = values * mx.rsqrt(mean + settings["eps"])
    else:
        y = _normalised(values, (axis,), settings)
    return _affine(y, weight, bias).astype(x.dtype)


def group_norm(inputs: _Inputs, params: _Params, settings: Any) -> mx.array:
    """Norm of [R, T, C] over frames and the channels of each group."""
    x, groups = inputs[0], settings["groups"]
    rows, frames, channels = x.shape
    split = (groups, channels // groups)
    axes = (1, 3)
    if settings["grouping"] == "strided":
        split, axes = (channels // groups, groups), (1, 2)
    values = wide(x).reshape(rows, frames, *split)
    y = _normalised(values, axes, {**settings, "variance": "biased"})
    y = _affine(y.reshape(rows, frames, channels), params.get("weight"), params.get("bias"))
    return y.astype(x.dtype)


def _normalised(x: mx.array, axes: tuple[int, ...], settings: Any) -> mx.array:
    centred = x - mx.mean(x, axis=axes, keepdims=True)
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    freedom = mx.array(count - (settings["variance"] == "unbiased"), x.dtype)
    variance = mx.sum(mx.square(centred), axis=axes, keepdims=True) / freedom
    return centred * mx.rsqrt(variance + settings["eps"])


def _affine(x: mx.array, weight: mx.array | None, bias: mx.array | None) -> mx.array:
    if weight is not None:
        x = x * weight
    return x if bias is None else x + bias


LAYERS: Mapping[str, Operation] = {
    "linear": linear,
    "activation": activation,
    "snakebeta": snakebeta,
    "conv1d": conv1d,
    "conv_transpose1d": conv_transpose1d,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
}
"""Operation name -> function."""
