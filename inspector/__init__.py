"""Find where a port of a flow-matching text-to-speech decoder goes wrong.

    import inspector

    comparison = inspector.diff("reference/", "candidate/")
    print(comparison.verdict.sentence)

Names are loaded on first use, so that importing a part of the package costs only that part.
The function that exports figures is `inspector.api.figures`: here the name belongs to the
package that draws them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.api import (
        Comparison,
        DiffOptions,
        Trace,
        diff,
        document,
        open_trace,
        text,
    )
    from inspector.errors import Cancelled, InspectorError, TraceError, UsageError
    from inspector.ui.serving import serve

__version__ = "0.1.0"

_HOMES = {
    "Cancelled": "inspector.errors",
    "Comparison": "inspector.api",
    "DiffOptions": "inspector.api",
    "InspectorError": "inspector.errors",
    "Trace": "inspector.api",
    "TraceError": "inspector.errors",
    "UsageError": "inspector.errors",
    "diff": "inspector.api",
    "document": "inspector.api",
    "open_trace": "inspector.api",
    "serve": "inspector.ui.serving",
    "text": "inspector.api",
}

__all__ = [
    "Cancelled",
    "Comparison",
    "DiffOptions",
    "InspectorError",
    "Trace",
    "TraceError",
    "UsageError",
    "diff",
    "document",
    "open_trace",
    "serve",
    "text",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
