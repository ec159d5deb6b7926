"""Data of the error map and of the range band under it, for the page."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from inspector.analysis.error_map import build_error_map
from inspector.diagnose.comparison import Comparison
from inspector.metrics.side import SideStats


def map_payload(comparison: Comparison) -> dict[str, Any]:
    """Return rows, steps, log10 errors, pair indexes and state ranges as JSON values."""
    grid = build_error_map(comparison.tensors)
    return {
        "rows": [{"label": label} for label in grid.operations],
        "steps": list(grid.steps),
        "value": [[None if math.isnan(v) else v for v in row] for row in grid.log10_error.tolist()],
        "status": [list(row) for row in grid.status],
        "pair": [[None if i < 0 else i for i in row] for row in grid.row.tolist()],
        "range": _range(comparison),
        "tolerance_log10": _tolerance(comparison),
    }


def _range(comparison: Comparison) -> dict[str, Any] | None:
    answer = comparison.answers["ode"]
    if not answer.available:
        return None
    base = answer.result.reference.base
    # One side may count its steps from 0 and the other from 1: places count, not numbers.
    states = {
        name: {s.number - side.base + base: s.state for s in side.steps}
        for name, side in (
            ("reference", answer.result.reference),
            ("candidate", answer.result.candidate),
        )
    }
    numbers = sorted(set(states["reference"]) | set(states["candidate"]))
    payload: dict[str, Any] = {"steps": numbers}
    for name in states:
        payload[name] = {
            "min": [_bound(states[name].get(n), "minimum") for n in numbers],
            "max": [_bound(states[name].get(n), "maximum") for n in numbers],
        }
    return payload


def _bound(state: SideStats | None, name: str) -> float | None:
    return None if state is None else getattr(state, name)


def _tolerance(comparison: Comparison) -> float | None:
    """The tolerance that most tensors were given: one on a coarser grid does not move the mark."""
    used = Counter(t.metrics.rtol for t in comparison.tensors if t.metrics and t.metrics.rtol)
    return math.log10(used.most_common(1)[0][0]) if used else None
