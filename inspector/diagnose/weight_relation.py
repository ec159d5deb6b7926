"""What one parameter's values are to the values that should be there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from inspector.diagnose.weight_grid import GRIDS, fingerprint, grid_of, round_to
from inspector.diagnose.weight_initialisation import initialisation_of
from inspector.diagnose.weight_order import find_move, find_permutation, nearly
from inspector.tensors import Array

_NEAR = 0.02
"""Relative L2 up to which a move may be off: what 8-bit quantisation leaves."""
_UNLIKE = 0.2
"""Cosine below which two parameters have nothing to do with each other."""


@dataclass(frozen=True)
class Relation:
    """How a candidate parameter relates to its reference.

    Attributes:
        status: ``same``, ``dtype``, ``nonfinite``, ``zero``, ``initialisation``, ``shape``,
            ``transposed``, ``flipped``, ``permuted``, ``rearranged``, ``scaled``, ``differs``.
        clause: what was found; empty for ``same``.
        values: numbers behind it, such as ``relative_l2``.
    """

    status: str
    clause: str = ""
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def relate_values(
    reference: Array,
    candidate: Array,
    *,
    weight_shape: tuple[int, ...] | None = None,
    heads: int | None = None,
    quantised: tuple[int, int] | None = None,
) -> Relation:
    """Find the simplest statement that turns the reference's values into the candidate's.

    Args:
        reference, candidate: float32 values in PyTorch's layout.
        weight_shape: for a bias, the shape of the weight beside it.
        heads: attention heads where one axis is H D, else None.
        quantised: group size and bits when the candidate is stored quantised.
    """
    if reference.size == 0 or candidate.size == 0:
        same = reference.shape == candidate.shape
        return Relation("same") if same else _shapes(reference, candidate)
    if np.array_equal(reference, candidate, equal_nan=True):
        return Relation("same")
    broken = int((~np.isfinite(candidate)).sum())
    if broken:
        return Relation(
            "nonfinite", f"{broken:,} of {candidate.size:,} values are NaN or infinite",
            {"nonfinite_count": broken},
        )  # fmt: skip
    if not np.isfinite(reference).all():
        return Relation("nonfinite", "the reference holds NaN or infinite values, the candidate "
                        "none", {"nonfinite_count": 0})  # fmt: skip
    if reference.shape == candidate.shape:
        found = _zero(reference, candidate) or _rounded(reference, candidate, quantised)
        if found:
            return found
    moved = _same_values(reference, candidate, heads)
    if moved:
        return moved
    fresh = initialisation_of(candidate, weight_shape=weight_shape)
    if fresh and not _alike(reference, candidate):
        return Relation("initialisation", fresh, _spreads(reference, candidate))
    return _nearly_moved(reference, candidate) or _otherwise(reference, candidate)


def difference(reference: Array, candidate: Array) -> dict[str, float]:
    """relative_l2, max_abs and norm_ratio of two arrays of one shape, in float64."""
    wide = candidate.astype(np.float64) - reference
    scale = float(np.linalg.norm(reference.astype(np.float64)))
    error = float(np.linalg.norm(wide))
    size = float(np.linalg.norm(candidate.astype(np.float64)))
    return {
        "relative_l2": error / scale if scale else math.inf if error else 0.0,
        "max_abs": float(np.abs(wide).max()),
        "norm_ratio": size / scale if scale else math.inf if size else 1.0,
    }


def _zero(reference: Array, candidate: Array) -> Relation | None:
    if candidate.ndim < 2:
        return None  # a list of zeros is how frameworks start a bias
    if not candidate.any():
        return Relation("zero", "it is zero everywhere", {"zero_rows": candidate.shape[0]})
    rows = candidate.reshape(candidate.shape[0], -1)
    lost = ~rows.any(axis=1) & reference.reshape(rows.shape).any(axis=1)
    if not lost.any():
        return None
    where = np.flatnonzero(lost)
    kept = ~lost
    rest = difference(reference.reshape(rows.shape)[kept], rows[kept])["relative_l2"]
    others = "the others are equal" if rest == 0 else f"the others differ by {rest:.2g} relative L2"
    return Relation(
        "zero", f"{where.size:,} of {rows.shape[0]:,} rows are zero (from row {where[0]:,} to "
        f"{where[-1]:,}), {others}", {"zero_rows": int(where.size), "relative_l2_others": rest},
    )  # fmt: skip


def _rounded(
    reference: Array, candidate: Array, quantised: tuple[int, int] | None
) -> Relation | None:
    for grid in reversed(GRIDS):
        if np.array_equal(round_to(reference, grid), candidate):
            values = difference(reference, candidate)
            return Relation("dtype", f"rounded to {grid}, otherwise the same", values)
    if quantised and _within_step(reference, candidate, *quantised):
        group, bits = quantised
        return Relation("dtype", f"quantised to {bits} bits in groups of {group}, otherwise the "
                        "same", difference(reference, candidate))  # fmt: skip
    if quantised is None and candidate.ndim == 2:
        for group in (64, 32, 128):
            if _few_levels(candidate, group) and _within_step(reference, candidate, group, 4):
                return Relation(
                    "dtype", f"on a grid of at most 16 levels per group of {group}, as 4-bit "
                    "quantisation leaves it", difference(reference, candidate),
                )  # fmt: skip
    return None


def _within_step(reference: Array, candidate: Array, group: int, bits: int) -> bool:
    """Whether the values are as far off as a min-max grid leaves them.

    MLX keeps one extreme value exactly and lets the other be clipped: a few values are off
    by up to a step, the others by half a step; bfloat16 scales make it a little more.
    """
    if reference.shape[-1] % group:
        return False
    before, after = reference.reshape(-1, group), candidate.reshape(-1, group)
    step = (before.max(axis=1) - before.min(axis=1)) / (2**bits - 1)
    off = np.abs(after - before) / np.maximum(step, np.finfo(np.float32).tiny)[:, None]
    return float((off > 0.75).mean()) < 0.1 and float(off.max()) < 2


def _few_levels(candidate: Array, group: int) -> bool:
    if candidate.shape[-1] % group:
        return False
    ordered = np.sort(candidate.reshape(-1, group)[:256], axis=1)
    return bool(((np.diff(ordered, axis=1) > 0).sum(axis=1) < 16).all())


def _same_values(reference: Array, candidate: Array, heads: int | None) -> Relation | None:
    """The same values, perhaps rounded, at other places."""
    if reference.size != candidate.size:
        return None
    grid = grid_of(candidate)
    rounded = reference if grid == "float32" else round_to(reference, grid)
    if fingerprint(rounded) != fingerprint(candidate):
        return None
    loss = "" if np.array_equal(rounded, reference) else f", and rounded to {grid}"
    kind, clause = find_move(rounded, candidate)
    if kind == "same":
        return Relation("dtype" if loss else "same", clause + loss)
    if kind:
        return Relation(kind, clause + loss)
    clause, order = find_permutation(rounded, candidate, heads)
    if clause:
        return Relation("permuted", clause + loss, {"order": list(order)})
    return Relation("rearranged", f"the same values are at other places{loss}")


def _nearly_moved(reference: Array, candidate: Array) -> Relation | None:
    if reference.size != candidate.size:
        return None
    kind, clause = find_move(reference, candidate, nearly(_NEAR))
    if not kind or kind == "same":
        return None
    return Relation(kind, f"{clause}, and the values are slightly off")


def _otherwise(reference: Array, candidate: Array) -> Relation:
    if reference.shape != candidate.shape:
        return _shapes(reference, candidate)
    values = difference(reference, candidate)
    factor, rest = _factor(reference, candidate)
    if abs(factor - 1) > 1e-6 and rest < 0.02 * min(1.0, abs(factor - 1)):
        how = "its sign is turned" if abs(factor + 1) < 1e-3 else f"it is scaled by {factor:.6g}"
        return Relation("scaled", how, {**values, "factor": factor})
    clause = f"relative L2 difference {values['relative_l2']:.3g}"
    return Relation("differs", clause, {**values, **_spreads(reference, candidate)})


def _factor(reference: Array, candidate: Array) -> tuple[float, float]:
    """Best k in candidate = k reference, and the relative size of what it leaves."""
    before, after = (x.astype(np.float64).reshape(-1) for x in (reference, candidate))
    power, size = float(before @ before), float(np.linalg.norm(after))
    if not power or not size:
        return 1.0, math.inf
    factor = float(before @ after) / power
    return factor, float(np.linalg.norm(after - factor * before)) / size


def _alike(reference: Array, candidate: Array) -> bool:
    """Whether the candidate still shows the reference's pattern."""
    if reference.size != candidate.size or (candidate.ndim <= 1 and not candidate.std()):
        return False
    before, after = reference.reshape(-1), candidate.reshape(-1)
    scale = float(np.linalg.norm(before)) * float(np.linalg.norm(after))
    limit = max(_UNLIKE, 5 / math.sqrt(before.size))
    return scale > 0 and abs(float(before @ after)) / scale > limit


def _spreads(reference: Array, candidate: Array) -> dict[str, float]:
    return {
        "reference_mean": float(reference.mean(dtype=np.float64)),
        "reference_std": float(reference.std(dtype=np.float64)),
        "candidate_mean": float(candidate.mean(dtype=np.float64)),
        "candidate_std": float(candidate.std(dtype=np.float64)),
    }


def _shapes(reference: Array, candidate: Array) -> Relation:
    shown = ["x".join(map(str, a.shape)) or "scalar" for a in (reference, candidate)]
    return Relation("shape", f"the shape is {shown[1]} instead of {shown[0]}")
