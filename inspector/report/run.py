"""The result of a plan as text, JSON and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from inspector.live.result import ErrorFigures, PlanResult
from inspector.names import show_name
from inspector.report.writing import write_bytes

_WIDTH = 44


def run_document(result: PlanResult) -> dict[str, Any]:
    """The JSON document of a result: the plan, errors of every value, no arrays."""
    return {"version": 1, **result.to_dict()}


def render_run(result: PlanResult) -> str:
    """The result as terminal text without control characters."""
    plan = result.plan
    lines = [
        f"{show_name(plan.what)} on {_source(plan.source)}, {plan.backend} in "
        f"{plan.precision}: {sum(map(len, result.values.values()))} values in "
        f"{result.seconds:.3g} s."
    ]
    lines += [show_name(note, 400) for note in result.notes]
    if result.errors:
        lines.append(
            f"{'value':{_WIDTH}} step  {'against the reference':>24}  {'against the candidate':>24}"
        )
    for error in result.errors:
        lines.append(
            f"{show_name(error.name, _WIDTH):{_WIDTH}} {error.step:>4}  "
            f"{_figure(error.reference):>24}  {_figure(error.candidate):>24}"
        )
    if not result.errors:
        lines.append("Nothing to compare with: no trace recorded these values.")
    return "\n".join(lines) + "\n"


def write_values(result: PlanResult, folder: str | Path) -> tuple[Path, ...]:
    """Write the values of each step as ``stepNN.safetensors``, a trajectory beside them.

    Values are frames first and keep the names of the decoder's nodes.

    Raises:
        UsageError: the folder cannot be written.
    """
    written = []
    metadata = {"plan": json.dumps(result.plan.to_dict())}
    files = {f"step{step:02d}": dict(values) for step, values in result.values.items()}
    if result.trajectory is not None:
        path = result.trajectory
        files["trajectory"] = {
            "states": path.states, "velocities": path.velocities, "mel": path.mel,
        }  # fmt: skip
    for name, values in files.items():
        target = Path(folder) / f"{name}.safetensors"
        tensors = {n: np.array(a, order="C") for n, a in values.items()}
        write_bytes(target, save(tensors, metadata=metadata))
        written.append(target)
    return tuple(written)


def _source(source: str) -> str:
    kind, _, rest = source.partition(":")
    if kind == "noise":
        return f"noise of seed {rest}"
    return f"the values in {show_name(rest)}" if kind == "file" else f"the values of the {kind}"


def _figure(error: ErrorFigures | None) -> str:
    if error is None:
        return "not recorded"
    if error.floor_ratio is None:
        return f"{error.relative_l2:.2e}"
    return f"{error.relative_l2:.2e} ({error.floor_ratio:.3g} floors)"
