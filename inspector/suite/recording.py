"""Recordings made by running the step graph itself: a healthy side or one with a fault."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.graph import Graph, Node
from inspector.errors import UsageError
from inspector.faults.edit import Edit, changed_inputs
from inspector.live.execution import Placement, execute
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array, freeze

LEVELS = ("ode", "blocks", "ops", "values")
_ODE = {
    "ode.t": "ode.t", "ode.dt": "ode.dt", "ode.v_cond": "ode.dxdt_cond",
    "ode.v_uncond": "ode.dxdt_uncond", "ode.v_cfg": "ode.dxdt_cfg", "ode.x_after": "ode.x_after",
}  # fmt: skip
_INPUTS = {"mu": "mu", "mask": "mask", "speaker": "spks", "cond": "cond"}
_BESIDE = (
    ".masked", ".query", ".key", ".value", ".scores", ".scaled", ".weights", ".heads", ".merged",
    ".with_time", ".after_attention", ".mask", ".skip", ".speaker_frames", "inputs.concat",
)  # fmt: skip
"""Endings of values that no PyTorch module returns."""
_TRANSFORMER = re.compile(r"(down|mid|up)_blocks\.\d+\.1\.\d+")


def run_inputs(
    config: DecoderConfig, frames: int, *, valid: int | None = None, seed: int = 0
) -> dict[str, Array]:
    """Seeded inputs of a run: x (the noise), mu, cond [1, T, F], mask [1, T, 1], speaker [1, F].

    Args:
        valid: frames that the mask lets pass; all when None.
    """
    random = np.random.default_rng(seed)
    bins = config.mel_bins
    mask = np.zeros((1, frames, 1), np.float32)
    mask[:, : frames if valid is None else valid] = 1.0
    given = {
        "x": random.standard_normal((1, frames, bins)),
        "mu": random.standard_normal((1, frames, bins)) - 2.0,
        "mask": mask,
        "speaker": random.standard_normal((1, bins)),
        "cond": np.zeros((1, frames, bins)),
    }
    given["cond"][:, : frames // 3] = random.standard_normal((1, frames // 3, bins)) - 2.0
    return {
        name: freeze(np.ascontiguousarray(given[name], np.float32))
        for name in given
        if name in step_graph(config).inputs
    }


def record_run(
    config: DecoderConfig,
    weights: Mapping[str, Array],
    *,
    backend: str = "torch",
    precision: str = "float32",
    edit: Edit | None = None,
    level: str = "blocks",
    frames: int = 24,
    valid: int | None = None,
    steps: Collection[int] | None = None,
    rows: str = "both",
    style: str = "torch",
    seed: int = 0,
    inputs: Mapping[str, Array] | None = None,
    per_node: Mapping[str, Placement] = MappingProxyType({}),
) -> dict[str, Array]:
    """Solve the ODE and return what a recorder stores, in order of execution.

    States, velocities and inputs are recorded at every step; an edit's changed inputs are
    recorded as they were given, not as the fault makes them.

    Args:
        edit: changed graph, weights and inputs (of `Fault.apply`).
        level: ``ode`` states and velocities; ``blocks`` also the output of each block;
            ``ops`` every value that a PyTorch module returns; ``values`` every node.
        steps: steps from 1 at which values inside the decoder are recorded; all when None.
        rows: ``both``, or ``cond`` to store the conditional rows inside the decoder alone.
        style: ``torch`` stores channels before frames where PyTorch does, ``mlx`` never.
        inputs: of `run_inputs`; seeded ones of `frames` frames when None.

    Raises:
        UsageError: there is no such level.
    """
    if level not in LEVELS:
        raise UsageError("level", "level", f"it is {level!r}", f"one of {', '.join(LEVELS)}")
    graph = step_graph(config) if edit is None else edit.graph
    store = WeightStore(weights, "recorded")
    changes = ()
    if edit is not None:
        store, changes = store.changed(edit.weights), edit.inputs
    given = dict(inputs) if inputs is not None else run_inputs(
        config, frames, valid=valid, seed=seed
    )  # fmt: skip
    wanted = _wanted(graph, level)
    placement = Placement(backend, precision)
    first = style == "torch"
    recorded = {_INPUTS[n]: _turned(v, first and v.ndim == 3) for n, v in given.items() if n != "x"}
    recorded["initial_noise"] = _turned(given["x"], first)
    x = given["x"]
    for step in range(config.steps):
        values = changed_inputs({**given, "x": x, "step": np.array([step], np.int64)}, changes)
        inside = wanted if steps is None or step + 1 in steps else ()
        keep = {*inside, *(n for n in _ODE if n in graph), "ode.t_span"}
        found = execute(graph, values, store, placement=placement, per_node=per_node, keep=keep)
        recorded.setdefault("t_span", found["ode.t_span"])
        prefix = f"step{step + 1:02d}/"
        recorded[f"{prefix}ode.x_before"] = _turned(x, first)
        for node in graph.nodes:
            if node.name not in found or node.name == "ode.t_span":
                continue
            value = found[node.name]
            if node.name in _ODE:
                state = value.ndim == 3
                recorded[prefix + _ODE[node.name]] = _turned(value, first and state)
                continue
            value = value[: x.shape[0]] if rows == "cond" else value
            turned = first and value.ndim == 3 and not is_frames_first(node)
            recorded[f"{prefix}decoder.estimator.{node.name}"] = _turned(value, turned)
        x = found["ode.x_after"]
    recorded["mel"] = _turned(x, first)
    return {name: freeze(np.ascontiguousarray(value)) for name, value in recorded.items()}


def _wanted(graph: Graph, level: str) -> tuple[str, ...]:
    inner = [n.name for n in graph.nodes if n.block != "ode" and n.name != "velocity"]
    if level == "ode":
        return ()
    if level == "blocks":
        outputs = {graph.block_output(b) for b in graph.blocks if b not in ("ode", "inputs")}
        return tuple(n for n in inner if n in outputs or n == "final_proj")
    return tuple(n for n in inner if level == "values" or not n.endswith(_BESIDE))


def is_frames_first(node: Node) -> bool:
    """True for values inside the decoder that PyTorch holds as [B, T, C]."""
    return bool(_TRANSFORMER.fullmatch(node.block)) or node.op == "layer_norm"


def _turned(value: Array, turn: bool) -> Array:
    return value.transpose(0, 2, 1) if turn else value
