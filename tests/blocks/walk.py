"""The plainest way to compute a graph, with seeded inputs of any decoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from inspector.blocks.config import DecoderConfig
from inspector.blocks.graph import Graph, Node
from inspector.blocks.operations import Backend
from inspector.tensors import Array


def walk(
    graph: Graph, given: Mapping[str, object], weights: Mapping[str, object], backend: Backend,
    precision: str = "float32", visit: Callable[[Node, object], None] | None = None,
) -> dict[str, object]:  # fmt: skip
    """Compute every node in order and return every value by name.

    NumPy arrays are put into the backend on the way.  A value that is given and computed
    is read as given and returned as computed.
    """

    def own(value: object) -> object:
        if isinstance(value, np.ndarray):
            return backend.put(value, precision)
        return backend.cast(value, precision)

    known = {name: own(given[name]) for name in graph.inputs}
    values: dict[str, object] = {}
    for node in graph.nodes:
        params = {name: own(weights[key]) for name, key in node.params}
        inputs = [
            backend.cast(known[n] if n in known else values[n], precision) for n in node.inputs
        ]
        values[node.name] = backend.run(node.op, inputs, params, node.constants)
        if visit is not None:
            visit(node, values[node.name])
    return values


def random_inputs(config: DecoderConfig, frames: int, step: int = 0, seed: int = 1) -> dict:
    """Inputs of a step for one batch row, no frame masked."""
    rng = np.random.default_rng(seed)
    shape = (1, frames, config.mel_bins)
    given = {
        "x": rng.standard_normal(shape),
        "mu": rng.standard_normal(shape),
        "mask": np.ones((1, frames, 1)),
        "step": np.array([step]),
    }
    if config.speaker:
        given["speaker"] = rng.standard_normal((1, config.mel_bins))
    if config.cond:
        given["cond"] = rng.standard_normal(shape)
    return {k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in given.items()}


def relative_l2(candidate: Array, reference: Array) -> float:
    """``||candidate - reference|| / ||reference||`` in float64."""
    difference = np.asarray(candidate, np.float64) - np.asarray(reference, np.float64)
    return float(np.linalg.norm(difference) / np.linalg.norm(np.asarray(reference, np.float64)))
