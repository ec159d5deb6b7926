"""One side of a comparison: its trace, what its tensors mean, its health."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from inspector.analysis.health import HealthReport, check_health
from inspector.match.order import execution_order
from inspector.match.roles import recognise
from inspector.names import show_name
from inspector.tensors import Roles, Trace


@dataclass(frozen=True)
class Side:
    """A trace with everything that can be said without the other side.

    Attributes:
        trace: the tensors.
        roles: what they mean.
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
    roles = recognise(trace)
    return Side(trace, roles, execution_order(trace, roles), check_health(trace, roles))
