"""What a health check finds: one sentence with its numbers, and what could not be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

OK, NOTE, FAIL = "ok", "note", "fail"

OF_THE_RUN = frozenset({"cfg_rate", "euler_sign", "schedule", "state", "mel_sign", "log_floor"})
"""Checks of what a run did.  A wrong run, faithfully recorded, fails them; where any other
check fails, recorded numbers contradict each other or their names."""
_RANK = {FAIL: 0, NOTE: 1, OK: 2}

_TITLE = re.compile(r"^\w+(?: \w+){0,2}: ")
_CLAUSE_END = re.compile(r": | \(|; |\. ")


@dataclass(frozen=True)
class Finding:
    """The result of one check of one side.

    Attributes:
        check: stable word for programs, such as ``euler``.
        status: ``fail`` for what no correct run can show, ``note`` for what a reader should
            know (what the recording cannot reveal, say), ``ok`` otherwise.
        sentence: the finding with its numbers and what it usually means.
        values: the numbers, JSON-able.
        tensors: names as stored of the tensors it is about.
        severity: larger explains more; orders findings of one status.
        head: the finding as one clause; empty takes it from the sentence.
    """

    check: str
    status: str
    sentence: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    tensors: tuple[str, ...] = ()
    severity: int = 0
    head: str = ""

    @property
    def headline(self) -> str:
        """The sentence without its title and without what follows its first clause."""
        if self.head:
            return self.head
        text = _TITLE.sub("", self.sentence)
        return _CLAUSE_END.split(text, maxsplit=1)[0].rstrip(".")

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        return {
            "check": self.check,
            "status": self.status,
            "sentence": self.sentence,
            "values": dict(self.values),
            "tensors": list(self.tensors),
            "severity": self.severity,
        }


@dataclass(frozen=True)
class NotRecorded:
    """A check that this trace cannot answer.

    Attributes:
        check: name of the check.
        what: what would have been checked, as a noun.
        needs: which tensors it needs, as a clause.
    """

    check: str
    what: str
    needs: str


Outcome = Finding | NotRecorded


@dataclass(frozen=True)
class HealthReport:
    """All findings of one side: failures first, then notes, then what is fine."""

    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> str:
        """The worst status of all findings; ``note`` when nothing could be checked."""
        if not self.findings:
            return NOTE
        return min((f.status for f in self.findings), key=lambda s: _RANK[s])

    def failures(self) -> tuple[Finding, ...]:
        """Findings that no correct run can show: contradictions, then what the run did wrong."""
        return tuple(f for f in self.findings if f.status == FAIL)

    @property
    def contradicts_itself(self) -> bool:
        """True when recorded numbers contradict each other or what they are called."""
        return any(f.check not in OF_THE_RUN for f in self.failures())

    @property
    def passed(self) -> int:
        """How many checks were made and found nothing."""
        return sum(f.status == OK for f in self.findings)

    def notes(self) -> tuple[Finding, ...]:
        """Findings that a reader should know."""
        return tuple(f for f in self.findings if f.status == NOTE)

    def find(self, check: str) -> Finding | None:
        """The first finding of `check`, or None."""
        return next((f for f in self.findings if f.check == check), None)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {"status": self.status, "findings": [f.to_dict() for f in self.findings]}


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 tensor``, ``2 tensors``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sort findings: failures, notes, ok; each by severity, the largest first.

    Of the failures contradictions come first: what the run did wrong may follow from them.
    """
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                _RANK[f.status],
                f.status == FAIL and f.check in OF_THE_RUN,
                -f.severity,
            ),
        )
    )
