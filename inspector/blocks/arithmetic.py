"""Operations that need nothing but arithmetic operators, which every framework spells alike.

A number times an array follows the rule of the framework: PyTorch multiplies a half
precision array by the number in float32, MLX rounds the number to half first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.blocks.graph import Settings
from inspector.blocks.operations import Operation
from inspector.errors import UsageError

_Params = Mapping[str, Any]
_Inputs = Sequence[Any]


def add(inputs: _Inputs, _params: _Params, settings: Settings) -> Any:
    """``a + factor b``, or one of the two."""
    a, b = inputs
    if settings["use"] == "first":
        return a
    if settings["use"] == "second":
        return b
    factor = settings["factor"]
    return a + b if factor == 1 else a + factor * b


def add_over_frames(inputs: _Inputs, _params: _Params, settings: Settings) -> Any:
    """x [R, T, C] plus (or times) shift [R, C] at every frame."""
    x, shift = inputs
    if settings["mode"] == "none":
        return x
    shift = shift[:, None, :]
    return x * shift if settings["mode"] == "multiply" else x + shift


def stride_frames(inputs: _Inputs, _params: _Params, settings: Settings) -> Any:
    """Every stride-th frame of [R, T, 1], from the first."""
    return inputs[0][:, :: settings["stride"]]


def scores(inputs: _Inputs, _params: _Params, _settings: Settings) -> Any:
    """``q k^T``: [R, H, T, D] twice -> [R, H, T, T]."""
    query, key = inputs
    return query @ key.swapaxes(-1, -2)


def scale(inputs: _Inputs, _params: _Params, settings: Settings) -> Any:
    """``s factor``."""
    return inputs[0] * settings["factor"]


def attend(inputs: _Inputs, _params: _Params, _settings: Settings) -> Any:
    """``weights v``: [R, H, T, T] and [R, H, T, D] -> [R, H, T, D]."""
    weights, value = inputs
    return weights @ value


def take_rows(inputs: _Inputs, _params: _Params, settings: Settings) -> Any:
    """The part-th of `parts` equal shares of the rows."""
    x, part, parts = inputs[0], int(settings["part"] or 0), int(settings["parts"] or 1)
    rows = x.shape[0]
    if rows % parts or part >= parts:
        raise UsageError(
            "shape", "take_rows", f"{rows} rows cannot give part {part} of {parts} equal parts",
            "rows in equal parts, counted from 0",
        )  # fmt: skip
    size = rows // parts
    return x[part * size : (part + 1) * size]


def guide(inputs: _Inputs, _params: _Params, settings: Settings) -> Any:
    """Classifier-free guidance of the conditional c by the unconditional u, rate r."""
    c, u = inputs
    r = float(settings["rate"] or 0.0)
    formula = settings["formula"]
    if formula == "extrapolate":
        return (1.0 + r) * c - r * u
    if formula == "interpolate":
        return u + r * (c - u)
    if formula == "mixed":
        return (1.0 - r) * c + r * u
    if formula == "sum":
        return (1.0 + r) * c + r * u
    if formula == "minus":
        return (1.0 - r) * c - r * u
    if formula == "gain":
        return (1.0 + r) * c
    return c if formula == "conditional" else u


def euler(inputs: _Inputs, _params: _Params, settings: Settings) -> Any:
    """``x + sign dt v`` with dt [B] or [1] for x, v [B, T, F]."""
    x, velocity, dt = inputs
    change = dt[:, None, None] * velocity
    return x + change if settings["sign"] == 1 else x - change


ARITHMETIC: Mapping[str, Operation] = {
    "add": add,
    "add_over_frames": add_over_frames,
    "stride_frames": stride_frames,
    "scores": scores,
    "scale": scale,
    "attend": attend,
    "take_rows": take_rows,
    "guide": guide,
    "euler": euler,
}
"""Operation name -> function for arrays of any framework."""
