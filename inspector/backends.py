"""Frameworks and precisions that a block can run in, and whether they are installed."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

BACKENDS = ("torch", "mlx")
"""Frameworks by name, the oracle's first."""

PRECISIONS = ("float64", "float32", "float16", "bfloat16")
"""Floating-point types by name, widest first."""


@cache
def missing_reason(backend: str) -> str:
    """Why `backend` cannot be used here; empty when it can.  Imports nothing."""
    module = {"torch": "torch", "mlx": "mlx"}.get(backend)
    if module is None:
        return f"there is no backend of this name; there are {', '.join(BACKENDS)}"
    return "" if find_spec(module) else f"the package {module} is not installed"
