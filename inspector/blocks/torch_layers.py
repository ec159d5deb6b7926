"""Layers with parameters, activations and norms in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from inspector.blocks.graph import Settings
from inspector.blocks.operations import Operation

Tensor = torch.Tensor
_Params = Mapping[str, Tensor]
_Inputs = Sequence[Tensor]

_ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "mish": F.mish,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "gelu_quick": lambda x: x * torch.sigmoid(1.702 * x),
    "relu": F.relu,
    "tanh": torch.tanh,
    "identity": lambda x: x,
}
_PAD_MODES = {"zero": "constant", "edge": "replicate", "reflect": "reflect"}


def wide(x: Tensor) -> Tensor:
    """Half precisions as float32, in which PyTorch's own norms and sums accumulate."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def linear(inputs: _Inputs, params: _Params, _settings: Settings) -> Tensor:
    """``x W^T + b``: [..., I] -> [..., O]."""
    return F.linear(inputs[0], params["weight"], params.get("bias"))


def activation(inputs: _Inputs, _params: _Params, settings: Settings) -> Tensor:
    """One of the activations by name."""
    return _ACTIVATIONS[str(settings["kind"])](inputs[0])


def snakebeta(inputs: _Inputs, params: _Params, _settings: Settings) -> Tensor:
    """``x + sin(exp(alpha) x)^2 / (exp(beta) + 1e-9)``."""
    x, frequency, magnitude = inputs[0], params["alpha"].exp(), params["beta"].exp()
    return x + torch.sin(x * frequency).square() * (1.0 / (magnitude + 1e-9))


def conv1d(inputs: _Inputs, params: _Params, settings: Any) -> Tensor:
    """Correlation over frames: [R, T, I] -> [R, T', O] with weight [O, I, K]."""
    x, weight, bias = inputs[0], params["weight"], params.get("bias")
    left, right, stride = settings["left"], settings["right"], settings["stride"]
    x = x.transpose(1, 2)
    zero = settings["pad_mode"] == "zero"
    if left != right or not zero:
        x = F.pad(x, (left, right), _PAD_MODES[settings["pad_mode"]])
        left = 0
    return F.conv1d(x, weight, bias, stride, left).transpose(1, 2)


def conv_transpose1d(inputs: _Inputs, params: _Params, settings: Any) -> Tensor:
    """Transposed convolution over frames: [R, T, I] -> [R, T', O] with weight [I, O, K]."""
    y = F.conv_transpose1d(
        inputs[0].transpose(1, 2), params["weight"], params.get("bias"),
        settings["stride"], settings["padding"],
    )  # fmt: skip
    return y.transpose(1, 2)


def layer_norm(inputs: _Inputs, params: _Params, settings: Any) -> Tensor:
    """Norm of [R, T, C] over channels (or frames), then weight and bias per channel."""
    x, weight, bias = inputs[0], params.get("weight"), params.get("bias")
    if settings["kind"] == "identity":
        return x
    usual = (settings["axis"], settings["variance"], settings["kind"])
    if usual == ("channels", "biased", "layer"):
        return F.layer_norm(x, x.shape[-1:], weight, bias, settings["eps"])
    values, axis = wide(x), (-1 if settings["axis"] == "channels" else 1)
    if settings["kind"] == "rms":
        y = values * torch.rsqrt(values.square().mean(axis, keepdim=True) + settings["eps"])
    else:
        y = _normalised(values, (axis,), settings)
    return _affine(y, weight, bias).to(x.dtype)


def group_norm(inputs: _Inputs, params: _Params, settings: Any) -> Tensor:
    """Norm of [R, T, C] over frames and the channels of each group."""
    x, weight, bias = inputs[0], params.get("weight"), params.get("bias")
    rows, frames, channels = x.shape
    groups = settings["groups"]
    if settings["grouping"] == "pytorch":
        y = F.group_norm(x.transpose(1, 2), groups, weight, bias, settings["eps"])
        return y.transpose(1, 2)
    values = wide(x).reshape(rows, frames, channels // groups, groups)
    y = _normalised(values, (1, 2), {**settings, "variance": "biased"})
    return _affine(y.reshape(rows, frames, channels), weight, bias).to(x.dtype)


def _normalised(x: Tensor, axes: tuple[int, ...], settings: Any) -> Tensor:
    centred = x - x.mean(axes, keepdim=True)
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    freedom = count - (settings["variance"] == "unbiased")
    variance = centred.square().sum(axes, keepdim=True) / freedom
    return centred * torch.rsqrt(variance + settings["eps"])


def _affine(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
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
