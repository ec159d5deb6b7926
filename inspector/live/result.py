"""What a run gives: values, their errors against both recordings, a trajectory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inspector.errors import UsageError
from inspector.live.noise import relative_l2
from inspector.live.plan import RunPlan
from inspector.tensors import Array


@dataclass(frozen=True)
class ErrorFigures:
    """A value of the run against a recorded one.

    Attributes:
        relative_l2: ||run - recorded|| / ||recorded||.
        max_abs: largest |run - recorded|.
        floor_ratio: relative_l2 in units of the noise floor; None where it was not measured.
    """

    relative_l2: float
    max_abs: float
    floor_ratio: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Plain values; what is not finite is None."""
        return {name: finite(value) for name, value in vars(self).items()}


@dataclass(frozen=True)
class NodeErrors:
    """One value of the run against what both sides recorded.

    Attributes:
        name, step: which value; steps from 1.
        reference, candidate: None for a side that did not record it.
        nonfinite: how many values of the run are NaN or Inf.
    """

    name: str
    step: int
    reference: ErrorFigures | None
    candidate: ErrorFigures | None
    nonfinite: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        sides = {"error_reference": self.reference, "error_candidate": self.candidate}
        return {
            "name": self.name, "step": self.step, "nonfinite": self.nonfinite,
            **{k: None if v is None else v.to_dict() for k, v in sides.items()},
        }  # fmt: skip


@dataclass(frozen=True)
class Trajectory:
    """A solved ODE.

    Attributes:
        steps: steps from 1 that ran.
        states: x before each step and after the last [S + 1, B, T, F].
        velocities: guided velocity of each step [S, B, T, F].
    """

    steps: tuple[int, ...]
    states: Array
    velocities: Array

    @property
    def mel(self) -> Array:
        """The last state [B, T, F], prompt frames included."""
        return self.states[-1]


@dataclass(frozen=True, eq=False)
class PlanResult:
    """What a plan gave.

    Attributes:
        plan: what ran.
        values: step from 1 -> name -> value, frames first.
        errors: of every value that a side recorded.
        floors: noise floor by step and name, where measured.
        trajectory: of an ``ode``.
        seconds: time of the run itself.
        notes: assumptions and remarks, one sentence each.
    """

    plan: RunPlan
    values: Mapping[int, Mapping[str, Array]]
    errors: tuple[NodeErrors, ...] = ()
    floors: Mapping[tuple[int, str], float] = field(default_factory=dict)
    trajectory: Trajectory | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def value(self, name: str, step: int | None = None) -> Array:
        """A value of the run, at its first step when `step` is None.

        Raises:
            UsageError: the run did not return it.
        """
        at = min(self.values, default=0) if step is None else step
        if name not in self.values.get(at, {}):
            raise UsageError("unknown", name, f"the run returned no such value at step {at}")
        return self.values[at][name]

    def error(self, name: str, step: int | None = None) -> NodeErrors | None:
        """The errors of a value, None where no side recorded it."""
        at = min(self.values, default=0) if step is None else step
        return next((e for e in self.errors if e.name == name and e.step == at), None)

    @property
    def size(self) -> int:
        """Bytes of all values."""
        held = sum(a.nbytes for at in self.values.values() for a in at.values())
        if self.trajectory is not None:
            held += self.trajectory.states.nbytes + self.trajectory.velocities.nbytes
        return held

    def to_dict(self) -> dict[str, Any]:
        """Everything but the arrays as JSON values."""
        return {
            "plan": self.plan.to_dict(),
            "seconds": self.seconds,
            "notes": list(self.notes),
            "values": [
                {"name": n, "step": step, "shape": list(a.shape), "dtype": str(a.dtype),
                 "noise_floor": finite(self.floors.get((step, n)))}
                for step, at in self.values.items() for n, a in at.items()
            ],
            "errors": [e.to_dict() for e in self.errors],
        }  # fmt: skip


def measure(run: Array, recorded: Array, floor: float | None = None) -> ErrorFigures:
    """Errors of `run` against `recorded`, computed in float64."""
    found = relative_l2(run, recorded)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(np.asarray(run, np.float64) - np.asarray(recorded, np.float64))
    largest = float(difference.max()) if difference.size else 0.0
    return ErrorFigures(found, largest, None if floor is None else found / floor)


def finite(value: float | None) -> float | None:
    """`value`, or None when it is no finite number."""
    return value if value is not None and math.isfinite(value) else None
