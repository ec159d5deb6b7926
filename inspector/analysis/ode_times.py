"""Times of an ODE integration: step lengths, their source, and the law they follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inspector.analysis.ode_steps import StepStats, scalar
from inspector.analysis.schedule import UNKNOWN_SCHEDULE, ScheduleFit, fit_schedule
from inspector.errors import TraceError
from inspector.tensors import OdeTrajectory, RoleTensor

_ARRIVED = 0.02
"""An integration whose last time is this near to 1 is recorded to its end."""


def read_span(role: RoleTensor | None) -> list[float] | None:
    """The recorded times t_0..t_S, or None when there are none or they are not finite."""
    if role is None or role.record.size < 2:
        return None
    try:
        values = [float(v) for v in np.real(role.read()).reshape(-1)]
    except TraceError:
        return None
    return values if np.isfinite(values).all() else None


def step_lengths(
    trajectory: OdeTrajectory, span: Sequence[float] | None, base: int
) -> dict[int, tuple[float | None, str]]:
    """dt of every step by number, with its source.

    The source is ``recorded``, else ``t`` (difference to the next step's t), else
    ``t_span``, else empty with dt None: then dt has to be solved from the states.
    """
    times = {s.number: _quiet(s.t) for s in trajectory.steps}
    found: dict[int, tuple[float | None, str]] = {}
    for step in trajectory.steps:
        here, there = times[step.number], times.get(step.number + 1)
        place = step.number - base
        recorded = _quiet(step.dt)
        if recorded is not None:
            found[step.number] = (recorded, "recorded")
        elif here is not None and there is not None:
            found[step.number] = (there - here, "t")
        elif span is not None and 0 <= place < len(span) - 1:
            found[step.number] = (span[place + 1] - span[place], "t_span")
        else:
            found[step.number] = (None, "")
    return found


def _quiet(role: RoleTensor | None) -> float | None:
    try:
        return scalar(role)
    except TraceError:
        return None


def end_time(step: StepStats, span: Sequence[float] | None, base: int) -> float | None:
    """The time that is reached after `step`, or None when unknown."""
    if step.t is not None and step.dt is not None:
        return step.t + step.dt
    place = step.number - base + 1
    return span[place] if span is not None and 0 <= place < len(span) else None


def dt_error(steps: Sequence[StepStats], span: Sequence[float] | None, base: int) -> float | None:
    """Largest |dt - (t_next - t)| over steps with a recorded dt; None when not recorded."""
    times = {s.number: s.t for s in steps}
    errors = []
    for step in steps:
        if step.dt is None or step.dt_source != "recorded":
            continue
        here, there = step.t, times.get(step.number + 1)
        if here is not None and there is not None:
            errors.append(abs(step.dt - (there - here)))
        place = step.number - base
        if span is not None and 0 <= place < len(span) - 1:
            errors.append(abs(step.dt - (span[place + 1] - span[place])))
    return max(errors, default=None)


def schedule_of(
    steps: Sequence[StepStats], span: Sequence[float] | None, base: int, complete: bool
) -> ScheduleFit:
    """Fit the times of t_span, else of the steps' t, else of the sums of dt.

    Args:
        steps: measured steps, in order.
        span: t_0..t_S when recorded.
        base: number of the first step of an integration, 0 or 1.
        complete: no step between the first and the last is missing.
    """
    if span is not None:
        return fit_schedule(range(len(span)), span, len(span) - 1, "t_span")
    last = steps[-1]
    count = last.number - base + 1
    places = [s.number - base for s in steps if s.t is not None]
    times = [s.t for s in steps if s.t is not None]
    if times:
        end = end_time(last, None, base)
        # Only an integration that reaches t = 1 tells how many steps it has.
        if end is None or abs(end - 1) > _ARRIVED:
            return fit_schedule(places, times, None, "t")
        return fit_schedule([*places, count], [*times, end], count, "t")
    lengths = [s.dt for s in steps if s.dt is not None]
    if not complete or len(lengths) < len(steps):
        return UNKNOWN_SCHEDULE
    times = [0.0, *np.cumsum(lengths).tolist()]
    arrived = abs(times[-1] - 1) <= _ARRIVED
    return fit_schedule(range(count + 1), times, count if arrived else None, "sum of dt")
