"""How far two correct implementations of a cut may part: its noise floor, measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from inspector.live.execution import Placement
from inspector.live.isolation import Cut, Isolator
from inspector.tensors import Array

_ORACLE = Placement("torch", "float64")
_UNITS = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
_FLOAT32_UNIT = 2.0**-23
"""One unit in the last place, relative."""

_FIXED = ("mask", "rows.mask")


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


@dataclass(frozen=True)
class Rounding:
    """What rounding does to a cut.

    Attributes:
        floor: see `noise_floor`.
        exact: the value in float64.
        error: the value in a lower precision minus the exact one.
    """

    floor: float
    exact: Array
    error: Array


def noise_floor(isolator: Isolator, cut: Cut, precision: str = "float32") -> float:
    """Relative L2 error that rounding alone explains for a cut.

    The largest of: the cut in `precision` against float64; the cut in float64 on inputs
    moved by one unit in the last place of `precision`, against the unmoved; and half a unit
    in the last place, which storing the result costs.  A time value one unit apart is
    amplified by the sinusoid, so the floor of a cut that contains it is higher by itself.
    """
    return measure_rounding(isolator, cut, precision).floor


def measure_rounding(isolator: Isolator, cut: Cut, precision: str) -> Rounding:
    """The noise floor of a cut with the error that one run in `precision` really makes."""
    exact = isolator.run(cut, placement=_ORACLE)[cut.target]
    rounded = isolator.run(cut, placement=Placement("torch", precision))[cut.target]
    pool = {**cut.pool, **nudged(cut.pool, cut.given, precision)}
    moved = isolator.run(cut, placement=_ORACLE, pool=pool)[cut.target]
    floor = floor_of(exact, rounded, moved, precision)
    return Rounding(floor, exact, rounded.astype(np.float64) - exact)


def floor_of(exact: Array, rounded: Array, moved: Array, precision: str) -> float:
    """The floor of one value from its three runs; see `noise_floor`."""
    # half a unit in the last place: no stored result can be closer
    half = _UNITS.get(precision, _FLOAT32_UNIT) / 2
    return max(relative_l2(rounded, exact), relative_l2(moved, exact), half)


def nudged(values: Mapping[str, Array], names: Iterable[str], precision: str) -> dict[str, Array]:
    """Those of `names` that are known, each value moved by half a unit in the last place.

    Masks and integers stay as they are.
    """
    generator = np.random.default_rng(0)
    unit = _UNITS.get(precision, _FLOAT32_UNIT)
    moved = {}
    for name in names:
        if name not in values:
            continue
        value = values[name]
        if value.dtype.kind == "f" and name not in _FIXED:
            signs = generator.choice((-0.5, 0.5), size=value.shape)
            value = value.astype(np.float64) * (1.0 + unit * signs)
        moved[name] = value
    return moved
