"""Noise floors of every recorded value, measured by running the reference's decoder.

The whole solution is computed three times from the reference's inputs: in float64, in the
precision of the candidate, and in float64 on inputs moved by one unit in the last place of
that precision and a time moved by one of float32.  Errors are carried from step to step,
as in the recordings.  The time and the solver stay in float32: a correct port of this
decoder keeps them there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.errors import InspectorError, UsageError
from inspector.live.execution import Placement, execute
from inspector.live.introduced import NOISE_FACTOR
from inspector.live.lab import Lab
from inspector.live.noise import floor_of, nudged
from inspector.live.rows import has_rows
from inspector.metrics.tolerance import Tolerance
from inspector.tensors import Array, Progress, silent

HALF_FACTOR = 6.0
"""Limit in floors for half precision, whose floor hardly depends on the backend: MLX and
PyTorch part from float64 by the same to 20 %.  `NOISE_FACTOR` holds for float32."""

_IN_FLOAT32 = ("time_mlp", "ode")
_PEAK = 4.0
"""The peak of Gaussian errors: what a single run may miss."""


@dataclass(frozen=True)
class _Errors:
    """Floors of one value: relative L2, and the largest error against rms(r) + |r|."""

    floor: float
    peak: float


def measured_tolerances(
    lab: Lab, precision: str, *, mel: str | None = None, progress: Progress | None = None
) -> dict[str, Tolerance]:
    """Limits by name of the reference tensor, from the floors of this very run.

    Args:
        lab: the pair bound to the weights of the reference.
        precision: ``float32``, ``float16`` or ``bfloat16``: what the coarser side ran in.
        mel: name of the reference's final mel, which is the last state.
        progress: may raise `Cancelled`.

    Raises:
        UsageError: the reference holds no inputs to start from, or none of its values is
            one of the decoder's.
    """
    floors = _floors(lab, precision, progress or silent)
    factor = NOISE_FACTOR if precision == "float32" else HALF_FACTOR
    found = {}
    for (node, step), errors in floors.items():
        bound = lab.reference.values.get((node, step))
        if bound is None:
            continue
        peak = factor * max(errors.peak, _PEAK * errors.floor)
        found[bound.record.name] = Tolerance(
            peak, peak, None,
            f"{factor:g} noise floors of {errors.floor:.1e}, measured with the checkpoint in "
            f"{precision}; {peak:.1e} for single elements",
            factor * errors.floor, errors.floor, "checkpoint",
        )  # fmt: skip
    last = lab.reference.values.get(("ode.x_after", max(at for _, at in floors)))
    if mel is not None and last is not None and last.record.name in found:
        found[mel] = found[last.record.name]  # the final mel is the last state
    if not found:
        raise UsageError(
            "not-recorded", "checkpoint", "no value of its decoder is recorded in the reference",
            "", "Record states and velocities per step, or leave the checkpoint out.",
        )  # fmt: skip
    return found


def _floors(lab: Lab, precision: str, progress: Progress) -> dict[tuple[str, int], _Errors]:
    """Floors by node (or input ``x``) and step from 0."""
    steps = sorted(lab.steps)
    if not steps:
        raise UsageError(
            "not-recorded", "checkpoint", "neither trace holds a state of an ODE step", "",
            "Record states and velocities per step, or leave the checkpoint out.",
        )  # fmt: skip
    graph = lab.graph
    kept = {n.name: Placement("torch", "float32") for n in graph.nodes if n.block in _IN_FLOAT32}
    runs = (("float64", {}), (precision, kept), ("float64", {}))
    states: list[Array | None] = [None, None, None]
    found: dict[tuple[str, int], _Errors] = {}
    for done, step in enumerate(steps):
        pool = lab.reference_isolator.pool(step)
        wanted = {name for name, at in lab.reference.values if at == step and name in graph}
        part = graph.cut([*(wanted or {"ode.x_after"}), "ode.x_after"], set(graph.inputs))
        known = {name: pool[name] for name in part.inputs if name in pool}
        moved = {**known, **nudged(known, part.inputs, precision)}
        values = []
        for index, (where, per_node) in enumerate(runs):
            progress(3 * done + index, 3 * len(steps), f"Measuring noise floors, step {step + 1}")
            given = dict(moved if index == 2 else known)
            state = states[index]
            if state is not None and steps[done - 1] == step - 1:
                given["x"] = state
            if index == 2:
                # a cosine that rounds otherwise moves the time, and the sinusoid amplifies it
                given |= nudged(values[0], ("ode.t",), "float32")
            made = execute(
                part, given, lab.store, placement=Placement("torch", where),
                per_node=per_node, keep={*wanted, "ode.x_after", "ode.t"},
            )  # fmt: skip
            states[index] = made["ode.x_after"]
            values.append({**made, "x": given["x"]})
        for name in {*wanted, "x"} & set(values[0]):
            found[name, step] = _errors(lab, name, step, [v[name] for v in values], precision)
    return found


def _errors(lab: Lab, name: str, step: int, runs: list[Array], precision: str) -> _Errors:
    """The floor of one value over the rows that the reference recorded."""
    bound = lab.reference.values.get((name, step))
    if bound is not None and has_rows(lab.graph, name):
        try:
            rows = bound.read().shape[0]
        except InspectorError:
            rows = runs[0].shape[0]
        runs = [value[:rows] for value in runs]
    exact, rounded, moved = runs
    floor = floor_of(exact, rounded, moved, precision)
    return _Errors(floor, max(_largest(rounded, exact), _largest(moved, exact)))


def _largest(candidate: Array, reference: Array) -> float:
    """max |c - r| / (rms(r) + |r|); 0 for a reference of zeros."""
    r = np.asarray(reference, np.float64)
    rms = float(np.sqrt(np.mean(r * r))) if r.size else 0.0
    if rms == 0.0:
        return 0.0
    return float((np.abs(np.asarray(candidate, np.float64) - r) / (rms + np.abs(r))).max())
