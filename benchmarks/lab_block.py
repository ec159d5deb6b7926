"""Time of one full-size block of the block lab through the function that the page calls.

    python -m benchmarks.lab_block [--frames 696] [--runs 10]

A transformer of 256 channels on 696 frames in 2 rows: as it is, with a swap, in bfloat16 and
in MLX; noise floors and the run without the swap included, nothing answered from a cache.  CPU
seconds are those of this process: they do not grow when the machine is busy.  Then a running
MLX job is cancelled.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from typing import Any

import numpy as np

from inspector import api
from inspector.blocks.checkpoint import Checkpoint
from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.diagnose.comparison import Comparison, compare_traces
from inspector.errors import Cancelled
from inspector.live import running
from inspector.live.execution import execute
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array, TensorRecord, Trace, TraceInfo

BLOCK, BEFORE = "mid_blocks.3.1.0", "mid_blocks.3.0"
SWAP = {"key": "attention_scale_missing", "places": [f"{BLOCK}.attn1.scaled"]}


def full_size(frames: int) -> tuple[Comparison, Checkpoint]:
    """A pair that recorded one transformer of the full decoder, and its weights."""
    config, random = DecoderConfig(), np.random.default_rng(0)
    graph = step_graph(config)
    shapes = parameter_shapes(config)
    weights = {
        key: (random.standard_normal(shapes[key]) / np.sqrt(shapes[key][-1])).astype(np.float32)
        for node in graph.of_block(BLOCK) for _, key in node.params
    }  # fmt: skip
    h = random.standard_normal((2, frames, 256)).astype(np.float32)
    mask = np.ones((2, frames, 1), np.float32)
    store = WeightStore(weights)
    cut = graph.cut([BLOCK], [BEFORE, "rows.mask"])
    output = execute(cut, {BEFORE: h, "rows.mask": mask}, store, keep=[BLOCK])[BLOCK]
    state = random.standard_normal((1, 80, frames)).astype(np.float32)
    values = {
        "mu": state, "mask": np.ones((1, 1, frames), np.float32), "initial_noise": state,
        f"step01/decoder.estimator.{BEFORE}": h.transpose(0, 2, 1),
        f"step01/decoder.estimator.{BLOCK}": output, "step01/ode.x_before": state,
        "step01/ode.dxdt_cfg": state,
    }  # fmt: skip
    other = {**values, f"step01/decoder.estimator.{BLOCK}": output * np.float32(1.01)}
    comparison = compare_traces(_trace(values, "reference"), _trace(other, "candidate"))
    return comparison, Checkpoint("full-size", config, weights, identity="full-size")


def _trace(values: dict[str, Array], name: str) -> Trace:
    records = tuple(
        TensorRecord(key, value.shape, str(value.dtype), name, at, lambda v=value: v)
        for at, (key, value) in enumerate(values.items())
    )
    return Trace(name, records, TraceInfo(framework="torch", steps=10), identity=name)


def timed(
    comparison: Comparison, checkpoint: Checkpoint, runs: int, **request: Any
) -> list[tuple[float, float]]:
    """Seconds and CPU seconds of each of `runs` runs; none is answered from a cache."""
    found = []
    for _ in range(runs):
        running.forget_results()
        started, cpu = time.perf_counter(), time.process_time()
        api.page_lab_run(comparison, checkpoint, {"block": BLOCK, "step": 1, **request})
        found.append((time.perf_counter() - started, time.process_time() - cpu))
    return found


def cancel_delay(comparison: Comparison, checkpoint: Checkpoint, after: float) -> float:
    """Seconds from the request to cancel a running MLX job to its end."""
    running.forget_results()
    stop, ended = threading.Event(), []

    def progress(_done: int, _total: int, _what: str) -> None:
        if stop.is_set():
            raise Cancelled

    def work() -> None:
        try:
            # many times over: the job must still run when it is cancelled
            while True:
                running.forget_results()
                request = {"block": BLOCK, "step": 1, "backend": "mlx"}
                api.page_lab_run(comparison, checkpoint, request, progress)
        except Cancelled:
            ended.append(time.perf_counter())

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(after)
    asked = time.perf_counter()
    stop.set()
    thread.join()
    return ended[0] - asked


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print medians in seconds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=696)
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args(arguments)
    comparison, checkpoint = full_size(options.frames)
    for title, request in (
        ("torch", {}), ("torch, with a swap", {"swaps": [SWAP]}),
        ("torch, bfloat16", {"precision": "bfloat16"}), ("mlx", {"backend": "mlx"}),
    ):  # fmt: skip
        timed(comparison, checkpoint, 1, **request)
        wall, cpu = zip(*timed(comparison, checkpoint, options.runs, **request), strict=True)
        sys.stdout.write(
            f"{title:20} median {statistics.median(wall):.3f} s, worst {max(wall):.3f} s, "
            f"CPU {statistics.median(cpu):.3f} s\n"
        )
    delays = [cancel_delay(comparison, checkpoint, 0.3 + 0.13 * i) for i in range(5)]
    sys.stdout.write(
        f"{'cancelling MLX':20} median {statistics.median(delays):.3f} s, "
        f"worst {max(delays):.3f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
