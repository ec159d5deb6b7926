"""The registry of faults: one entry per known mistake."""

from __future__ import annotations

from functools import cache

from inspector.faults import (
    activation,
    attention,
    convolution,
    guidance,
    inputs,
    mask,
    norm,
    residual,
    solver,
    time,
    weights_content,
    weights_exchanged,
    weights_layout,
    weights_unloaded,
)
from inspector.faults.fault import Fault
from inspector.registry import Registry, load_plugins

FAMILIES = (
    weights_unloaded, weights_layout, weights_content, weights_exchanged, inputs, mask, attention,
    norm, activation, convolution, time, residual, guidance, solver,
)  # fmt: skip
"""Modules with entries, in the order of triage: weights, inputs, inside a block, solver."""


@cache
def faults() -> Registry[str, Fault]:
    """All faults and controls, grouped by family; plugins come after the built-in ones.

    A plugin that fails to load stays listed with its reason (see `Registry.missing`).
    """
    registry: Registry[str, Fault] = Registry("fault")
    for family in FAMILIES:
        for fault in family.FAULTS:
            registry.add(fault.key, fault)
    for name, reason in load_plugins(faults=registry).items():
        registry.add_missing(name, reason)
    return registry
