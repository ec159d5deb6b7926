"""A compared pair with its checkpoint, as the page hands them to the block lab."""

from __future__ import annotations

from functools import cache
from typing import Any

from inspector.blocks.checkpoint import Checkpoint
from inspector.diagnose.comparison import Comparison, compare_traces
from tests.blocks.seeded import SMALL
from tests.live.labs import checkpoint_of, edit_of
from tests.live.recorded import as_trace, record_run

BLOCK = "mid_blocks.0.1.0"
SCALED = f"{BLOCK}.attn1.scaled"
FAULT = ("attention_scale_missing", (SCALED,))


@cache
def lab_pair(*swaps: Any, **recording: Any) -> tuple[Comparison, Checkpoint]:
    """A pair whose candidate has the faults of `swaps` (`FAULT` when none is named)."""
    checkpoint = checkpoint_of(SMALL)
    edit = edit_of(SMALL, checkpoint.weights, *(swaps or (FAULT,)))
    reference = record_run(SMALL, checkpoint.weights, **recording)
    candidate = record_run(SMALL, checkpoint.weights, edit=edit, style="mlx", **recording)
    comparison = compare_traces(
        as_trace(reference, path="reference"),
        as_trace(candidate, path="candidate", framework="mlx"),
    )
    return comparison, checkpoint
