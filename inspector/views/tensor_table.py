"""Data of the tensor table, one column per fact, for the page."""

from __future__ import annotations

from typing import Any

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.comparison import Comparison
from inspector.names import show_name
from inspector.tensors import TensorPair

_NUMBERS = ("max_abs", "relative_l2", "cosine", "norm_ratio", "sign_agreement")


def table_payload(comparison: Comparison) -> dict[str, Any]:
    """Return the tensor table by columns; row numbers are those of `Comparison.tensors`."""
    rows = comparison.tensors
    pairs = [t.pair for t in rows]
    columns: dict[str, list[Any]] = {
        "status": [t.status for t in rows],
        "reference": [show_name(p.reference.name) for p in pairs],
        "candidate": [show_name(p.candidate.name) for p in pairs],
        "step": [p.step for p in pairs],
        "role": [p.role for p in pairs],
        "shape": [_both(_shape(p.reference.shape), _shape(p.candidate.shape)) for p in pairs],
        "dtype": [_both(p.reference.dtype, p.candidate.dtype) for p in pairs],
        **{name: [_number(t, name) for t in rows] for name in _NUMBERS},
        "floor_ratio": [t.floor_ratio for t in rows],
        "floor_source": [t.floor_source for t in rows],
        "rule": [p.rule for p in pairs],
        "confidence": [p.confidence for p in pairs],
        "layout": [_layout(p) for p in pairs],
    }
    return {"count": len(rows), "columns": columns}


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) if shape else "scalar"


def _both(first: str, second: str) -> str:
    return first if first == second else f"{first} | {second}"


def _number(comparison: TensorComparison, name: str) -> float | None:
    return None if comparison.metrics is None else getattr(comparison.metrics, name)


def _layout(pair: TensorPair) -> str:
    return pair.mismatch or pair.describe_layout()
