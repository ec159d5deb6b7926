"""A small decoder step with every value, inputs under which every fault shows, and an oracle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.graph import Graph
from inspector.blocks.implementations import backend
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.faults.edit import Edit, changed_inputs, changed_weights
from inspector.faults.registry import faults
from inspector.tensors import Array
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights

DEEP = replace(
    SMALL, mid_blocks=12, blocks_per_stage=2, steps=10, heads=4, head_width=16, channels=(32,)
)
"""Stages beyond ten, two transformers each, a head width other than the channels, and linear
weights whose rows divide into groups of 64."""

TANH = replace(SMALL, activation="gelu_tanh", eps=1e-6)
PLAIN = replace(MATCHA, activation="gelu", cfg_rate=0.7, cond=True, speaker=True, in_channels=32)

CONFIGS = {"small": SMALL, "deep": DEEP, "tanh": TANH, "matcha": MATCHA, "plain": PLAIN}

FRAMES = 12
VALID = (12, 7, 0)
"""Valid frames of the three utterances: all, some, none."""


def given(config: DecoderConfig, condition: str = "") -> dict[str, Array]:
    """Inputs of a step: three utterances, the second step, unless `condition` says otherwise."""
    rng = np.random.default_rng(7)
    shape = (len(VALID), FRAMES, config.mel_bins)
    valid = {"full_mask": (FRAMES,) * 3, "no_empty_row": (12, 7, 5)}.get(condition, VALID)
    mask = (np.arange(FRAMES)[None] < np.array(valid)[:, None]).astype(np.float32)[..., None]
    cond = rng.standard_normal(shape).astype(np.float32) - 6
    cond[:, 4:] = 0
    step = {"first_step": 0, "later_step": 2}.get(condition, 1)
    values = {
        "x": rng.standard_normal(shape).astype(np.float32),
        "mu": rng.standard_normal(shape).astype(np.float32),
        "mask": mask,
        "speaker": rng.standard_normal((len(VALID), config.mel_bins)).astype(np.float32),
        "cond": cond,
        "step": np.full(len(VALID), step),
    }
    return {name: values[name] for name in step_graph(config).inputs}


def run(
    graph: Graph, values: Mapping[str, Array], weights: Mapping[str, Array],
    precision: str = "float32", framework: str = "torch",
) -> dict[str, Array]:  # fmt: skip
    """Every value of the graph."""
    engine = backend(framework)
    held = {name: engine.put(values[name], precision) for name in graph.inputs}
    for node in graph.nodes:
        params = {p: engine.put(weights[key], precision) for p, key in node.params}
        held[node.name] = engine.run(
            node.op,
            [engine.cast(held[name], precision) for name in node.inputs],
            params,
            node.constants,
        )
    return {node.name: engine.take(held[node.name]) for node in graph.nodes}


def run_edit(
    edit: Edit, values: Mapping[str, Array], weights: Mapping[str, Array], **options: str
) -> dict[str, Array]:
    """Every value of the edited computation."""
    return run(
        edit.graph, changed_inputs(values, edit.inputs), changed_weights(weights, edit.weights),
        **options,
    )  # fmt: skip


def healthy_and_faulty(
    key: str, config: DecoderConfig, places: list[str] | None = None, condition: str = "",
    precision: str = "float64",
) -> tuple[dict[str, Array], dict[str, Array]]:  # fmt: skip
    """Every value without and with a fault, and the inputs among them."""
    graph, values = step_graph(config), given(config, condition)
    edit = faults()[key].apply(graph, places, shapes(config))
    known = weights(config)
    changed = {**values, **run_edit(edit, values, known, precision=precision)}
    return {**values, **run(graph, values, known, precision)}, changed


def changed_values(
    edit: Edit, base: Mapping[str, Array], values: Mapping[str, Array],
    weights: Mapping[str, Array], graph: Graph, last: str = "",
) -> dict[str, Array]:  # fmt: skip
    """The values that the edit changes, up to the node `last`; all others are those of `base`.

    A node is computed again when it, a parameter or an input of it changed, so nothing is
    assumed about where a change leads.
    """
    engine = backend("torch")
    own_inputs = changed_inputs(values, edit.inputs)
    own_weights = changed_weights(weights, edit.weights)
    keys = {c.key for c in edit.weights}
    before = {**values, **base}
    changed = {n: own_inputs[n] for n in own_inputs if not np.array_equal(own_inputs[n], values[n])}
    for node in edit.graph.nodes:
        same = node.name in graph and graph.node(node.name) == node
        if not same or keys & {k for _, k in node.params} or set(changed) & set(node.inputs):
            held = [
                engine.put(changed[n] if n in changed else before[n], "float32")
                for n in node.inputs
            ]
            params = {p: engine.put(own_weights[key], "float32") for p, key in node.params}
            value = engine.take(engine.run(node.op, held, params, node.constants))
            old = before.get(node.name)
            if old is None or not np.array_equal(old, value, equal_nan=True):
                changed[node.name] = value
        if node.name == last:
            break
    return {n: v for n, v in changed.items() if n not in values}


def shapes(config: DecoderConfig) -> Mapping[str, tuple[int, ...]]:
    """Shapes of the weights."""
    return parameter_shapes(config)


def weights(config: DecoderConfig) -> dict[str, Array]:
    """Seeded weights."""
    return seeded_weights(config)


def difference(a: Array, b: Array) -> float:
    """Relative L2 of b - a; infinite for other shapes, NaN counts as different."""
    if a.shape != b.shape:
        return float("inf")
    if np.array_equal(a, b, equal_nan=True):
        return 0.0
    size = float(np.linalg.norm(a.astype(np.float64)))
    error = float(np.linalg.norm(b.astype(np.float64) - a))
    return error / size if size and np.isfinite(error) else float("inf")
