"""Is the integration consistent with itself: Euler identity, continuity, times, noise?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.analysis.chunks import inner
from inspector.analysis.health_context import HealthContext, quiet_rows
from inspector.analysis.health_finding import FAIL, NOTE, OK, Finding, NotRecorded, Outcome
from inspector.analysis.ode_steps import ROUNDING_STEPS, StepStats
from inspector.analysis.state_verdict import CONVERGING, OTHER, UNKNOWN
from inspector.names import show_name

LOOSE_RESIDUAL = 5e-3
"""Half-precision arithmetic inside a float32 recording stays below this share of the rms;
a wrong dt of 1 % is caught by the solved dt."""

_DT_SHARE = 0.01
_TIME_TOLERANCE = 2e-3
_SUM_TOLERANCE = 5e-3


def check_ode(context: HealthContext) -> Iterator[Outcome]:
    """Check the identities, the times and the ends of the integration."""
    if not context.ode.steps:
        yield NotRecorded("euler", "the ODE steps", "states and velocities by step")
        return
    yield _euler(context)
    yield _continuity(context)
    yield from _times(context)
    yield _schedule(context)
    yield _noise(context)
    yield from _noise_used(context)
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
    text = (
        f"Euler identity: x_after is not x_before + dt·v: the largest residual is {residual:.2g} "
        f"of the rms of the state, at step {worst.number}"
    )
    if solved:
        step = max(solved, key=_dt_gap)
        values |= {"dt": step.dt, "dt_solved": step.dt_solved, "step": step.number}
        text += (
            f". The state of step {step.number} moved by {step.dt_solved:.5f}·v where dt is "
            f"{step.dt:.5f}: a wrong or stale step length, or tensors of different steps"
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


def _noise(context: HealthContext) -> Outcome:
    start = context.ode.start
    if start is None or start.mean is None or start.std is None:
        return NotRecorded("noise", "the starting noise", "x_before of the first step, or "
                           "initial_noise")  # fmt: skip
    values = {"mean": start.mean, "std": start.std, "kurtosis": context.ode.noise_kurtosis}
    if start.rms == 0:
        return Finding(
            "noise", NOTE,
            "Starting noise: it is all zeros. Such a run cannot show how noise is carried through "
            "the decoder, and no correct run at temperature 1 starts like this.",
            values, severity=45,
        )  # fmt: skip
    # Five standard errors of mean and std of n normal values, plus room for rounding.
    slack = 5 / np.sqrt(start.count) + 5e-3
    kurtosis = context.ode.noise_kurtosis
    odd_shape = kurtosis is not None and abs(kurtosis - 3) > 5 * np.sqrt(24 / start.count) + 0.05
    if abs(start.mean) <= slack and abs(start.std - 1) <= slack and not odd_shape:
        return Finding(
            "noise", OK,
            f"Starting noise: mean {start.mean:.4f}, std {start.std:.4f}, as of N(0, 1).", values,
        )  # fmt: skip
    shape = f", kurtosis {kurtosis:.2f} (a normal has 3)" if odd_shape else ""
    return Finding(
        "noise", NOTE,
        f"Starting noise: mean {start.mean:.3f}, std {start.std:.3f}{shape}, not N(0, 1): a "
        "temperature, a scale, another distribution, or a recording that starts in the middle.",
        values, severity=40,
    )  # fmt: skip


def _noise_used(context: HealthContext) -> Iterator[Outcome]:
    """The noise file that nobody integrated: both sides then agree on an idle tensor."""
    role = context.roles.get("initial_noise")
    steps = context.roles.trajectory.steps
    first = steps[0].x_before if steps[0].number <= 1 else None
    if role is None or first is None:
        return
    noise, state = quiet_rows(role), quiet_rows(first)
    if noise is None or state is None or noise.ndim != 3 or state.ndim != 3:
        return
    noise = noise[:, :, : state.shape[2]]
    if noise.shape != state.shape or np.array_equal(noise, state):
        return
    a, b = noise.astype(np.float64).reshape(-1), state.astype(np.float64).reshape(-1)
    scale = inner(a, b) / inner(a, a) if a.any() else 0.0
    left = b - scale * a
    rest = float(np.sqrt(inner(left, left) / max(inner(b, b), 1e-300)))
    if rest <= 1e-2 and scale > 0:
        return  # a temperature, or rounding
    names = tuple(r.record.name for r in (role, first))
    yield Finding(
        "noise_used", NOTE,
        f"Starting noise: {show_name(names[0], 80)} is not the state that step "
        f"{steps[0].number} starts from ({100 * min(rest, 1.0):.0f} % of its norm differs). The "
        "run used another draw, so equal noise files on both sides prove nothing.",
        {"relative_l2": rest}, names, 55,
    )  # fmt: skip


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
