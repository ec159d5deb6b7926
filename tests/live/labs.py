"""Opened labs on small recordings, for the tests of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspector.blocks.checkpoint import Checkpoint
from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.faults.edit import Edit
from inspector.faults.fault import apply_all
from inspector.faults.registry import faults
from inspector.live.lab import Lab, open_lab
from inspector.match.matching import match_traces
from inspector.match.roles import recognise
from inspector.tensors import Array
from tests.blocks.seeded import SMALL, seeded_weights
from tests.live.recorded import as_trace, record_run


def checkpoint_of(config: DecoderConfig = SMALL, seed: int = 0, identity: str = "") -> Checkpoint:
    """Seeded weights as an opened checkpoint."""
    weights = seeded_weights(config, seed)
    return Checkpoint(
        "weights.safetensors", config, weights, identity=identity or f"{config}{seed}"
    )


def edit_of(
    config: DecoderConfig, weights: Mapping[str, Array], *swaps: tuple[str, tuple[str, ...] | None]
) -> Edit:
    """The faults of these keys at these places (None: all)."""
    shapes = {key: weights[key].shape for key in weights}
    return apply_all(step_graph(config), [(faults()[key], places) for key, places in swaps], shapes)


def lab_of(
    config: DecoderConfig = SMALL,
    *swaps: tuple[str, tuple[str, ...] | None],
    backend: str = "torch",
    reference: Mapping[str, Any] | None = None,
    **recording: Any,
) -> Lab:
    """A lab whose candidate has the faults of `swaps`; `recording` goes to `record_run`."""
    checkpoint = checkpoint_of(config)
    weights = checkpoint.weights
    first = record_run(config, weights, **{**recording, **(reference or {})})
    edit = edit_of(config, weights, *swaps) if swaps else None
    second = record_run(config, weights, edit=edit, backend=backend, style="mlx", **recording)
    traces = as_trace(first, path="reference"), as_trace(second, path="candidate", framework="mlx")
    roles = recognise(traces[0]), recognise(traces[1])
    match = match_traces(*traces, *roles)
    return open_lab(checkpoint, *traces, match, reference_roles=roles[0], candidate_roles=roles[1])
