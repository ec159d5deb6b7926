"""Classifier-free guidance: its identity, its rate, and its unconditional row."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.analysis.health_context import HealthContext
from inspector.analysis.health_finding import (
    FAIL,
    NOTE,
    OK,
    Finding,
    NotRecorded,
    Outcome,
    counted,
)
from inspector.analysis.health_ode import grade
from inspector.analysis.ode_identities import USUAL_CFG_RATE, name_formula
from inspector.analysis.ode_steps import StepStats
from inspector.names import show_name

_RATE_TOLERANCE = 0.01
_CONDITIONING = ("mu", "cond", "speaker_embedding")


def check_cfg(context: HealthContext) -> Iterator[Outcome]:
    """Check guidance identity, solved rate, unconditional velocity and conditioning rows."""
    steps = [s for s in context.ode.steps if s.cfg is not None]
    zero = _zero_uncond(context)
    if zero is not None:
        yield zero
    if steps:
        yield from _rows_equal(context, steps)
        yield _identity(context, steps)
        rate = _rate(context, steps, zero_uncond=zero is not None and zero.status == FAIL)
        if rate is not None:
            yield rate
    else:
        yield NotRecorded("cfg", "the guidance identity and the CFG rate", "v_cond, v_uncond and "
                          "v_cfg of a step")  # fmt: skip
    yield from _conditioning(context)


def _zero_uncond(context: HealthContext) -> Finding | None:
    facts = list(context.of_role("v_uncond"))
    if not facts:
        return None
    zero = [f for f in facts if f.zero]
    if not zero:
        return Finding("uncond_zero", OK, f"Unconditional velocity: not zero in any of "
                       f"{counted(len(facts), 'step')}.")  # fmt: skip
    where = "in every step" if len(zero) == len(facts) else f"in {len(zero)} of {len(facts)} steps"
    return Finding(
        "uncond_zero", FAIL,
        f"Unconditional velocity identically zero {where}: the unconditional row was masked out "
        "or never run. It has the same mask and the same x as the conditional row; only mu, "
        "speaker and cond are zero in it. No correct run shows this.",
        {"zero_steps": len(zero), "steps": len(facts)},
        tuple(f.record.name for f in zero), 95,
    )  # fmt: skip


def _rows_equal(context: HealthContext, steps: list[StepStats]) -> Iterator[Outcome]:
    equal = [s for s in steps if s.cfg is not None and s.cfg.rows_equal]
    if not equal:
        return
    names = tuple(
        r.record.name
        for s in equal
        if (step := context.roles.trajectory.step(s.number)) is not None
        for r in (step.v_cond, step.v_uncond)
        if r is not None
    )
    yield Finding(
        "cfg_rows", FAIL,
        f"Guidance rows: conditional and unconditional velocity are identical in {len(equal)} of "
        f"{len(steps)} steps, so guidance does nothing: the unconditional row keeps mu, speaker "
        "and cond, or one row was stored twice.",
        {"equal_steps": len(equal), "steps": len(steps)}, names, 90,
    )  # fmt: skip


def _identity(context: HealthContext, steps: list[StepStats]) -> Outcome:
    known = [s for s in steps if s.cfg_residual is not None]
    if not known:
        return NotRecorded("cfg", "the guidance identity", "a v_cfg that is not zero")
    statuses = {s.number: grade(_size(s.cfg_residual), s.eps) for s in known}
    status = max(statuses.values(), key=(OK, NOTE, FAIL).index)
    worst = max(known, key=lambda s: _size(s.cfg_residual))
    values = {"residual": worst.cfg_residual, "step": worst.number, "steps": len(known)}
    if status == OK:
        return Finding(
            "cfg", OK,
            f"Guidance identity: v_cfg = (1 + r)·v_cond - r·v_uncond holds in all {len(known)} "
            f"steps; largest residual {worst.cfg_residual:.1e} of the rms of v_cfg.", values,
        )  # fmt: skip
    text = (
        "Guidance identity: v_cfg is not (1 + r)·v_cond - r·v_uncond for any rate r; the largest "
        f"residual is {worst.cfg_residual:.2g} of the rms of v_cfg, at step {worst.number}. "
    )
    cfg = worst.cfg
    fits = cfg is not None and cfg.free_residual is not None and (
        grade(cfg.free_residual, worst.eps) != FAIL
    )  # fmt: skip
    if status == NOTE:
        text = (
            f"Guidance identity: it holds only to {worst.cfg_residual:.1e} of the rms of v_cfg, "
            "more than rounding explains: the combination ran in lower precision."
        )
    elif fits and cfg is not None and cfg.weights is not None:
        a, b = cfg.weights
        named = name_formula(cfg.weights, context.trace.info.cfg_rate or USUAL_CFG_RATE)
        values |= {"weights": [a, b]}
        text += f"It is {a:.4f}·v_cond {'+' if b >= 0 else '-'} {abs(b):.4f}·v_uncond"
        text += f", the formula {named[0]} with r = {named[1]:.4f}." if named else "."
    else:
        text += "No weighted sum of the two gives it: the tensors are of different steps or runs."
    step = context.roles.trajectory.step(worst.number)
    parts = () if step is None else (step.v_cond, step.v_uncond, step.v_cfg)
    names = tuple(p.record.name for p in parts if p is not None)
    return Finding("cfg", status, text, values, names, 65)


def _size(value: float | None) -> float:
    return float("inf") if value is None or value != value else value


def _rate(context: HealthContext, steps: list[StepStats], *, zero_uncond: bool) -> Outcome | None:
    """The solved rate; None when it was not solved or the identity does not hold."""
    rate, spread = context.ode.cfg_rate, context.ode.cfg_rate_range
    if rate is None or spread is None:
        return NotRecorded("cfg_rate", "the CFG rate", "conditional and unconditional velocities "
                           "that differ")  # fmt: skip
    if any(grade(_size(s.cfg_residual), s.eps) == FAIL for s in steps if s.cfg_rate is not None):
        return None
    expected = context.trace.info.cfg_rate
    values = {"rate": rate, "smallest": spread[0], "largest": spread[1], "expected": expected}
    where = f"in all {len(steps)} steps" if len(steps) > 1 else "in the one recorded step"
    if spread[1] - spread[0] > _RATE_TOLERANCE:
        return Finding(
            "cfg_rate", NOTE,
            f"CFG rate: it changes over the steps, from {spread[0]:.4f} to {spread[1]:.4f}: "
            "guidance depends on time, or is skipped in some steps.", values, severity=50,
        )  # fmt: skip
    wanted = USUAL_CFG_RATE if expected is None else expected
    if abs(rate - wanted) <= _RATE_TOLERANCE:
        return Finding("cfg_rate", OK, f"CFG rate {rate:.6f} {where}.", values)
    source = (
        "Chatterbox and CosyVoice use 0.7" if expected is None else f"the trace states {expected:g}"
    )
    text = f"CFG rate {rate:.6f} {where} ({source})."
    named = name_formula((1 + rate, -rate), wanted)
    head = ""
    if rate < -_RATE_TOLERANCE and named is not None:
        values["formula"] = named[0]
        made = f"{named[0]} with r = {named[1]:.4g}"
        head = f"the guided velocity is {made}, a CFG rate of {rate:.4g} {where}"
        text = f"Guidance: {head} ({source})."
    # A negative rate guides away from the condition; beside an unconditional row that never
    # ran, a rate that is off is one more trace of the same harness.
    wrong = expected is not None or rate < -_RATE_TOLERANCE or zero_uncond
    return Finding("cfg_rate", FAIL if wrong else NOTE, text, values, severity=62, head=head)


def _conditioning(context: HealthContext) -> Iterator[Outcome]:
    """Recorded CFG batches whose second row is not zero."""
    kept = [f for f in context.of_role(*_CONDITIONING) if f.second_row in ("equal", "different")]
    zero = [f for f in context.of_role(*_CONDITIONING) if f.second_row == "zero" and not f.binary]
    if kept:
        names = tuple(f.record.name for f in kept)
        shown = ", ".join(show_name(n, 60) for n in names)
        what = "equals the first" if all(f.second_row == "equal" for f in kept) else "is not zero"
        yield Finding(
            "conditioning_rows", NOTE,
            f"Unconditional inputs: in {shown} the second row {what}. If this is the batch as the "
            "decoder gets it, the unconditional row keeps its condition; it must be zero there.",
            {"tensors": len(names)}, names, 58,
        )  # fmt: skip
    elif zero:
        yield Finding(
            "conditioning_rows", OK, f"Unconditional inputs: the second row of "
            f"{counted(len(zero), 'conditioning tensor')} is zero, as it must be.",
        )  # fmt: skip
