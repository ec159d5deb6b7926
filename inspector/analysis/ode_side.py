"""The ODE integration of one side: states, velocities, guidance, schedule, verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.analysis.ode_ends import kurtosis, read_final, read_start, valid_frames
from inspector.analysis.ode_steps import StepStats, crop_frames, describe_step, unreadable
from inspector.analysis.ode_times import dt_error, end_time, read_span, schedule_of, step_lengths
from inspector.analysis.schedule import UNKNOWN_SCHEDULE, ScheduleFit
from inspector.analysis.state_verdict import NO_STEPS, StateVerdict, judge_state, noise_left
from inspector.errors import TraceError
from inspector.metrics.side import SideStats, describe
from inspector.tensors import Array, OdeTrajectory, Roles


@dataclass(frozen=True)
class OdeSide:
    """The integration of one side.

    Attributes:
        steps: one entry per recorded step, in order of number.
        start: values of the first x_before (or of the initial noise), "step 0".
        noise_kurtosis: fourth standardised moment of the start, 3 for a normal
            distribution; None when not recorded.
        expected_steps: steps of the whole integration, from t_span; None when unknown.
        missing: numbers of steps that must exist but are not recorded.
        sum_dt: sum of dt over the recorded steps; None when any is unknown.
        t_end: time after the last recorded step; None when unknown.
        dt_error: max |dt - (t of the next step - t)|; None when dt or t are not recorded.
        schedule: law of the times.
        cfg_rate: guidance rate solved over all steps together; None when undefined.
        cfg_rate_range: smallest and largest rate of a step.
        cfg_residual, euler_residual, continuity_error: largest of all steps.
        verdict: where the state went.
        notes: what could not be read or checked.
    """

    steps: tuple[StepStats, ...] = ()
    start: SideStats | None = None
    noise_kurtosis: float | None = None
    expected_steps: int | None = None
    missing: tuple[int, ...] = ()
    sum_dt: float | None = None
    t_end: float | None = None
    dt_error: float | None = None
    schedule: ScheduleFit = UNKNOWN_SCHEDULE
    cfg_rate: float | None = None
    cfg_rate_range: tuple[float, float] | None = None
    cfg_residual: float | None = None
    euler_residual: float | None = None
    continuity_error: float | None = None
    verdict: StateVerdict = NO_STEPS
    notes: tuple[str, ...] = ()

    @property
    def base(self) -> int:
        """Number of the first step of an integration in this recording: 0 or 1."""
        return _base(self.steps[0].number) if self.steps else 1

    def to_dict(self) -> dict[str, Any]:
        """The side as plain JSON values."""
        plain = {
            key: getattr(self, key)
            for key in (
                "noise_kurtosis", "expected_steps", "sum_dt", "t_end", "dt_error", "cfg_rate",
                "cfg_residual", "euler_residual", "continuity_error",
            )
        }  # fmt: skip
        return {
            "steps": [s.to_dict() for s in self.steps],
            "start": None if self.start is None else self.start.to_dict(),
            "missing": list(self.missing),
            "cfg_rate_range": None if self.cfg_rate_range is None else list(self.cfg_rate_range),
            "schedule": self.schedule.to_dict(),
            "verdict": self.verdict.to_dict(),
            "notes": list(self.notes),
            **plain,
        }


@np.errstate(all="ignore")  # Inf and NaN in, Inf and NaN out: they are results here
def describe_trajectory(trajectory: OdeTrajectory, roles: Roles | None = None) -> OdeSide:
    """Measure the ODE steps of one side, one step in memory at a time.

    A step that cannot be read stays in the result without numbers, with its reason in
    the notes.

    Args:
        trajectory: the recorded steps.
        roles: the other tensors of the side: its initial noise stands in for a missing
            first x_before, its mask says which frames are padding.
    """
    if not trajectory.steps:
        return OdeSide()
    roles = roles or Roles()
    base = _base(trajectory.steps[0].number)
    span = read_span(trajectory.t_span)
    frames = valid_frames(trajectory, roles)
    try:
        start = read_start(trajectory, roles)
    except TraceError:
        start = None  # the unreadable tensor is named by the step it belongs to
    steps = _measure_steps(trajectory, step_lengths(trajectory, span, base), start, frames)
    try:
        final = read_final(trajectory)
    except TraceError:
        final = None

    expected = None if span is None else len(span) - 1
    numbers = {s.number for s in steps}
    last_number = base + expected - 1 if expected else max(numbers)
    missing = tuple(n for n in range(base, last_number + 1) if n not in numbers)
    lengths = [s.dt for s in steps]
    known = [x for x in lengths if x is not None]
    guided = [c for s in steps if (c := s.cfg) and c.rate is not None and np.isfinite(c.rate)]
    rates = [c.rate for c in guided if c.rate is not None]
    bottom = sum(c.denominator for c in guided)
    start = None if start is None else crop_frames(start, frames)
    final = None if final is None else crop_frames(final, frames)
    start_stats = None if start is None else describe(start)
    left = (None, None) if start is None or final is None else noise_left(start, final)
    t_end = end_time(steps[-1], span, base)
    velocity = steps[-1].v_cfg or steps[-1].v_cond
    return OdeSide(
        steps=steps,
        start=start_stats,
        noise_kurtosis=None if start is None else kurtosis(start),
        expected_steps=expected,
        missing=missing,
        sum_dt=float(sum(known)) if len(known) == len(lengths) else None,
        t_end=t_end,
        dt_error=dt_error(steps, span, base),
        schedule=schedule_of(steps, span, base, complete=not missing),
        cfg_rate=sum(c.numerator for c in guided) / bottom if bottom > 0 else None,
        cfg_rate_range=(min(rates), max(rates)) if rates else None,
        cfg_residual=_largest([s.cfg_residual for s in steps]),
        euler_residual=_largest([s.euler_residual for s in steps]),
        continuity_error=_largest([s.continuity_error for s in steps]),
        verdict=judge_state(
            start_stats,
            steps[-1].state,
            velocity,
            steps=len(steps),
            t_end=t_end,
            correlation=left[0],
            noise_frames=left[1],
        ),
        notes=tuple(note for s in steps for note in s.notes),
    )


def _measure_steps(
    trajectory: OdeTrajectory,
    lengths: dict[int, tuple[float | None, str]],
    start: Array | None,
    frames: int | None,
) -> tuple[StepStats, ...]:
    found: list[StepStats] = []
    # The noise stands in for the state before the first step; a recorded x_before speaks
    # for itself and has nothing before it to be continuous with.
    previous = start if trajectory.steps[0].x_before is None else None
    number_before: int | None = None
    for step in trajectory.steps:
        if number_before is not None and step.number != number_before + 1:
            previous = None
        try:
            stats, previous = describe_step(step, *lengths[step.number], previous, frames)
        except TraceError as error:
            stats, previous = unreadable(error, step.number), None
        found.append(stats)
        number_before = step.number
    return tuple(found)


def _base(first_number: int) -> int:
    return 0 if first_number == 0 else 1


def _largest(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.max(known)) if known else None  # np.max keeps NaN
