"""Healthy pairs that look different: every control that no tool may call a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from inspector.errors import UsageError
from inspector.faults.controls import trace_controls
from inspector.faults.registry import faults
from inspector.suite.name_styles import value_of
from inspector.tensors import Array

_SAME_RUN = ("transposed_dump", "column_order", "names_sorted", "half_dump")
"""Trace controls that a case makes with its layout, its name style or its dtype."""


@dataclass(frozen=True)
class Control:
    """One harmless difference of a candidate.

    Attributes:
        key: stable name.
        title: a few words.
        plant: registry entry of the kind ``control`` that makes it; empty for none.
        alter: trace control that makes it; empty for none.
        backend, precision: what the candidate runs in.
        dtype: what it stores floats in; empty for what the case says.
        padded: the mask of both sides hides frames.
        noise: it starts from a noise of its own.
        needs_weights: the port computes with other numbers (rounded weights or states), which
            recordings alone cannot tell from a small mistake: `diff` calls it different, and
            only `culprit`, which has the weights, is asked for more.
    """

    key: str
    title: str
    plant: str = ""
    alter: str = ""
    backend: str = "mlx"
    precision: str = "float32"
    dtype: str = ""
    padded: bool = True
    noise: bool = False
    needs_weights: bool = False


@cache
def controls() -> Mapping[str, Control]:
    """All controls by key; those of both registries are among them."""
    own = [
        Control("plain", "Another backend in float32"),
        Control("unpadded", "No padding", padded=False),
        Control("other_noise", "Other noise", noise=True),
        Control("stored_float16", "Stored in float16", dtype="float16"),
        Control("stored_bfloat16", "Stored in bfloat16", dtype="bfloat16"),
        Control("computed_float16", "Computed and stored in float16", precision="float16",
                dtype="float16"),
        Control("computed_bfloat16", "Computed and stored in bfloat16", precision="bfloat16",
                dtype="bfloat16"),
        Control("computed_float16_stored_float32", "Computed in float16, stored in float32",
                precision="float16"),
    ]  # fmt: skip
    planted = [
        Control(key, fault.title, plant=key, needs_weights=True)
        for key, fault in faults().items()
        if fault.kind == "control" and not fault.random
    ]
    made = [
        Control(key, control.title, alter=key)
        for key, control in trace_controls().items()
        if key not in _SAME_RUN
    ]
    return MappingProxyType({c.key: c for c in (*own, *planted, *made)})


def control_named(key: str) -> Control:
    """The control called `key`, or another backend in float32 for an empty one.

    Raises:
        UsageError: there is none of this name.
    """
    known = controls()
    if key and key not in known:
        raise UsageError("control", key, "there is none", f"one of {', '.join(known)}")
    return known[key or "plain"]


def altered(values: Mapping[str, Array], key: str, rows: int) -> dict[str, Array]:
    """A recording with a trace control in it, each ODE step by itself.

    Args:
        values: the recording, frames first.
        key: of `inspector.faults.controls.trace_controls`.
        rows: rows of the estimator.
    """
    control = trace_controls()[key]
    by_step: dict[int | None, list[str]] = {}
    for name in values:
        by_step.setdefault(value_of(name).step, []).append(name)
    changed = {}
    for names in by_step.values():
        own = {_graph_name(name): name for name in names}
        # a trace control learns rows and mask from the values called so
        beside = {"velocity": np.zeros((rows, 1, 1), np.float32), "mask": values["mask"]}
        made = control.alter({**beside, **{word: values[name] for word, name in own.items()}})
        changed.update({name: made[word] for word, name in own.items()})
    return {name: changed[name] for name in values}


def _graph_name(name: str) -> str:
    value = value_of(name)
    return value.path or (value.word if value.step is None else f"ode.{value.word}")
