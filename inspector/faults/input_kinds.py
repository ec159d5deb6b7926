"""Ways in which an input of the decoder differs in a port, in NumPy.

Shapes are those of `inspector.blocks.decoder.STEP_INPUTS`, or with R rows those of its
``ROW_INPUTS``; an input ``rows.x`` finds its neighbours under ``rows.`` too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from inspector.blocks.graph import Settings
from inspector.errors import UsageError
from inspector.faults.precision import rounded
from inspector.tensors import Array

Change = Callable[[str, Mapping[str, Array], Settings], Array]


@dataclass(frozen=True)
class InputKind:
    """One kind of change.

    Attributes:
        formula: the change, with the names of its settings.
        change: ``change(name, values, settings) -> array``.
    """

    formula: str
    change: Change


def _kind(formula: str, edit: Callable[[Array, Settings], Array]) -> InputKind:
    def change(name: str, values: Mapping[str, Array], settings: Settings) -> Array:
        array = values[name]
        result = edit(array.astype(np.float64), settings)
        return np.ascontiguousarray(result).astype(array.dtype)

    return InputKind(formula, change)


def neighbour(name: str, other: str) -> str:
    """Name of the input `other` of the same level as `name`: with or without rows."""
    return f"rows.{other}" if name.startswith("rows.") else other


def _other(name: str, values: Mapping[str, Array], settings: Settings) -> Array:
    other = neighbour(name, str(settings["other"]))
    if other not in values:
        raise UsageError("missing", other, f"the change of {name} needs this input")
    return values[other]


def prompt_frames(cond: Array) -> Array:
    """Frames that a prompt fills: [R, T] bool, the same for both halves of the rows."""
    filled = (cond != 0).any(axis=-1)
    half, odd = divmod(len(filled), 2)
    if half and not odd and not filled[half:].any():  # the unconditional rows are zero
        filled = np.concatenate([filled[:half], filled[:half]])
    return filled


def _without_prompt(name: str, values: Mapping[str, Array], settings: Settings) -> Array:
    array = values[name].copy()
    array[prompt_frames(_other(name, values, settings))] = 0
    return array


def _from_input(name: str, values: Mapping[str, Array], settings: Settings) -> Array:
    array = values[name]
    return np.broadcast_to(_other(name, values, settings), array.shape).astype(array.dtype)


def _normal(array: Array, settings: Settings) -> Array:
    """Another draw: N(mean, std) of the array, or N(0, 1), times `gain`."""
    generator = np.random.default_rng(int(float(settings.get("seed") or 0)))
    mean, std = (array.mean(), array.std()) if settings.get("moments") else (0.0, 1.0)
    gain = float(settings.get("gain") or 1.0)
    return mean + std * gain * generator.standard_normal(array.shape)


def _reread(array: Array, _settings: Settings) -> Array:
    """Memory of [B, F, T] read as [B, T, F]."""
    return array.swapaxes(1, 2).reshape(array.shape)


INPUT_KINDS: Mapping[str, InputKind] = MappingProxyType({
    "ones": _kind("1", lambda a, _: np.ones_like(a)),
    "zero": _kind("0", lambda a, _: np.zeros_like(a)),
    "invert": _kind("1 - m", lambda a, _: 1.0 - a),
    "scale": _kind("x `factor`", lambda a, s: a * float(s.get("factor") or 0.0)),
    "normal": _kind("another draw of N(0, 1) or of the moments, from `seed`", _normal),
    "reread": _kind("memory of [B, F, T] read as [B, T, F]", _reread),
    "roll_frames": _kind("frames moved later by `by`",
                         lambda a, s: np.roll(a, int(float(s.get("by") or 1)), axis=1)),
    "cast": _kind("rounded to `dtype`", lambda a, s: rounded(a, str(s.get("dtype", "float16")))),
    "without_prompt": InputKind("0 at the frames at which `other` is not zero", _without_prompt),
    "from_input": InputKind("the input `other`, repeated over the channels", _from_input),
})  # fmt: skip
"""Kinds of input changes by name."""
