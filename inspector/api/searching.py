"""Search for the mistake behind a difference."""

from __future__ import annotations

from pathlib import Path

from inspector.api.comparing import open_pair
from inspector.diagnose.culprit import DEFAULT_BUDGET_SECONDS
from inspector.diagnose.options import DiffOptions
from inspector.diagnose.suspect import CulpritReport
from inspector.errors import UsageError
from inspector.report.culprit import culprit_document, render_culprit
from inspector.report.strict_json import dumps
from inspector.report.writing import write_bytes
from inspector.tensors import Progress


def culprit(
    reference: str | Path,
    candidate: str | Path,
    *,
    checkpoint: str | Path,
    config: str | Path | None = None,
    map: str | Path | None = None,
    budget: float = DEFAULT_BUDGET_SECONDS,
    json: str | Path | None = None,
    progress: Progress | None = None,
) -> CulpritReport:
    """Find the known mistakes that reproduce the candidate's numbers.

    The options are those of ``inspector culprit``.

    Args:
        reference, candidate: trace folders or files.
        checkpoint: weights that the reference ran with.
        config: JSON file with settings of the decoder that shapes do not tell.
        map: mapping file, reference name -> candidate name (YAML or JSON).
        budget: seconds after which the best so far is returned as incomplete.
        json: also write the JSON document there.
        progress: called as ``progress(done, total, what)``; may raise `Cancelled`.

    Raises:
        TraceError: a trace or the checkpoint cannot be read.
        UsageError: an option cannot be used, or nothing of the decoder was recorded.
    """
    from inspector.live.checkpoint import open_checkpoint
    from inspector.views.culprit import search_lab
    from inspector.views.lab import find_lab

    if not budget > 0:
        raise UsageError("budget", "budget", f"it is {budget:g} seconds", "more than 0")
    opened = open_checkpoint(checkpoint, config)
    options = DiffOptions(map_path=None if map is None else str(map))
    lab = find_lab(open_pair(reference, candidate, options, progress), opened, progress)
    report = search_lab(lab, budget_seconds=budget, progress=progress)
    if json is not None:
        write_bytes(Path(json), (culprit_json(report) + "\n").encode())
    return report


def culprit_json(report: CulpritReport) -> str:
    """The JSON document of a culprit search as strict JSON text."""
    return dumps(culprit_document(report), indent=2)


def culprit_text(report: CulpritReport, *, verbose: bool = False) -> str:
    """The report of a culprit search as terminal text without control characters."""
    return render_culprit(report, verbose=verbose)
