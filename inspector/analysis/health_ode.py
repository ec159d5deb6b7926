"""Is the integration consistent with itself: Euler identity, continuity, rows, end?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.analysis.health_context import HealthContext
from inspector.analysis.health_finding import FAIL, NOTE, OK, Finding, NotRecorded, Outcome
from inspector.analysis.ode_steps import LOOSE_RESIDUAL, ROUNDING_STEPS, StepStats
from inspector.analysis.state_verdict import CONVERGING, OTHER, UNKNOWN

_DT_SHARE = 0.01


def check_ode(context: HealthContext) -> Iterator[Outcome]:
    """Check the Euler identity, continuity, the rows and the end of the integration."""
    if not context.ode.steps:
        yield NotRecorded("euler", "the ODE steps", "states and velocities by step")
        return
    yield _euler(context)
    yield _continuity(context)
    yield from _rows(context)
    yield _state(context)


def grade(residual: float, eps: float) -> str:
    """Status of an identity residual: within rounding, loose, or broken (also for NaN)."""
    if residual <= ROUNDING_STEPS * eps:
        return OK
    return NOTE if residual <= max(LOOSE_RESIDUAL, ROUNDING_STEPS * eps) else FAIL


def _euler(context: HealthContext) -> Outcome:
    steps = [s for s in context.ode.steps if s.euler_residual is not None]
    if not steps:
        return NotRecorded("euler", "the Euler identity", "x_before, x_after and v_cfg of a step")
    worst = max(steps, key=lambda s: _size(s.euler_residual))
    residual = worst.euler_residual or 0.0
    values = {"residual": residual, "step": worst.number, "steps": len(steps)}
    solved = [s for s in steps if _dt_gap(s) > _DT_SHARE]
    status = FAIL if solved else max((grade(_size(s.euler_residual), s.eps) for s in steps),
                                     key=(OK, NOTE, FAIL).index)  # fmt: skip
    if status == OK:
        return Finding(
            "euler", OK,
            f"Euler identity: x_after = x_before + dt·v holds in all {len(steps)} recorded steps; "
            f"largest residual {residual:.1e} of the rms of the state, at step {worst.number}.",
            values, severity=5,
        )  # fmt: skip
    if solved and all(_backwards(s) for s in steps):
        many = f"in all {len(steps)} steps" if len(steps) > 1 else "in the one recorded step"
        head = f"the Euler step goes backwards, x_after = x_before - dt·v {many}"
        return Finding(
            "euler_sign", FAIL, f"Euler step: {head}.", values, _names(context, steps[0].number),
            90, head,
        )  # fmt: skip
    off = f"largest residual {residual:.2g} of the rms of the state, at step {worst.number}"
    text = f"Euler identity: x_after is not x_before + dt·v: the {off}"
    if solved:
        step = max(solved, key=_dt_gap)
        values |= {"dt": step.dt, "dt_solved": step.dt_solved, "step": step.number}
        text = (
            f"Euler identity: the state of step {step.number} moved by {step.dt_solved:.5f}·v "
            f"where dt is {step.dt:.5f}: a wrong or stale step length, or tensors of different "
            f"steps; {off}"
        )
    elif status == NOTE:
        text += (
            f", more than rounding ({ROUNDING_STEPS * worst.eps:.1e}) explains: part of the "
            "update ran in lower precision, or dt is stored rounded"
        )
    else:
        text += (
            ": the recorded velocity is not the one that moved the state (another tensor under "
            "this name, another solver, or a state changed afterwards)"
        )
    return Finding("euler", status, f"{text}.", values, _names(context, worst.number), 75)


def _size(value: float | None) -> float:
    return float("inf") if value is None or np.isnan(value) else value


def _backwards(step: StepStats) -> bool:
    """True when the state moved by -dt·v."""
    own, dt = step.dt_solved, step.dt
    return own is not None and dt is not None and abs(own + dt) <= _DT_SHARE * abs(dt)


def _dt_gap(step: StepStats) -> float:
    """Relative gap between the dt given and the dt that the states show."""
    if step.dt is None or step.dt_solved is None or step.dt_source == "solved" or not step.dt:
        return 0.0
    gap = abs(step.dt_solved / step.dt - 1)
    return 0.0 if np.isnan(gap) else gap


def _continuity(context: HealthContext) -> Outcome:
    steps = [s for s in context.ode.steps if s.continuity_error is not None]
    if not steps:
        return NotRecorded("continuity", "continuity of the state", "x_before and x_after of "
                           "consecutive steps")  # fmt: skip
    worst = max(steps, key=lambda s: _size(s.continuity_error))
    error = worst.continuity_error or 0.0
    values = {"error": error, "step": worst.number}
    status = max((grade(_size(s.continuity_error), s.eps) for s in steps),
                 key=(OK, NOTE, FAIL).index)  # fmt: skip
    if status == OK:
        how = "exactly" if error == 0 else f"within {error:.1e} of its rms"
        text = f"Continuity: each step starts {how} from the state the step before left."
    else:
        text = (
            f"Continuity: step {worst.number} starts from another state than the step before left "
            f"(largest difference {error:.2g} of the rms): steps of different runs are mixed, or "
            "the state is changed between steps."
        )
    return Finding("continuity", status, text, values, _names(context, worst.number)
                   if status != OK else (), 70)  # fmt: skip


def _rows(context: HealthContext) -> Iterator[Outcome]:
    differing = [s for s in context.ode.steps if s.rows_equal is False]
    doubled = [s for s in context.ode.steps if s.rows_equal is not None]
    if differing:
        step = differing[0]
        fed = step.before_rows_equal is False
        yield Finding(
            "state_rows", FAIL if fed and _has_velocity(context) else NOTE,
            f"State rows: at step {step.number} row 1 of the state holds other values than row 0. "
            "Under guidance both rows are the same state; row 0 is used here.",
            {"step": step.number}, _names(context, step.number), 60,
        )  # fmt: skip
    elif doubled:
        yield Finding(
            "state_rows", OK, f"State rows: both rows of the doubled state are equal in all "
            f"{len(doubled)} steps.",
        )  # fmt: skip


def _has_velocity(context: HealthContext) -> bool:
    return any(s.v_cfg is not None or s.v_cond is not None for s in context.ode.steps)


def _state(context: HealthContext) -> Outcome:
    verdict = context.ode.verdict
    if verdict.kind == UNKNOWN:
        return NotRecorded("state", "where the state ends", "the first and the last state")
    status = OK if verdict.kind == CONVERGING else NOTE if verdict.kind == OTHER else FAIL
    values = {"kind": verdict.kind, "noise_correlation": verdict.noise_correlation,
              "noise_frames": verdict.noise_frames}  # fmt: skip
    return Finding("state", status, f"State: {verdict.sentence[:1].lower()}{verdict.sentence[1:]}",
                   values, severity=82)  # fmt: skip


def _names(context: HealthContext, number: int) -> tuple[str, ...]:
    """Names of the states and the velocity of one step."""
    step = context.roles.trajectory.step(number)
    if step is None:
        return ()
    parts = (step.x_before, step.v_cfg, step.x_after)
    return tuple(p.record.name for p in parts if p is not None)
