"""Frames whose values never moved from the starting noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.analysis.health_context import HealthContext, quiet_rows
from inspector.analysis.health_finding import FAIL, NOTE, OK, Finding, NotRecorded, Outcome
from inspector.analysis.ode_ends import read_start
from inspector.errors import TraceError
from inspector.tensors import Array


def check_frozen(context: HealthContext) -> Iterator[Outcome]:
    """Count the valid frames that equal the starting noise exactly, in every recorded state."""
    states = [s.x_after for s in context.roles.trajectory.steps if s.x_after is not None]
    mel = context.roles.get("mel")
    roles = states or ([mel] if mel is not None else [])
    start = _start(context)
    if start is None or not start.size or not roles:
        yield NotRecorded("frozen", "frames frozen at the starting noise", "the starting noise and "
                          "a later state or the mel")  # fmt: skip
        return
    if not start.any():
        return  # zeros are also what padding holds; the check of the noise speaks about them
    # The last state first: a frame that moved by then needs no other state to be read.
    frozen: Array | None = None
    for role in reversed(roles):
        state = quiet_rows(role)
        if state is None or state.shape != start.shape:
            continue
        same = (state[0] == start[0]).all(axis=0)
        same = same if frozen is None else frozen & same
        frozen = same
        if not same.any():
            break
    if frozen is None:
        yield NotRecorded("frozen", "frames frozen at the starting noise", "states as long as the "
                          "starting noise")  # fmt: skip
        return
    valid = frozen.size if context.valid is None else context.valid
    frozen = frozen[:valid]
    count = int(frozen.sum())
    values = {"frames": count, "total": valid}
    if not count:
        yield Finding("frozen", OK, f"Frozen frames: all {valid} valid frames move away from the "
                      "starting noise.", values)  # fmt: skip
        return
    places = np.flatnonzero(frozen)
    values |= {"first": int(places[0]), "last": int(places[-1])}
    where = f"frames {places[0]} to {places[-1]}" if count > 1 else f"frame {places[0]}"
    if context.roles.get("mask") is None and _is_tail(frozen):
        yield Finding(
            "frozen", NOTE,
            f"Frozen frames: the last {count} of {valid} frames hold the initial noise in every "
            "recorded state, as padding does; no mask is recorded that could tell.",
            values, severity=40,
        )  # fmt: skip
        return
    prompt = context.prompt
    if prompt is not None and count == prompt.frames == int(places[-1]) + 1:
        where += ", exactly the prompt"
    yield Finding(
        "frozen", FAIL,
        f"Frozen frames: {count} of {valid} frames are frozen at the initial noise ({where}): in "
        "every recorded state they hold exactly the values the integration started from. Their "
        "velocity is zero, as when the mask is 0 on them.",
        values, tuple(r.record.name for r in roles[-1:]), 96,
    )  # fmt: skip


def _is_tail(frozen: Array) -> bool:
    """True when the frozen frames are the last ones, with others before them."""
    first = int(np.argmax(frozen))
    return bool(first > 0 and frozen[first:].all())


def _start(context: HealthContext) -> Array | None:
    try:
        start = read_start(context.roles.trajectory, context.roles)
    except TraceError:
        return None
    if start is None and not context.roles.trajectory.steps:
        role = context.roles.get("initial_noise")
        start = None if role is None else quiet_rows(role)
    return start if start is not None and start.ndim == 3 else None
