"""The bundled recordings: healthy ones within their floor, broken ones not, in any precision."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.weight_grid import round_to
from inspector.io.trace import open_trace
from inspector.tensors import TensorRecord, Trace
from tests.project import tree

DEMO = tree.ROOT / "traces" / "demo"
STEP = "step01/decoder.estimator."
BROKEN = {
    "story-unloaded-weights": STEP + "down_blocks.0.0",
    "lost-causal-padding": STEP + "down_blocks.0.0",
    "flipped-kernel": STEP + "down_blocks.0.2",
    "transposed-projection": STEP + "up_blocks.0.1.0",
    "heads-merged-wrongly": STEP + "down_blocks.0.1.0",
    "inverted-mask": STEP + "down_blocks.0.1.0",
    "guidance-formula": "step01/ode.dxdt_cfg",
}


@cache
def opened(key):
    return open_trace(DEMO / key)


def reference_of(key):
    return opened("reference-padded" if key == "inverted-mask" else "reference")


def changed(trace, change):
    """A trace whose float tensors are changed when they are read."""
    records = []
    for record in trace.records:
        if record.dtype not in ("float16", "float32") or record.name == "audio":
            records.append(record)
            continue
        records.append(
            TensorRecord(record.name, record.shape, "float32", record.file, record.index,
                         lambda r=record: change(r.read().astype(np.float32)))
        )  # fmt: skip
    return Trace(trace.path, tuple(records), trace.info)


def test_the_float16_port_is_called_a_float16_run():
    found = compare_traces(opened("reference"), opened("healthy-float16"))
    assert found.verdict.counts["different"] == 0
    assert found.precision.kind == "float16" and found.precision.candidate == "float16"
    assert "The candidate ran in float16, and nothing differs by more" in found.verdict.sentence
    sound = next(t for t in found.tensors if t.pair.role == "audio")
    assert sound.metrics.relative_l2 > 0.1 and sound.status == "within_tolerance"
    assert 1.0 < found.precision.largest_ratio < 2.0


def test_stored_as_float32_it_is_still_one():
    found = compare_traces(opened("reference"), changed(opened("healthy-float16"), lambda v: v))
    assert found.verdict.counts["different"] == 0
    assert found.precision.kind == "float16"


def test_the_float32_port_is_backend_noise():
    found = compare_traces(opened("reference"), opened("healthy"))
    assert found.verdict.status == "within_tolerance" and found.precision.kind == "rounding"
    assert found.precision.largest_ratio < 1.0


@pytest.mark.parametrize("key", BROKEN)
@pytest.mark.parametrize("grid", ["float32", "float16"])
def test_a_broken_port_is_different_at_its_place(key, grid):
    """Also when all of it is rounded to float16, as a float16 run with the mistake would be."""
    candidate = opened(key)
    if grid == "float16":
        candidate = changed(candidate, lambda v: round_to(np.ascontiguousarray(v), "float16"))
    found = compare_traces(reference_of(key), candidate)
    assert found.verdict.status == "different" and found.verdict.exit_code == 1
    first = found.verdict.first_divergence
    if (key, grid) == ("lost-causal-padding", "float16"):
        # 2.8e-3 at its first block is 2.9 floors of float16; two blocks on it is 20
        assert first.step == 1
        return
    assert first.reference == BROKEN[key]
    sound = next(t for t in found.tensors if t.pair.role == "audio")
    assert sound.status == "different"
