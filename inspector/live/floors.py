"""Noise floor of every value of a part, from three runs of the whole part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from inspector.live.execution import Placement, execute
from inspector.live.noise import relative_l2
from inspector.live.part import Part
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array, Progress

_ULP = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
_FIXED = ("mask", "rows.mask")


def part_floors(
    part: Part,
    store: WeightStore,
    precision: str = "float32",
    *,
    names: Collection[str] | None = None,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Relative L2 error that rounding alone explains, for values of the part.

    As `inspector.live.noise.noise_floor`: the largest of the run in `precision` against
    float64, of float64 on inputs moved by one unit in the last place against unmoved ones,
    and half a unit in the last place.

    Args:
        part: without swaps.
        store: the reference's weights.
        precision: whose rounding counts.
        names: of the values; all that the part returns when None.
        progress: may raise `Cancelled`.
    """
    unit = _ULP.get(precision, 2.0**-23)
    wanted = [name for name in part.names if names is None or name in names]
    part = replace(part, graph=part.graph.cut(wanted, part.given), names=tuple(wanted))
    exact = _run(part, store, part.given, "float64", progress)
    rounded = _run(part, store, part.given, precision, progress)
    moved = _run(part, store, _moved(part, unit), "float64", progress)
    return {
        name: max(
            relative_l2(rounded[name], exact[name]), relative_l2(moved[name], exact[name]), unit / 2
        )
        for name in part.names
    }


def _run(
    part: Part, store: WeightStore, given: Mapping[str, Array], precision: str,
    progress: Progress | None,
) -> dict[str, Array]:  # fmt: skip
    return execute(
        part.graph, given, store, placement=Placement("torch", precision), keep=part.names,
        progress=progress,
    )  # fmt: skip


def _moved(part: Part, unit: float) -> dict[str, Array]:
    random = np.random.default_rng(0)
    moved = {}
    for name in part.graph.inputs:
        value = part.given[name]
        if value.dtype.kind == "f" and name not in _FIXED:
            signs = random.choice((-0.5, 0.5), size=value.shape)
            value = value.astype(np.float64) * (1.0 + unit * signs)
        moved[name] = value
    return moved
