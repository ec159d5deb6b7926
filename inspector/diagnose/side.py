"""One side of a comparison: its trace, what its tensors mean, its health."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath

from inspector.analysis.health import Finding, HealthReport, check_health
from inspector.analysis.health_finding import NOTE, ordered
from inspector.match.lending import lend_roles
from inspector.match.matching import MatchResult
from inspector.match.order import execution_order
from inspector.match.roles import recognise
from inspector.names import show_name
from inspector.tensors import Roles, Trace

_TOLD_BEFORE_MISSING = 16
"""Severity of the note on roles: just before what is not recorded."""


@dataclass(frozen=True)
class Side:
    """A trace with everything that can be said without the other side.

    Attributes:
        trace: the tensors.
        roles: what they mean, by their own names or by those of their partners, see
            `share_roles`.
        order: tensor names in order of execution.
        health: what the trace says about itself.
    """

    trace: Trace
    roles: Roles
    order: tuple[str, ...]
    health: HealthReport

    @property
    def label(self) -> str:
        """Short name of the trace for a person: the last part of its path."""
        return show_name(PurePath(self.trace.path).name or self.trace.path, 60)


def examine(trace: Trace) -> Side:
    """Recognise the roles of `trace`, order it and check its health."""
    return _with_roles(trace, recognise(trace))


def share_roles(reference: Side, candidate: Side, match: MatchResult) -> tuple[Side, Side]:
    """Both sides, with the roles that only the names of the other side tell.

    A side that takes over roles is checked again, and its health says so.

    Args:
        reference, candidate: the sides by their own names.
        match: what belongs together.
    """
    roles = lend_roles(reference.trace, candidate.trace, reference.roles, candidate.roles, match)
    return _taught(reference, roles[0], "candidate"), _taught(candidate, roles[1], "reference")


def _with_roles(trace: Trace, roles: Roles) -> Side:
    return Side(trace, roles, execution_order(trace, roles), check_health(trace, roles))


def _taught(side: Side, roles: Roles, teacher: str) -> Side:
    if roles is side.roles:
        return side
    found = _with_roles(side.trace, roles)
    names = tuple(name for name in roles.by_name if name not in side.roles.by_name)
    many = "1 tensor is" if len(names) == 1 else f"{len(names)} tensors are"
    told = Finding(
        "roles_taken_over", NOTE,
        f"Roles: the names do not tell what {many}; that was taken over from the {teacher}'s "
        "tensors that they are paired with, by equal values or a mapping file.",
        {"tensors": len(names)}, names, _TOLD_BEFORE_MISSING,
    )  # fmt: skip
    return replace(found, health=HealthReport(ordered([*found.health.findings, told])))
