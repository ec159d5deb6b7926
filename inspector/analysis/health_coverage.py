"""What this recording cannot reveal, however healthy it looks."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.analysis.health_context import HealthContext
from inspector.analysis.health_facts import ValueFacts
from inspector.analysis.health_finding import NOTE, OK, Finding, Outcome, counted
from inspector.names import show_name

VOICED_HZ = 10.0
"""The source generator of the vocoder calls a frame voiced above this F0."""

_STATES = ("x_before", "x_after", "v_cond", "v_uncond", "v_cfg", "mu", "mel")


def check_coverage(context: HealthContext) -> Iterator[Outcome]:
    """Note missing steps, a batch of one and a source path that is not exercised."""
    yield from _steps(context)
    yield from _batch(context)
    yield from _pitch(context)


def _steps(context: HealthContext) -> Iterator[Finding]:
    ode = context.ode
    if not ode.steps:
        return
    numbers = [s.number for s in ode.steps]
    stated = context.trace.info.steps
    missing = ode.missing
    if stated is not None and len(numbers) < stated:
        known = set(numbers)
        missing = tuple(n for n in range(ode.base, ode.base + stated) if n not in known)
    if len(numbers) == 1:
        t = ode.steps[0].t
        where = "" if t is None else f", at t = {t:g}"
        yield Finding(
            "steps", NOTE,
            f"Steps: only one ODE step is recorded{where}. At t = 0 the time embedding is 0 and 1 "
            "for any scale of the sinusoid, so wrong time scales, schedules and everything that "
            "builds up over steps cannot show.",
            {"recorded": 1, "missing": len(missing)}, severity=45,
        )  # fmt: skip
    elif missing:
        shown = ", ".join(map(str, missing[:8])) + (" ..." if len(missing) > 8 else "")
        yield Finding(
            "steps", NOTE,
            f"Steps: {len(missing)} of {counted(len(numbers) + len(missing), 'ODE step')} not "
            f"recorded ({shown}).",
            {"recorded": len(numbers), "missing": len(missing)}, severity=32,
        )  # fmt: skip
    else:
        yield Finding("steps", OK, f"Steps: all {len(numbers)} ODE steps are recorded.",
                      {"recorded": len(numbers), "missing": 0})  # fmt: skip


def _batch(context: HealthContext) -> Iterator[Finding]:
    states = list(context.of_role(*_STATES))
    if states and all(_rows(f) == 1 for f in states):
        yield Finding(
            "batch", NOTE,
            f"Batch: every state, velocity and mel ({counted(len(states), 'tensor')}) has batch 1: "
            "rows that are exchanged, mixed or padded against each other cannot show.",
            {"tensors": len(states)}, severity=10,
        )  # fmt: skip


def _rows(facts: ValueFacts) -> int:
    shape = facts.record.shape
    return shape[0] if len(shape) >= 3 else 1


def _pitch(context: HealthContext) -> Iterator[Finding]:
    for facts in context.of_role("f0", "f0_hz"):
        highest = facts.stats.maximum
        if highest is None:
            continue
        name = show_name(facts.record.name, 80)
        if highest <= VOICED_HZ:
            yield Finding(
                "f0", NOTE,
                f"F0: {name} never rises above {VOICED_HZ:.0f} Hz (highest {highest:.3g}), so "
                "every frame counts as unvoiced: the harmonic source path of the vocoder is not "
                "exercised by this recording.",
                {"maximum_hz": float(highest)}, (facts.record.name,), 22,
            )  # fmt: skip
        else:
            yield Finding("f0", OK, f"F0: {name} reaches {highest:.0f} Hz, so voiced frames occur.",
                          {"maximum_hz": float(highest)})  # fmt: skip
