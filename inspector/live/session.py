"""One run from files: opens what a plan needs and carries it out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from inspector.errors import UsageError
from inspector.io.strict_json import parse_json
from inspector.io.trace import open_trace
from inspector.live.checkpoint import open_checkpoint
from inspector.live.lab import Lab, open_lab
from inspector.live.offered import read_codes
from inspector.live.plan import RunPlan, Swap
from inspector.live.result import PlanResult
from inspector.live.running import run_plan
from inspector.live.swapping import Codes
from inspector.match.lending import lend_roles
from inspector.match.matching import match_traces
from inspector.match.roles import recognise
from inspector.tensors import Progress

_MAX_BYTES = 4 * 1024 * 1024


def run_from_files(
    plan: RunPlan | Mapping[str, Any] | str | Path,
    checkpoint: str | Path,
    config: str | Path | None = None,
    reference: str | Path | None = None,
    candidate: str | Path | None = None,
    implementations: Iterable[str] = (),
    commands: Iterable[str] = (),
    timeout_s: float = 60.0,
    progress: Progress | None = None,
) -> PlanResult:
    """Open the traces and the checkpoint and run `plan`; see `run_plan`.

    An implementation that the plan does not name joins it as a swap at its own place.

    Raises:
        TraceError: a file cannot be read.
        UsageError: an option or the plan cannot be carried out.
    """
    wanted = plan if isinstance(plan, RunPlan) else read_plan(plan)
    codes = read_codes(implementations, commands, timeout_s)
    lab = lab_from_files(checkpoint, config, reference, candidate, progress)
    return run_plan(with_codes(wanted, codes), lab, progress, codes=codes)


def lab_from_files(
    checkpoint: str | Path,
    config: str | Path | None = None,
    reference: str | Path | None = None,
    candidate: str | Path | None = None,
    progress: Progress | None = None,
) -> Lab:
    """Open a checkpoint and up to two traces.

    Raises:
        TraceError: a file cannot be read.
        UsageError: the checkpoint holds no decoder.
    """
    opened = open_checkpoint(checkpoint, config, progress=progress)
    traces = [None if path is None else open_trace(path, progress=progress)
              for path in (reference, candidate)]  # fmt: skip
    roles = [None if trace is None else recognise(trace) for trace in traces]
    match = None
    if traces[0] is not None and traces[1] is not None and roles[0] and roles[1]:
        match = match_traces(traces[0], traces[1], roles[0], roles[1], progress=progress)
        roles = lend_roles(traces[0], traces[1], roles[0], roles[1], match)
    return open_lab(opened, traces[0], traces[1], match, reference_roles=roles[0],
                    candidate_roles=roles[1])  # fmt: skip


def read_plan(plan: Mapping[str, Any] | str | Path) -> RunPlan:
    """The plan of a mapping or of a JSON file.

    Raises:
        TraceError: the file is no JSON.
        UsageError: it cannot be read, or is no plan.
    """
    if isinstance(plan, Mapping):
        return RunPlan.from_dict(plan)
    path = os.fspath(plan)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError("plan", path, f"it cannot be read ({error.strerror or error})", "",
                         "Give a plan file, such as the page writes.") from None  # fmt: skip
    if len(data) > _MAX_BYTES:
        raise UsageError("plan", path, f"it has {len(data)} bytes", "a plan of a few kilobytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("plan", path, "it is no text", "JSON in UTF-8") from None
    return RunPlan.from_dict(parse_json(text, path, "plan"))


def with_codes(plan: RunPlan, codes: Codes) -> RunPlan:
    """`plan` with a swap for each implementation that it does not name."""
    named = {swap.key for swap in plan.swaps}
    named |= {str(choice.implementation) for _, choice in (*plan.nodes, *plan.slots)}
    added = tuple(Swap(name) for name in codes if name not in named)
    return replace(plan, swaps=plan.swaps + added) if added else plan
