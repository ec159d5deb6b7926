"""Which framework implements which operation, and why one may be missing here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from inspector.backends import BACKENDS, missing_reason
from inspector.blocks.graph import Settings
from inspector.blocks.operations import OPERATIONS, Backend
from inspector.errors import UsageError
from inspector.registry import Registry, load_plugins

_CLASSES = {
    "torch": ("inspector.blocks.torch_backend", "TorchBackend"),
    "mlx": ("inspector.blocks.mlx_backend", "MlxBackend"),
}


@cache
def backend(name: str) -> Backend:
    """The framework called `name`, imported at the first call.

    Raises:
        UsageError: an unknown name, a package that is not installed or does not load.
    """
    reason = missing_reason(name)
    if not reason:
        module, attribute = _CLASSES[name]
        try:
            return getattr(import_module(module), attribute)()
        except ImportError as error:
            reason = f"{name} is installed but does not load: {error}"
    raise UsageError("unavailable", name, reason, "", f"Install {name}, or choose another of "
                     f"{', '.join(BACKENDS)}.")  # fmt: skip


@dataclass(frozen=True)
class Implementation:
    """One operation in one framework; called, it computes on arrays of that framework."""

    op: str
    backend: str

    def __call__(self, inputs: Sequence[Any], params: Mapping[str, Any], settings: Settings) -> Any:
        """Compute the operation (see `inspector.blocks.operations.Operation`)."""
        return backend(self.backend).run(self.op, inputs, params, settings)


@cache
def implementations() -> Registry[tuple[str, str], Any]:
    """All (operation, framework) pairs; plugins come after the built-in ones.

    A pair whose framework is not installed stays listed with its reason, and so does a
    plugin that fails to load (see `Registry.missing`).  Nothing is imported here.
    """
    registry: Registry[tuple[str, str], Any] = Registry("implementation", " in ".join)
    for name in BACKENDS:
        reason = missing_reason(name)
        for op in OPERATIONS:
            if reason:
                registry.add_missing((op, name), reason)
            else:
                registry.add((op, name), Implementation(op, name))
    for plugin, reason in load_plugins(implementations=registry).items():
        registry.add_missing(("plugin", plugin), reason)
    return registry
