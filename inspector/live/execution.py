"""Compute a graph: every value where it belongs, with frameworks and precisions mixed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from inspector.blocks.graph import Graph, Node, Settings
from inspector.blocks.implementations import backend as backend_named
from inspector.errors import UsageError
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array, Progress

Implementation = Callable[[Sequence[Any], Mapping[str, Any], Settings], Any]


@dataclass(frozen=True)
class Placement:
    """Where and how precisely a node is computed, and by what.

    Attributes:
        backend: ``torch`` or ``mlx``.
        precision: one of `inspector.backends.PRECISIONS`.
        implementation: replaces the operation of the backend; takes and returns arrays of
            that framework.  None for the built-in one.
    """

    backend: str = "torch"
    precision: str = "float32"
    implementation: Implementation | None = None


@dataclass
class _Held:
    """A value and where it lives; NumPy values have an empty backend."""

    backend: str
    precision: str
    value: Any


def execute(
    graph: Graph,
    given: Mapping[str, Array],
    weights: WeightStore,
    *,
    placement: Placement | None = None,
    per_node: Mapping[str, Placement] = MappingProxyType({}),
    keep: Collection[str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Array]:
    """Compute the nodes of `graph` in order.

    Args:
        graph: what to compute.
        given: values of the graph's inputs; a node named here is computed too, but the
            nodes after it read the given value.
        weights: parameters by checkpoint key.
        placement: where every node is computed unless `per_node` says otherwise; torch in
            float32 by default.
        per_node: placements by node name.
        keep: names to return; every node when None.  Other values are dropped as soon as
            nothing needs them.
        progress: called before each node; may raise `inspector.errors.Cancelled`.

    Returns:
        Values by name as NumPy arrays (float64 stays, half precisions become float32).

    Raises:
        UsageError: an input or a parameter is missing, or a framework refuses the shapes.
        Cancelled: the progress callback asked to stop.
    """
    placement = placement or Placement()
    for name in graph.inputs:
        if name not in given:
            raise UsageError(
                "missing-input", name, "this value is needed and was neither recorded nor given"
            )
    wanted = {n.name for n in graph.nodes} if keep is None else set(keep)
    last_use = {name: i for i, node in enumerate(graph.nodes) for name in node.inputs}
    held = {name: _Held("", "", value) for name, value in given.items()}
    results: dict[str, Array] = {}
    for i, node in enumerate(graph.nodes):
        if progress is not None:
            progress(i, len(graph.nodes), f"Computing {node.name}")
        where = per_node.get(node.name, placement)
        engine = backend_named(where.backend)
        inputs = [_fetch(held, name, where) for name in node.inputs]
        params = {p: weights.placed(key, where.backend, where.precision) for p, key in node.params}
        value = _run(engine, node, inputs, params, where)
        if node.name in wanted:
            results[node.name] = engine.take(value)
        if node.name not in given and node.name in last_use:
            held[node.name] = _Held(where.backend, where.precision, value)
        for name in node.inputs:
            if last_use[name] == i:
                held.pop(name, None)
    return results


def _fetch(held: dict[str, _Held], name: str, where: Placement) -> Any:
    """The value `name` in the framework and precision of `where`."""
    have, engine = held[name], backend_named(where.backend)
    if have.backend == where.backend:
        if have.precision == where.precision:
            return have.value
        return engine.cast(have.value, where.precision)
    array = have.value if not have.backend else backend_named(have.backend).take(have.value)
    value = engine.put(array, where.precision)
    if not have.backend:  # given values are read many times: keep the copy
        held[name] = _Held(where.backend, where.precision, value)
    return value


def _run(engine: Any, node: Node, inputs: list[Any], params: dict[str, Any], at: Placement) -> Any:
    if at.implementation is None:
        value = engine.run(node.op, inputs, params, node.constants)
    else:
        value = at.implementation(inputs, params, node.constants)
    # the schedule is float32 whatever the run's precision
    return engine.cast(value, at.precision)
