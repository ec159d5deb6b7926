"""The block lab for the page: blocks, steps, what can be chosen, the map of errors."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any, Protocol

from inspector.backends import BACKENDS, PRECISIONS, missing_reason
from inspector.blocks.checkpoint import Checkpoint
from inspector.diagnose.comparison import Comparison
from inspector.errors import InspectorError, UsageError
from inspector.faults.registry import faults
from inspector.live.binding import BoundSide
from inspector.live.block_kinds import block_kind
from inspector.live.cache import BoundedCache
from inspector.live.checkpoint import open_checkpoint
from inspector.live.lab import Lab, open_lab
from inspector.live.offered import OFFERED
from inspector.live.swapping import fits, replaces_block
from inspector.names import show_name
from inspector.tensors import Progress
from inspector.views.lab_map import map_values

SOURCES = (("reference", "reference trace"), ("candidate", "candidate trace"), ("noise", "noise"))
_PATH = re.compile(r"(down|mid|up)_blocks\.(\d+)\.(.+)")
_CHECKPOINTS: BoundedCache[Checkpoint] = BoundedCache(4)


class CheckpointFile(Protocol):
    """Where the weights of the reference are.

    Attributes:
        path: checkpoint file or folder.
        config: JSON file with what the weights cannot tell, or None.
    """

    @property
    def path(self) -> str: ...

    @property
    def config(self) -> str | None: ...


LabCheckpoint = Checkpoint | CheckpointFile


def find_lab(
    comparison: Comparison, checkpoint: LabCheckpoint | None, progress: Progress | None = None
) -> Lab:
    """The lab of a pair; opened once.

    Raises:
        TraceError: the checkpoint cannot be read.
        UsageError: there is none, or it holds no decoder.
    """
    if checkpoint is None:
        raise UsageError(
            "no-checkpoint", "block lab", "no checkpoint of the reference is given", "",
            "Name the weights that the reference ran with.",
        )  # fmt: skip
    opened = checkpoint if isinstance(checkpoint, Checkpoint) else _opened(checkpoint, progress)
    first, second = comparison.reference, comparison.candidate
    return open_lab(
        opened, first.trace, second.trace, comparison.match, reference_roles=first.roles,
        candidate_roles=second.roles,
    )  # fmt: skip


def lab_payload(
    comparison: Comparison, checkpoint: LabCheckpoint | None, progress: Progress | None = None
) -> dict[str, Any]:
    """Everything that the tab shows before a block is chosen.

    Raises:
        Cancelled: the progress callback asked to stop.
    """
    try:
        lab = find_lab(comparison, checkpoint, progress)
    except InspectorError as error:
        return {"available": False, "reason": error.sentence, "checkpoint": None}
    opened = lab.checkpoint
    values: dict[str, Any] = {
        "available": bool(lab.steps),
        "reason": "" if lab.steps else "Neither trace holds a state of an ODE step.",
        "checkpoint": {
            "path": show_name(opened.path),
            "label": show_name(PurePath(opened.path).name or opened.path, 60),
            "config": lab.config.to_dict(),
            "problems": list(opened.problems),
        },
    }
    if not lab.steps:
        return values
    return {
        **values,
        "steps": [step + 1 for step in lab.steps],
        "blocks": [
            {"name": block, "label": block_label(block), "kind": block_kind(block),
             "recorded": recorded_block(lab, block)}
            for block in lab.graph.blocks
        ],
        "map": map_values(lab, progress),
        "notes": [*lab.notes, *misplaced(lab)],
        "backends": [{"name": name, "reason": missing_reason(name)} for name in BACKENDS],
        "precisions": list(PRECISIONS),
        "sources": [{"key": key, "title": title} for key, title in SOURCES],
        "slot_sources": [{"key": key, "title": key} for key in ("reference", "candidate")],
        "swaps": swaps(lab),
        "implementations": [
            {"key": key, "title": code.title + " (whole block)" * replaces_block(code, lab.graph)}
            for key, code in OFFERED.items()
        ],
    }  # fmt: skip


def swaps(lab: Lab) -> list[dict[str, Any]]:
    """Faults and controls that have a place in this decoder."""
    return [
        {"key": key, "title": fault.title, "slot": fault.slot, "change": fault.change,
         "symptom": fault.symptom, "records": list(fault.records)}
        for key, fault in faults().items()
        if fault.places(lab.graph, lab.weight_shapes)
    ]  # fmt: skip


def misplaced(lab: Lab) -> list[str]:
    """Sentences on the operator's implementations that fit no part of this decoder."""
    return [
        f"{code.title} is offered nowhere: this decoder has no "
        f"{'block' if code.kind == 'command' else 'block, node or slot'} {show_name(code.place)}."
        for _, code in OFFERED.items()
        if not any(fits(code, lab.graph, node) for node in lab.graph.nodes)
    ]


def recorded_block(lab: Lab, block: str) -> str:
    """Who recorded anything of a block: ``both``, ``reference``, ``candidate`` or ``none``."""
    names = {node.name for node in lab.graph.of_block(block)}
    return recorded(lab, names)


def recorded(lab: Lab, names: set[str]) -> str:
    """Who recorded any of these values at any step."""

    def has(side: BoundSide) -> bool:
        return any(n in names for n, _ in side.values) or any(n in names for n in side.run)

    one, two = has(lab.reference), has(lab.candidate)
    return {(True, True): "both", (True, False): "reference", (False, True): "candidate"}.get(
        (one, two), "none"
    )


def block_label(block: str) -> str:
    """A block in a few words: ``mid 3 · transformer 0``; counted as in the module path."""
    found = _PATH.fullmatch(block)
    if found is None:
        return {"time_mlp": "time", "ode": "solver", "final_block": "final block",
                "final_proj": "final projection"}.get(block, block)  # fmt: skip
    stage, number, rest = found.groups()
    kind = block_kind(block)
    part = {"resnet": "ResNet", "conv": "convolution"}.get(kind, kind)
    return f"{stage} {number} · {part} {rest.rpartition('.')[2]}" if kind == "transformer" else (
        f"{stage} {number} · {part}"
    )  # fmt: skip


def _opened(file: CheckpointFile, progress: Progress | None) -> Checkpoint:
    try:
        stamp = Path(file.path).stat()
        key = (file.path, file.config, stamp.st_size, stamp.st_mtime_ns)
    except OSError:
        key = None  # opening says what is wrong
    found = None if key is None else _CHECKPOINTS.get(key)
    if found is None:
        found = open_checkpoint(file.path, file.config, progress=progress)
        if key is not None:
            _CHECKPOINTS.put(key, found, 1)
    return found
