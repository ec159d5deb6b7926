"""Values of a run held against both recordings, in units of the noise floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from inspector.live.cache import BoundedCache
from inspector.live.floors import part_floors
from inspector.live.lab import Lab
from inspector.live.part import Part, conditional_part
from inspector.live.plan import RunPlan
from inspector.live.result import NodeErrors, measure
from inspector.live.rows import copies_of, has_rows, take
from inspector.tensors import Array, Progress

_FLOORS: BoundedCache[dict[str, float]] = BoundedCache(4 * 1024 * 1024)
_BYTES = 100
"""Of one floor with its name, roughly."""


def measured_floors(
    lab: Lab, plan: RunPlan, part: Part, progress: Progress | None = None
) -> Mapping[str, float]:
    """Noise floors of the values of `part` that a side recorded, by name; held for later.

    A block is measured on its conditional rows alone, which takes half the time: rounding
    is the same in both kinds.

    Args:
        lab: recordings and weights.
        plan: what runs, without swaps and with no choices but those of inputs; its precision
            counts where it is a half one.
        part: without swaps.
        progress: may raise `Cancelled`.
    """
    half = plan.precision in ("float16", "bfloat16")
    precision = plan.precision if half else "float32"
    bare = replace(plan, backend="torch", precision=precision)
    key = (lab.identity, bare.key, part.step)
    sure = lab.identity and not plan.source.startswith("file:")
    found = _FLOORS.get(key) if sure else None
    if found is not None:
        return found
    sides = (lab.reference, lab.candidate)
    names = [name for name in part.names if any(s.get(name, part.step) for s in sides)]
    found = {}
    if names and not plan.source.startswith("noise:"):
        smaller = conditional_part(part, lab.graph) or part
        found = part_floors(smaller, lab.store, precision, names=names, progress=progress)
    return _FLOORS.put(key, found, _BYTES * (1 + len(found))) if sure else found


def forget_floors() -> None:
    """Forget held floors."""
    _FLOORS.clear()


def recorded_errors(
    lab: Lab, plan: RunPlan, part: Part, values: Mapping[str, Array], floors: Mapping[str, float]
) -> list[NodeErrors]:
    """Errors of every value that a side recorded at the step of `part`; none on noise."""
    if plan.source.startswith("noise:"):
        return []
    rows = "cond" if part.rows == "cond" else plan.rows
    copies = copies_of(lab.graph)
    found = []
    for name, value in values.items():
        by_rows = rows if has_rows(lab.graph, name) else "both"
        sides = []
        for side in (lab.reference, lab.candidate):
            bound = side.get(name, part.step)
            pair = None if bound is None else comparable(value, bound.read(), by_rows, copies)
            sides.append(None if pair is None else measure(*pair, floors.get(name)))
        if any(sides):
            bad = int(value.size - np.isfinite(value).sum())
            found.append(NodeErrors(name, part.step + 1, sides[0], sides[1], bad))
    return found


def comparable(value: Array, recorded: Array, rows: str, copies: int) -> tuple[Array, Array] | None:
    """A value of the run and a recorded one in the rows that both hold; None without any.

    Args:
        value: in the rows that the plan asked for.
        recorded: all rows, or the conditional ones.
        rows: what `value` holds.
        copies: R / B.
    """
    if value.ndim != recorded.ndim or value.shape[1:] != recorded.shape[1:]:
        return None
    have, stored = len(value), len(recorded)
    if have == stored and rows != "uncond":
        return value, recorded
    if rows == "both":  # the recording holds the conditional rows alone
        return (value[:stored], recorded) if have == copies * stored else None
    if stored != copies * have:
        return None
    return value, take(recorded, rows, copies, True)
