"""Noise floor of every value of a part, from three runs of the whole part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from inspector.live.execution import Placement, execute
from inspector.live.noise import floor_of, nudged
from inspector.live.part import Part
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array, Progress


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
    wanted = [name for name in part.names if names is None or name in names]
    part = replace(part, graph=part.graph.cut(wanted, part.given), names=tuple(wanted))
    exact = _run(part, store, part.given, "float64", progress)
    rounded = _run(part, store, part.given, precision, progress)
    moved = _run(part, store, nudged(part.given, part.graph.inputs, precision), "float64", progress)
    return {
        name: floor_of(exact[name], rounded[name], moved[name], precision) for name in part.names
    }


def _run(
    part: Part, store: WeightStore, given: Mapping[str, Array], precision: str,
    progress: Progress | None,
) -> dict[str, Array]:  # fmt: skip
    return execute(
        part.graph, given, store, placement=Placement("torch", precision), keep=part.names,
        progress=progress,
    )  # fmt: skip
