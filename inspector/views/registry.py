"""The registry of views: one entry per tab of the page and folder of exported figures."""

from __future__ import annotations

from functools import cache

from inspector.registry import Registry, load_plugins
from inspector.views import (
    findings,
    health,
    hf_energy,
    match,
    mel,
    ode,
    sign,
    tensor,
    tokens,
    waveform,
)
from inspector.views.panel import View


@cache
def views() -> Registry[str, View]:
    """All views in the order of the tabs; plugins come after the built-in ones.

    A plugin that fails to load stays listed with its reason (see `Registry.missing`).
    """
    registry: Registry[str, View] = Registry("view")
    for module in (tensor, findings, mel, ode, sign, hf_energy, waveform, tokens, health, match):
        registry.add(module.VIEW.key, module.VIEW)
    for name, reason in load_plugins(views=registry).items():
        registry.add_missing(name, reason)
    return registry
