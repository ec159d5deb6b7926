"""Do the times of the integration fit together: dt, its sum, the schedule?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.analysis.health_context import HealthContext, quiet_rows
from inspector.analysis.health_finding import FAIL, NOTE, OK, Finding, NotRecorded, Outcome

_TIME_TOLERANCE = 2e-3
_SUM_TOLERANCE = 5e-3


def check_times(context: HealthContext) -> Iterator[Outcome]:
    """Check dt against t, the sum of dt, and the law of the times."""
    if context.ode.steps:
        yield from _times(context)
        yield _schedule(context)


def _times(context: HealthContext) -> Iterator[Outcome]:
    ode = context.ode
    if ode.dt_error is not None and not ode.dt_error <= _TIME_TOLERANCE:
        yield Finding(
            "times", FAIL,
            f"Times: the recorded dt differs from t[n+1] - t[n] by up to {ode.dt_error:.4f}: dt is "
            "constant where the schedule is not, or a step reuses the time of another.",
            {"dt_error": ode.dt_error}, severity=68,
        )  # fmt: skip
        return
    if ode.sum_dt is None:
        yield NotRecorded("times", "the sum of dt", "dt, or t of each step")
        return
    values = {"sum_dt": ode.sum_dt, "steps": len(ode.steps), "t_end": ode.t_end}
    if abs(ode.sum_dt - 1) <= _SUM_TOLERANCE:
        yield Finding("times", OK, f"Times: dt sums to {ode.sum_dt:.6f} over {len(ode.steps)} "
                      "steps.", values)  # fmt: skip
    elif _is_whole(context):
        yield Finding(
            "times", FAIL,
            f"Times: dt sums to {ode.sum_dt:.4f} over all {len(ode.steps)} steps instead of 1: the "
            "integration stops short or overshoots (a step repeated or skipped).",
            values, severity=68,
        )  # fmt: skip
    else:
        yield Finding(
            "times", NOTE,
            f"Times: the recorded steps sum to dt = {ode.sum_dt:.4f}, not 1; whether steps are "
            "missing from the recording or from the run cannot be told.",
            values, severity=30,
        )  # fmt: skip


def _is_whole(context: HealthContext) -> bool:
    """The recorded steps are known to be the whole integration."""
    ode, steps = context.ode, context.roles.trajectory.steps
    if ode.missing:
        return False
    if len(ode.steps) in (ode.expected_steps, context.trace.info.steps):
        return True
    mel, last = context.roles.get("mel"), steps[-1].x_after
    if mel is None or last is None or ode.steps[0].number > 1:
        return False
    first, second = quiet_rows(mel), quiet_rows(last)
    return first is not None and second is not None and np.array_equal(first, second)


def _schedule(context: HealthContext) -> Outcome:
    found = context.ode.schedule
    values = {
        "kind": found.kind, "cosine_residual": found.cosine_residual,
        "linear_residual": found.linear_residual,
    }  # fmt: skip
    if found.kind == "unknown":
        return NotRecorded("schedule", "the time schedule", "t_span, or t of every step")
    if found.kind == "cosine":
        return Finding(
            "schedule", OK,
            f"Schedule: the times follow the cosine law 1 - cos(πi/{2 * (found.steps or 0)}) to "
            f"{found.cosine_residual:.1e}.", values,
        )  # fmt: skip
    if found.kind == "linear":
        text = (
            f"Schedule: the times are linear (i/{found.steps}); Chatterbox and CosyVoice use the "
            "cosine law, few-step mean-flow models use the linear one."
        )
    else:
        text = (
            f"Schedule: the times follow neither the cosine law (largest difference "
            f"{found.cosine_residual:.3f}) nor the linear one ({found.linear_residual:.3f})."
        )
    return Finding("schedule", NOTE, text, values, severity=35)
