"""How the weights that a layer really used relate to the checkpoint.

Weights are compared either as such, or by what they do to recorded inputs: with few
frames the weights are not determined, but whether the checkpoint's, transposed or flipped
explain the output still is.  Both are one computation: a weight W [O, J] is seen through
directions A [M, J] as W A^T, where A is the identity for known weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.faults.bias_relation import relate_bias
from inspector.faults.fresh import LEAST, fresh_test
from inspector.faults.recovery import LINEAR
from inspector.faults.weight_hypotheses import OTHER, PRECISIONS, Hypothesis, weight_hypotheses
from inspector.tensors import Array

KINDS = (
    "equal", "transposed", "flipped", "scaled", "permuted", "shifted", "other_block",
    "rows_zeroed", "zero", "half", "quantised", "fresh", "unknown",
)  # fmt: skip

CLOSE = 0.02
"""Distance up to which values count as those of a hypothesis.

Hypotheses that move values differ from each other by more than 1 on independent weights,
and by 0.1 and more wherever a few rows differ; reduced precision moves them by 1e-4 to 0.1
and is told apart by its own hypotheses first.
"""

_HALF = 2e-3
"""Distance that a layer computed in float16, input and output rounded too, stays below."""

_LOSSY = 0.15
"""Distance of a weight from the checkpoint that an unknown lossy conversion explains."""


@dataclass(frozen=True)
class Relation:
    """What the weights of a layer are.

    Attributes:
        kind: one of `KINDS`.
        bias: one of `inspector.faults.bias_relation.BIAS_KINDS`.
        key: checkpoint key of the weight.
        detail: what exactly, as a clause.
        residual: relative L2 that the relation leaves.
        next_residual: that of the best other explanation, for the margin; for the kind
            ``equal`` among the same layer's only.
        source: key whose values were found; empty for fresh and unknown ones.
        gain: factor of a scaled weight.
        method: ``recovered`` (weights compared) or ``predicted`` (outputs compared).
        sentence: the finding in one sentence.
    """

    kind: str
    bias: str
    key: str
    detail: str
    residual: float
    next_residual: float
    source: str
    gain: float
    method: str
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Seen:
    """Weights as far as they are known.

    Attributes:
        target: [O, M], the weights seen through the directions.
        directions: [M, J]; None when the weights themselves are known (M = J).
        error: relative error of the target.
        unexplained: relative L2 of an output that no weights explain.
        size: L2 of the whole output; that of the target when None.
    """

    target: Array
    directions: Array | None
    error: float
    unexplained: float = 0.0
    size: float | None = None

    def through(self, weight: Array) -> Array:
        """A weight [O, ...] seen the same way."""
        flat = weight.reshape(len(weight), -1)
        return flat if self.directions is None else flat @ self.directions.T


@dataclass(frozen=True)
class Match:
    """The explanation that was found, before the bias is looked at."""

    kind: str
    detail: str
    residual: float
    next_residual: float
    source: str
    gain: float = 1.0
    weight: Array | None = None


def relate(
    weight: Array, bias: Array | None, weights: Mapping[str, Array], key: str, *,
    error: float = 0.0, bias_error: float = 0.0, heads: int | None = None,
) -> Relation:  # fmt: skip
    """How a recovered weight and bias relate to the checkpoint.

    Args:
        weight: [O, I] or [O, I, K], as recovered.
        bias: [O], or None when unknown.
        weights: the checkpoint, PyTorch layout.
        key: key of the weight of this layer.
        error, bias_error: as `inspector.faults.recovery.Recovered` states them.
        heads: number of attention heads for the attention projections.
    """
    seen = Seen(weight.reshape(len(weight), -1).astype(np.float64), None, error)
    found = match(seen, weight_hypotheses(weights, key, heads))
    return conclude(found, bias, weights, key, bias_error, "recovered")


def conclude(
    found: Match, bias: Array | None, weights: Mapping[str, Array], key: str,
    bias_error: float, method: str,
) -> Relation:  # fmt: skip
    """The relation of a match, with its bias and its sentence."""
    fan_in = int(np.prod(weights[key].shape[1:]))
    bias_kind, clause = relate_bias(bias, weights, key, fan_in, bias_error)
    sentence = f"The weights of {key.removesuffix('.weight')} are {found.detail}; {clause}."
    return Relation(
        found.kind, bias_kind, key, found.detail, found.residual, found.next_residual,
        found.source, found.gain, method, sentence,
    )  # fmt: skip


def match(seen: Seen, hypotheses: Iterable[Hypothesis]) -> Match:
    """The best explanation of what is seen; the first hypothesis is the checkpoint itself."""
    limit = 3 * seen.error + 1e-6
    scored, reference = [], None
    for one in hypotheses:
        reference = reference if reference is not None else one
        if one.kind == OTHER and scored and scored[0][1] <= limit:
            break  # they are the checkpoint's: no need to search all other layers
        gain, distance, plain = _distance(seen, one.weight)
        scored.append((plain if one.kind in PRECISIONS else distance, plain, gain, one))
    assert reference is not None  # the checkpoint itself is always a hypothesis
    size = _norm(seen.target) if seen.size is None else seen.size
    if size <= 1e-3 * _norm(seen.through(reference.weight)):
        return Match("zero", "all zero", 0.0, 1.0, "", weight=np.zeros_like(reference.weight))
    if seen.unexplained > LINEAR:
        left = min(s[0] for s in scored)
        detail = f"unknown: no weights explain {seen.unexplained:.0%} of the output"
        return Match("unknown", detail, left, left, "")
    plain_equal = scored[0][1]
    if plain_equal <= limit:
        return _matched(scored, scored[0], "equal")
    reduced = [s for s in scored if s[3].kind in PRECISIONS]
    best = min(reduced, key=lambda s: s[0], default=None)
    if best is not None and best[0] <= max(limit, plain_equal / 10) and plain_equal < _LOSSY:
        return _matched(scored, best, best[3].kind)
    best = min((s for s in scored if s[3].kind not in PRECISIONS), key=lambda s: s[0])
    distance, _, gain, one = best
    if distance <= max(CLOSE, limit):
        if abs(gain - 1) > max(limit, CLOSE):
            return _matched(scored, best, "scaled" if one.kind == "equal" else one.kind)
        if one.kind == "equal" and distance > limit:
            return _lossy(scored, best)
        return _matched(scored, best, one.kind)
    rows = _by_rows(seen, reference, limit)
    if rows is not None:
        return rows
    if plain_equal < _LOSSY:
        return _lossy(scored, scored[0])
    left = float(distance)
    fresh = _fresh(seen, reference.weight)
    if fresh:
        return Match("fresh", fresh, left, left, "")
    similar = _correlation(seen.target, seen.through(reference.weight))
    detail = f"not explained; their correlation with the checkpoint is {similar:.2f}"
    return Match("unknown", detail, left, left, "")


_Scored = tuple[float, float, float, Hypothesis]


def _matched(scored: list[_Scored], best: _Scored, kind: str) -> Match:
    distance, plain, gain, one = best
    scaled = kind != "equal" and one.kind not in PRECISIONS and abs(gain - 1) > CLOSE
    others = [s[0] for s in scored if s[3].kind != one.kind and s[3].kind not in PRECISIONS]
    detail = one.detail + (f" times {gain:.4g}" if scaled else "")
    if kind == "scaled":
        detail = f"those of the checkpoint times {gain:.4g}"
    gain = gain if scaled else 1.0
    residual = distance if scaled else plain
    return Match(
        kind, detail, residual, min(others, default=1.0), one.source, gain, one.weight * gain
    )


def _lossy(scored: list[_Scored], best: _Scored) -> Match:
    kind = "half" if best[1] <= _HALF else "quantised"
    found = _matched(scored, best, kind)
    detail = f"those of the checkpoint after a lossy conversion that moved them by {best[1]:.1e}"
    if kind == "half":
        detail = f"those of the checkpoint up to the rounding of half precision ({best[1]:.1e})"
    return Match(kind, detail, best[1], found.next_residual, found.source,
                 weight=best[3].weight)  # fmt: skip


def _distance(seen: Seen, weight: Array) -> tuple[float, float, float]:
    """Best gain, relative distance with it, relative distance without."""
    through = seen.through(weight)
    power = float(np.vdot(through, through))
    if not power:
        return 0.0, float("inf"), float("inf")
    gain = float(np.vdot(seen.target, through)) / power
    plain = _norm(seen.target - through) / power**0.5
    if gain <= 0:
        return gain, plain, plain
    return gain, _norm(seen.target - gain * through) / (gain * power**0.5), plain


def _by_rows(seen: Seen, reference: Hypothesis, limit: float) -> Match | None:
    """Rows that are zero, or that stand at other places."""
    right = seen.through(reference.weight)
    sizes, close = np.linalg.norm(right, axis=1), max(CLOSE, limit)
    size = float(np.median(sizes)) or 1.0
    zero = (np.linalg.norm(seen.target, axis=1) <= max(1e-3, 5 * seen.error) * size) & (
        sizes > 1e-2 * size
    )
    if zero.any() and not zero.all():
        left = _norm((seen.target - right)[~zero]) / _norm(right[~zero])
        if left <= close:
            kept = np.where(zero.reshape(-1, *[1] * (reference.weight.ndim - 1)), 0.0,
                            reference.weight)  # fmt: skip
            detail = f"those of the checkpoint with {int(zero.sum())} of {len(zero)} rows zero"
            return Match("rows_zeroed", detail, left, 1.0, reference.source, weight=kept)
    order = _order(seen.target, right)
    if order is not None:
        left = _norm(seen.target - right[order]) / _norm(right)
        if left <= close:
            moved = int((order != np.arange(len(order))).sum())
            detail = f"those of the checkpoint with {moved} of {len(order)} rows at other places"
            return Match("permuted", detail, left, 1.0, reference.source,
                         weight=reference.weight[order])  # fmt: skip
    if seen.directions is None:
        columns = _order(seen.target.T, right.T)
        if columns is not None:
            left = _norm(seen.target - right[:, columns]) / _norm(right)
            if left <= close:
                moved = int((columns != np.arange(len(columns))).sum())
                detail = (
                    f"those of the checkpoint with {moved} of {len(columns)} columns at other "
                    "places"
                )
                shape = reference.weight.shape
                weight = right[:, columns].reshape(shape)
                return Match("permuted", detail, left, 1.0, reference.source, weight=weight)
    return None


def _order(rows: Array, of: Array) -> Array | None:
    """Places in `of` of every row of `rows`, when each has one of its own."""
    one = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
    two = of / np.maximum(np.linalg.norm(of, axis=1, keepdims=True), 1e-30)
    order = np.argmax(one @ two.T, axis=1)
    return order if len(np.unique(order)) == len(order) else None


def _fresh(seen: Seen, weight: Array) -> str:
    """Why the weights are a fresh draw; empty when they are not."""
    fan_in = int(np.prod(weight.shape[1:]))
    if seen.directions is None:
        test = fresh_test(seen.target, fan_in, seen.error)
        if not test.fresh:
            return ""
        return (
            f"at initialisation: uniform within 1/sqrt({fan_in}) = {test.bound:.4f} (largest "
            f"{test.reach:.3f} of it, std {test.spread:.3f} of the expected)"
        )
    strengths = np.linalg.norm(seen.directions, axis=1)
    # each unit direction of a fresh draw has the variance 1 / (3 fan_in) over the outputs
    strong = strengths > max(1e-3, 30 * seen.error) * strengths.max()
    values = seen.target[:, strong] / strengths[strong] * np.sqrt(3.0 * fan_in)
    if values.size < LEAST:
        return ""
    outputs, count = values.shape
    each = (values**2).mean(0)
    overall = float(each.mean())
    if abs(overall - 1) > 4 * np.sqrt(2 / (outputs * count)) + 2 * seen.error:
        return ""
    if np.abs(each - 1).max() > (4 + np.sqrt(2 * np.log(count))) * np.sqrt(2 / outputs):
        return ""
    return (
        f"probably at initialisation: in {count} directions the outputs have {overall:.3f} of the "
        f"variance of a uniform draw within 1/sqrt({fan_in})"
    )


def _correlation(a: Array, b: Array) -> float:
    size = _norm(a) * _norm(b)
    return float(np.vdot(a, b)) / size if size else 0.0


def _norm(values: Array) -> float:
    return float(np.linalg.norm(values))
