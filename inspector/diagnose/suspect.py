"""What a culprit search found: suspects, best first, and what was ruled out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from inspector.live.introduced import IntroducedMap

EXACT, RECOVERED, STATISTICAL, INPUT, PARTIAL = (
    "exact", "recovered", "statistical", "input", "partial",
)  # fmt: skip
EVIDENCE = (EXACT, RECOVERED, STATISTICAL, INPUT, PARTIAL)
"""How a suspect is known: its numbers were reproduced; the weights were solved for; the
statistics of a random draw agree; an input differs; only part of the error is explained."""


@dataclass(frozen=True)
class Suspect:
    """One mistake that explains what the candidate does.

    Attributes:
        fault: key of the fault registry, or of a finding outside it.
        title, change: what it is and what exactly it changes.
        slot: slot of the architecture.
        where: nodes, blocks or inputs at which it was found.
        scope: ``all`` places that the trace shows, ``some`` or ``one``.
        explained: share of the introduced error that it explains, 0 to 1.
        residual: relative L2 that is left.
        noise_floor: relative L2 that rounding alone leaves.
        margin: how many times larger the residual of the next best explanation is.
        evidence: one of `EVIDENCE`.
        cells: number of cells it was tested on.
        records: short IDs of the recorded bugs it stands for.
        alike: keys of faults that this trace cannot tell from it.
        kind: ``fault``, or ``control`` for a difference that is no mistake.
        sentence: the finding in words.
    """

    fault: str
    title: str
    change: str
    slot: str
    where: tuple[str, ...]
    scope: str
    explained: float
    residual: float
    noise_floor: float
    margin: float
    evidence: str
    cells: int
    records: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    kind: str = "fault"
    sentence: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "fault": self.fault, "title": self.title, "change": self.change, "slot": self.slot,
            "where": list(self.where), "scope": self.scope, "explained": self.explained,
            "residual": self.residual, "noise_floor": self.noise_floor, "margin": self.margin,
            "evidence": self.evidence, "cells": self.cells, "records": list(self.records),
            "alike": list(self.alike), "kind": self.kind, "sentence": self.sentence,
        }  # fmt: skip


@dataclass(frozen=True)
class CulpritReport:
    """The result of a culprit search.

    Attributes:
        suspects: best first.
        healthy: True when every cell is within its noise floor or explained by a control
            (precision, other noise); None when nothing could be tested.
        introduced: the map of the candidate.
        unexplained: nodes whose error no suspect explains, in order of execution.
        log: what was tried and ruled out, in order.
        sentence: the conclusion.
        reference_faults: nodes where the reference's own recording parts from its checkpoint.
        level: ``states``, ``blocks`` or ``ops``: what the traces hold.
        seconds: how long the search took.
        complete: False when the budget ran out first.
    """

    suspects: tuple[Suspect, ...]
    healthy: bool | None
    introduced: IntroducedMap
    unexplained: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    sentence: str = ""
    reference_faults: tuple[str, ...] = ()
    level: str = ""
    seconds: float = 0.0
    complete: bool = True
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of ``inspector culprit``."""
        return {
            "healthy": self.healthy,
            "sentence": self.sentence,
            "suspects": [s.to_dict() for s in self.suspects],
            "unexplained": list(self.unexplained),
            "reference_faults": list(self.reference_faults),
            "level": self.level,
            "complete": self.complete,
            "seconds": self.seconds,
            "log": list(self.log),
            "notes": list(self.notes),
            "introduced": self.introduced.to_dict(),
        }
