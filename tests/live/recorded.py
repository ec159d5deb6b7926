"""Recordings of the step graph as the tools open them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from inspector.suite.recording import LEVELS, record_run, run_inputs
from inspector.tensors import Array, TensorRecord, Trace, TraceInfo

__all__ = ["LEVELS", "as_trace", "record_run", "run_inputs"]


def as_trace(
    values: Mapping[str, Array], *, path: str = "trace", framework: str = "torch", steps: int = 0
) -> Trace:
    """`values` as an opened trace.

    Args:
        framework: what the side-file says.
        steps: number of ODE steps in the side-file; counted by name when 0.
    """
    digest = hashlib.sha256()
    records = []
    for index, (name, value) in enumerate(values.items()):
        digest.update(name.encode())
        digest.update(str(value.shape).encode())
        digest.update(np.ascontiguousarray(value).tobytes())
        records.append(
            TensorRecord(name, value.shape, str(value.dtype), path, index, lambda v=value: v)
        )
    counted = steps or sum(name.endswith("/ode.x_after") for name in values)
    info = TraceInfo(framework=framework, steps=counted, cfg_rate=None)
    return Trace(path, tuple(records), info, identity=digest.hexdigest())
