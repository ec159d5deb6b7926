"""Where an error arises, and where it is only carried on: jumps along the order of execution.

Without weights nobody can run a module on the port's own inputs.  But what a module makes
of inputs that agree, or of inputs that err far less, is its own doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.places import module_path
from inspector.diagnose.status import AGREE, is_guess

JUMP = 10.0
"""An error so many times larger than every error recorded before it in the same step arose
there.  Over 11 mistakes outside the modules (inputs, guidance, schedule, solver) in a seeded
decoder and the demo, modules that the mistake does not enter grow the largest error so far by
at most 1.6 times, those that it enters by up to 39."""

_FINAL = ("mel", "audio")


@dataclass(frozen=True)
class Rise:
    """One place at which an error arises.

    Attributes:
        row: index of the pair in order of execution, at the first step that shows it.
        steps: ODE steps at which it arises there; empty outside the steps.
        before: largest relative L2 error recorded before it in that step; None when all that
            was recorded before agrees.
        after: its own relative L2 error.
    """

    row: int
    steps: tuple[int, ...]
    before: float | None
    after: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"row": self.row, "steps": list(self.steps), "before": self.before,
                "after": self.after}  # fmt: skip


def find_rises(tensors: Sequence[TensorComparison]) -> tuple[Rise, ...]:
    """Places at which an error arises, in order of execution; each module once.

    Args:
        tensors: comparisons in order of execution.
    """
    found: dict[tuple[str, ...], Rise] = {}
    largest: dict[int | None, float] = {}
    outside = 0.0
    for row, one in enumerate(tensors):
        error = None if one.metrics is None else one.metrics.relative_l2
        if error is None or is_guess(one) or one.pair.role in _FINAL:
            continue
        step = one.pair.step
        before = largest.get(step, outside)
        if one.status in AGREE:
            continue
        # the state carries the steps before, and both rows of guidance leave one forward pass
        carried = (one.pair.role == "x_before" and any(largest.values())) or (
            one.pair.role == "v_uncond" and before > 0.0
        )
        if not carried and (before == 0.0 or error > JUMP * before):
            key = (one.pair.role,) if one.pair.role else module_path(one.pair.reference.name)
            known = found.get(key)
            steps = () if step is None else (step,)
            if known is None:
                found[key] = Rise(row, steps, before or None, error)
            else:
                found[key] = Rise(known.row, (*known.steps, *steps), known.before, known.after)
        largest[step] = max(before, error)
        if step is None:
            outside = max(outside, error)
    return tuple(sorted(found.values(), key=lambda rise: rise.row))


def last_before(tensors: Sequence[TensorComparison], row: int) -> TensorComparison | None:
    """The last agreeing value recorded inside the same step before a row; None without one."""
    step = tensors[row].pair.step
    if step is None:
        return None
    return next(
        (t for t in reversed(tensors[:row]) if t.pair.step == step and t.status in AGREE), None
    )


def agreed_earlier(tensors: Sequence[TensorComparison], row: int) -> tuple[int, ...]:
    """Earlier ODE steps at which the value of a row was recorded and agrees."""
    one = tensors[row]
    if one.pair.step is None:
        return ()
    key = one.pair.role or module_path(one.pair.reference.name)
    return tuple(
        t.pair.step
        for t in tensors[:row]
        if t.pair.step is not None and t.pair.step < one.pair.step and t.status in AGREE
        and (t.pair.role or module_path(t.pair.reference.name)) == key
    )  # fmt: skip
