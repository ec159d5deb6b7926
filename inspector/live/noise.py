"""How far two correct implementations of a cut may part: its noise floor, measured."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from inspector.live.execution import Placement
from inspector.live.isolation import Cut, Isolator
from inspector.tensors import Array

_ORACLE = Placement("torch", "float64")
_SMALLEST = 2.0**-24
"""Half a unit in the last place of float32, relative: no stored result can be closer."""


def relative_l2(candidate: Array, reference: Array) -> float:
    """||c - r|| / ||r|| in float64; 0 when both are zero, inf when only r is.

    NaN anywhere gives NaN.  Other shapes give inf: such values have nothing in common.
    """
    r = np.asarray(reference, np.float64)
    if np.shape(candidate) != r.shape:
        return float("inf")
    distance = float(np.linalg.norm((np.asarray(candidate, np.float64) - r).ravel()))
    scale = float(np.linalg.norm(r.ravel()))
    if scale == 0.0:
        return 0.0 if distance == 0.0 else float("inf")
    return distance / scale


def noise_floor(isolator: Isolator, cut: Cut, precision: str = "float32") -> float:
    """Relative L2 error that rounding alone explains for a cut.

    The largest of: the cut in `precision` against float64; the cut in float64 on inputs
    moved by one unit in the last place of `precision`, against the unmoved; and half a unit
    in the last place, which storing the result costs.  A time value one unit apart is
    amplified by the sinusoid, so the floor of a cut that contains it is higher by itself.
    """
    exact = isolator.run(cut, placement=_ORACLE)[cut.target]
    rounded = isolator.run(cut, placement=Placement("torch", precision))[cut.target]
    moved = isolator.run(cut, placement=_ORACLE, pool=_nudged(cut, precision))[cut.target]
    smallest = {"float16": 2.0**-11, "bfloat16": 2.0**-8}.get(precision, _SMALLEST)
    return max(relative_l2(rounded, exact), relative_l2(moved, exact), smallest)


def _nudged(cut: Cut, precision: str) -> Mapping[str, Array]:
    """The values a cut starts from, each moved up or down by one unit in the last place."""
    generator = np.random.default_rng(0)
    unit = {"float16": 2.0**-10, "bfloat16": 2.0**-7}.get(precision, 2.0**-23)
    moved = dict(cut.pool)
    for name in cut.given:
        value = moved.get(name)
        if value is None or value.dtype.kind != "f" or name in ("mask", "rows.mask"):
            continue
        signs = generator.choice((-0.5, 0.5), size=value.shape)
        moved[name] = value.astype(np.float64) * (1.0 + unit * signs)
    return moved
