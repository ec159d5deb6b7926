"""Time of our decoder in PyTorch beside the published one, in one run.

    python benchmarks/decoder_step.py FOLDER [--rounds 10] [--forward-rounds 3]

FOLDER holds the package (see tests/blocks/install_chatterbox.py).  Both have the same seeded
weights.  Measured are a full-size forward on the two rows of guidance, and one block of it
(`mid_blocks.5.1.0`, a transformer of 256 channels); of ours also the block as a page runs it,
from NumPy to NumPy.  Rounds alternate, so that all meet the same load.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import ROW_INPUTS, step_graph
from inspector.blocks.graph import Graph
from inspector.blocks.implementations import backend
from tests.blocks import chatterbox_package
from tests.blocks.seeded import seeded_weights

BLOCK = "mid_blocks.5.1.0"
CONFIG = DecoderConfig()
TORCH = backend("torch")


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def walk(graph: Graph, given: Mapping[str, Any], weights: Mapping[str, Any], output: str) -> Any:
    """Compute the nodes in order, letting go of values after their last reader."""
    readers = {name: i for i, node in enumerate(graph.nodes) for name in node.inputs}
    values = dict(given)
    for i, node in enumerate(graph.nodes):
        params = {name: weights[key] for name, key in node.params}
        inputs = [values[name] for name in node.inputs]
        values[node.name] = TORCH.run(node.op, inputs, params, node.constants)
        for name in set(node.inputs):
            if readers[name] == i:
                del values[name]
    return values[output]


def row_inputs(frames: int) -> dict[str, np.ndarray]:
    """What the estimator reads: two rows, the second without condition."""
    rng = np.random.default_rng(0)
    shapes = {"rows.mask": (2, frames, 1), "rows.t": (2,), "rows.speaker": (2, 80)}
    given = {n: rng.standard_normal(shapes.get(n, (2, frames, 80))) for n in ROW_INPUTS}
    given["rows.mask"][:], given["rows.t"][:] = 1, 0.3
    for name in ("rows.mu", "rows.speaker", "rows.cond"):
        given[name][1] = 0
    return {name: value.astype(np.float32) for name, value in given.items()}


def report(title: str, works: Mapping[str, Callable[[], object]], rounds: int) -> None:
    """Measure alternately; print medians, ranges and their ratio to the first."""
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    first = statistics.median(next(iter(times.values())))
    sys.stdout.write(f"{title}, median of {rounds} alternating rounds\n")
    for name, column in times.items():
        median = statistics.median(column)
        sys.stdout.write(
            f"  {name:28}{median * 1e3:9.1f} ms  ({min(column) * 1e3:.1f} to "
            f"{max(column) * 1e3:.1f})  ratio {median / first:.2f}\n"
        )


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print the medians and their ratios."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--forward-rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--block-frames", type=int, default=696)
    options = parser.parse_args(arguments)
    os.environ[chatterbox_package.FOLDER] = options.folder
    weights = seeded_weights(CONFIG)
    module = chatterbox_package.filled(
        chatterbox_package.package().decoder.ConditionalDecoder(), weights
    )
    put = {key: TORCH.put(value, "float32") for key, value in weights.items()}
    graph = step_graph(CONFIG)

    whole = graph.cut(["velocity"], ROW_INPUTS)
    given = {n: TORCH.put(v, "float32") for n, v in row_inputs(options.frames).items()}
    first = {n: v.transpose(1, 2).contiguous() for n, v in given.items() if v.dim() == 3}

    def published() -> Any:
        with torch.inference_mode():
            return module(
                first["rows.x"], first["rows.mask"], first["rows.mu"], given["rows.t"],
                given["rows.speaker"], first["rows.cond"],
            )  # fmt: skip

    def ours() -> Any:
        return walk(whole, given, put, "velocity")

    difference = float((ours() - published().transpose(1, 2)).norm() / published().norm())
    sys.stdout.write(
        f"{torch.get_num_threads()} threads; relative L2 of the velocities {difference:.1e}\n"
    )
    works = {"published": published, "ours, every value by name": ours}
    report(f"forward, 2 rows, T {options.frames}", works, max(1, options.forward_rounds))

    block = module.get_submodule(BLOCK)
    before = "mid_blocks.5.0"
    inner = graph.cut([BLOCK], [before, "rows.mask"])
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, options.block_frames, 256)).astype(np.float32)
    mask = np.ones((2, options.block_frames, 1), np.float32)
    arrays = {before: x, "rows.mask": mask}
    keys = inner.keys()
    tensors = {name: TORCH.put(value, "float32") for name, value in arrays.items()}
    bias = (1 - tensors["rows.mask"].transpose(1, 2)) * -1e10

    def published_block() -> Any:
        with torch.inference_mode():
            return block(hidden_states=tensors[before], attention_mask=bias, timestep=None)

    def our_block() -> Any:
        return walk(inner, tensors, put, BLOCK)

    def from_arrays() -> Any:
        own = {key: TORCH.put(weights[key], "float32") for key in keys}
        inputs = {name: TORCH.put(value, "float32") for name, value in arrays.items()}
        return TORCH.take(walk(inner, inputs, own, BLOCK))

    works = {
        "published": published_block,
        "ours, every value by name": our_block,
        "ours, from NumPy to NumPy": from_arrays,
    }
    report(f"one transformer, 2 rows, T {options.block_frames}", works, max(1, options.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
