"""The culprit search for the page: its progress, its suspects, where to look next."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from inspector.diagnose.comparison import Comparison
from inspector.diagnose.culprit import Case, find_culprit
from inspector.diagnose.suspect import CulpritReport, Suspect
from inspector.errors import UsageError
from inspector.faults.known_bugs import known_bugs
from inspector.faults.registry import faults
from inspector.live.introduced import IntroducedMap
from inspector.live.lab import Lab
from inspector.tensors import Progress
from inspector.views.lab import LabCheckpoint, find_lab

PAGE_BUDGET_SECONDS = 60.0
_NEXT = 3


def culprit_payload(
    comparison: Comparison,
    checkpoint: LabCheckpoint | None,
    progress: Progress | None = None,
    log: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Search for the culprit of an opened pair.

    Args:
        comparison: the pair.
        checkpoint: weights of the reference.
        progress: may raise `Cancelled`.
        log: called with what is known so far: ``log`` (sentences) and ``suspects``.

    Raises:
        UsageError: no checkpoint, or nothing of the decoder was recorded.
        Cancelled: the progress callback asked to stop.
    """
    lab = find_lab(comparison, checkpoint, progress)
    told: list[str] = []

    def tell(line: str, suspects: tuple[Suspect, ...]) -> None:
        told.append(line)
        if log is not None:
            log({"log": list(told), "suspects": [suspect_row(s, lab, None) for s in suspects]})

    report = search_lab(lab, budget_seconds=PAGE_BUDGET_SECONDS, progress=progress, log=tell)
    return {
        "log": list(report.log),
        "suspects": [suspect_row(s, lab, report.introduced) for s in report.suspects],
        "healthy": report.healthy,
        "sentence": report.sentence,
        "next": _next(report),
        "level": report.level,
        "seconds": report.seconds,
    }


def search_lab(
    lab: Lab,
    *,
    budget_seconds: float,
    progress: Progress | None = None,
    log: Callable[[str, tuple[Suspect, ...]], None] | None = None,
) -> CulpritReport:
    """Run the search on a lab.

    Raises:
        UsageError: a side holds no state of an ODE step.
    """
    for side, name in ((lab.reference, "reference"), (lab.candidate, "candidate")):
        if not side.steps:
            raise UsageError(
                "no-steps", name, "it holds no state of an ODE step", "",
                "Record x_before, the velocities and x_after of every step.",
            )  # fmt: skip
    case = Case(lab.graph, lab.reference_isolator, lab.candidate_isolator)
    return find_culprit(case, budget_seconds=budget_seconds, progress=progress, log=log)


def suspect_row(suspect: Suspect, lab: Lab, errors: IntroducedMap | None) -> dict[str, Any]:
    """A suspect with what the block lab needs to repeat it."""
    block, step = _place(suspect, lab, errors)
    known = suspect.fault in faults()
    places = list(suspect.where) if suspect.scope != "all" else None
    return {
        **suspect.to_dict(),
        "resembles": list(known_bugs(suspect.records)),
        "where": ", ".join(suspect.where[:4]) + (" …" if len(suspect.where) > 4 else ""),
        "margin": suspect.margin if math.isfinite(suspect.margin) else None,
        "block": block,
        "step": step,
        "swaps": [{"key": suspect.fault, "places": places}] if known and block else [],
    }


def _place(suspect: Suspect, lab: Lab, errors: IntroducedMap | None) -> tuple[str, int]:
    """Block and step from 1 at which a suspect shows."""
    blocks = lab.graph.blocks
    found = next((b for w in suspect.where for b in blocks if w == b or w.startswith(f"{b}.")), "")
    for where in suspect.where:
        if where in lab.graph:
            found = lab.graph.node(where).block
            break
    cells = [] if errors is None else [c for c in errors.faulty if c.block == found]
    first = min(lab.candidate.steps, default=0)
    return found, 1 + min((c.step for c in cells), default=first)


def _next(report: CulpritReport) -> list[dict[str, Any]]:
    """Where to look when something stays unexplained."""
    rows = []
    for node in report.unexplained[:_NEXT]:
        cells = [c for c in report.introduced.faulty if c.node == node]
        if not cells:
            continue
        cell = cells[0]
        finer = "" if report.level == "ops" else ": record what is inside it and search again"
        rows.append(
            {
                "sentence": f"{node} introduces {cell.introduced:.1e} at step {cell.step + 1} "
                f"(rounding {cell.floor:.1e}){finer}.",
                "block": cell.block,
                "step": cell.step + 1,
            }
        )
    return rows
