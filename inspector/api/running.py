"""Run plans of the block lab, with the user's own code where the operator names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inspector.live.plan import RunPlan
from inspector.live.result import PlanResult
from inspector.report.run import render_run, run_document, write_values
from inspector.report.strict_json import dumps
from inspector.report.writing import write_bytes
from inspector.tensors import Progress


def run_plan(
    plan: RunPlan | Mapping[str, Any] | str | Path,
    *,
    checkpoint: str | Path,
    reference: str | Path | None = None,
    candidate: str | Path | None = None,
    config: str | Path | None = None,
    implementation: Sequence[str] = (),
    command: Sequence[str] = (),
    timeout: float = 60.0,
    json: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> PlanResult:
    """Run the decoder, or any part of it, as a plan says.

    The options are those of ``inspector run``.

    Args:
        plan: a plan, its values, or a JSON file with them.
        checkpoint: weights of the reference.
        reference, candidate: traces to take inputs from and to compare with.
        config: JSON file with settings of the decoder that shapes do not tell.
        implementation: texts ``[NAME=]path.py:Name[@slot-or-block[:backend]]``; the code in
            the file runs.
        command: texts ``[BLOCK=]program arguments``; the program runs (see
            `command_protocol`).
        timeout: seconds that a program may take.
        json: also write the JSON document there.
        out: also write every value as safetensors into this folder.
        progress: called as ``progress(done, total, what)``; may raise `Cancelled`.

    Raises:
        TraceError: a file cannot be read.
        UsageError: an option or the plan cannot be carried out.
    """
    from inspector.live.session import run_from_files

    result = run_from_files(
        plan, checkpoint, config, reference, candidate, implementation, command, timeout, progress
    )
    if json is not None:
        write_bytes(Path(json), (run_json(result) + "\n").encode())
    if out is not None:
        write_values(result, out)
    return result


def run_json(result: PlanResult) -> str:
    """The JSON document of a run as strict JSON text."""
    return dumps(run_document(result), indent=2)


def run_text(result: PlanResult) -> str:
    """The report of a run as terminal text without control characters."""
    return render_run(result)


def command_protocol() -> str:
    """How a program takes the place of a block, with a complete example in Swift."""
    from inspector.live.command import protocol

    return protocol()


def offer_implementations(
    implementation: Sequence[str] = (), command: Sequence[str] = (), timeout: float = 60.0
) -> None:
    """Let the page of this process choose implementations; see `run_plan`.

    Raises:
        UsageError: a text does not fit.
    """
    from inspector.live.offered import offer, read_codes

    offer(read_codes(implementation, command, timeout).values())
