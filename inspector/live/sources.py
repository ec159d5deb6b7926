"""Where the inputs of a run come from: a trace, a file, or seeded noise."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import numpy as np

from inspector.blocks.decoder import STEP_INPUTS
from inspector.blocks.graph import Graph
from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.live.lab import Lab
from inspector.live.part import Part
from inspector.names import show_name
from inspector.tensors import Array, freeze

_FIXED = ("mask", "rows.mask", "step", "ode.t", "ode.dt", "ode.t_span", "rows.t", "mu", "rows.mu",
          "cond", "rows.cond", "speaker", "rows.speaker")  # fmt: skip
"""Values that noise does not replace: what the run is about, and when."""


def source_values(lab: Lab, source: str, step: int) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Everything known at `step` (from 0) by name, and what was assumed.

    Args:
        lab: the pair.
        source: of `RunPlan.source`.
        step: from 0.

    Raises:
        UsageError: the side was not given, or a file holds a value of no known name.
        TraceError: the file cannot be read.
    """
    kind, _, rest = source.partition(":")
    if kind == "file":
        return _from_file(lab, rest, step)
    isolator = lab.candidate_isolator if kind == "candidate" else lab.reference_isolator
    if kind != "noise":
        lab.side(kind)
    elif not lab.reference.values and not lab.reference.run:
        if not lab.candidate.values:
            raise UsageError(
                "source", source, "noise takes mu, the mask and the speaker of a trace, and none "
                "was given", "", "Give a trace or a file.",
            )  # fmt: skip
        isolator = lab.candidate_isolator
    return dict(isolator.pool(step)), isolator.assumed


def noisy(part: Part, source: str) -> Part:
    """`part` starting from seeded noise where `source` says so.

    The state becomes standard normal; recorded values inside the decoder become normal
    values of the same mean and deviation.  Masks, times and conditions stay.
    """
    if not source.startswith("noise:"):
        return part
    given = {
        name: value if name in _FIXED or value.dtype.kind != "f" else _noise(
            int(source.partition(":")[2]), name, value
        )
        for name, value in part.given.items()
    }  # fmt: skip
    return Part(part.graph, given, part.names, part.step, part.rows, part.notes)


def _noise(seed: int, name: str, value: Array) -> Array:
    random = np.random.default_rng([seed, *name.encode()])
    drawn = random.standard_normal(value.shape)
    if name not in ("x", "rows.x"):
        drawn = drawn * float(np.std(value)) + float(np.mean(value))
    return freeze(drawn.astype(np.float32))


def _from_file(lab: Lab, path: str, step: int) -> tuple[dict[str, Array], tuple[str, ...]]:
    trace = open_trace(path)
    values: dict[str, Array] = {"step": np.array([step], np.int64)}
    for record in trace.records:
        _check_name(lab.graph, record.name, path)
        value = record.read()
        if value.dtype.kind == "f" and value.dtype != np.float64:
            value = value.astype(np.float32, copy=False)
        values[record.name] = freeze(value)
    notes = [f"{skipped.file} was not read: {skipped.sentence}" for skipped in trace.skipped]
    pool: Mapping[str, Array] = {}
    if lab.reference.values or lab.reference.run:
        pool = lab.reference_isolator.pool(step)
    for name in STEP_INPUTS:
        if name not in values and name in pool:
            values[name] = pool[name]
            notes.append(f"{name} is not in the file; the reference's is used")
    if "x" in values and "mask" not in values:
        values["mask"] = np.ones((*values["x"].shape[:2], 1), np.float32)
        notes.append("the mask is not in the file; all frames are taken as valid")
    return values, tuple(notes)


def _check_name(graph: Graph, name: str, path: str) -> None:
    if name in graph or name in graph.inputs:
        return
    known = [*graph.inputs, *(node.name for node in graph.nodes)]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:6]
    raise UsageError(
        "unknown", show_name(name), f"{show_name(path)} holds it, but the decoder has no value "
        "or input of this name", f"names such as {', '.join(near)}",
    )  # fmt: skip
