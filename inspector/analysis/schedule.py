"""The time schedule of an ODE integration: which law its times follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FIT_TOLERANCE = 2e-3
"""Largest |t - law| that counts as the law: bfloat16 times are off by up to 2e-3, and the
two laws differ by 0.1 and more from two steps on."""


@dataclass(frozen=True)
class ScheduleFit:
    """Times of the steps, fitted against the two usual laws.

    Attributes:
        kind: ``cosine`` t_i = 1 - cos(pi i / 2S), ``linear`` t_i = i / S, ``other``, or
            ``unknown`` when no times are recorded or one step cannot tell them apart.
        steps: S, the number of steps of the whole integration; None when unknown.
        times: the times used, without unit, 0 to 1.
        source: where they come from: ``t_span``, ``t``, ``sum of dt`` or empty.
        cosine_residual, linear_residual: max |t - law|; None when not fitted.
    """

    kind: str
    steps: int | None = None
    times: tuple[float, ...] = ()
    source: str = ""
    cosine_residual: float | None = None
    linear_residual: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fit as plain JSON values; times only when at most 200."""
        return {
            "kind": self.kind,
            "steps": self.steps,
            "times": list(self.times) if len(self.times) <= 200 else None,
            "source": self.source,
            "cosine_residual": self.cosine_residual,
            "linear_residual": self.linear_residual,
        }


UNKNOWN_SCHEDULE = ScheduleFit("unknown")


def cosine_times(steps: int) -> list[float]:
    """Return t_i = 1 - cos(pi i / (2 S)) for i = 0..S."""
    return [float(1 - np.cos(np.pi * i / (2 * steps))) for i in range(steps + 1)]


def linear_times(steps: int) -> list[float]:
    """Return t_i = i / S for i = 0..S."""
    return [i / steps for i in range(steps + 1)]


def fit_schedule(
    positions: Sequence[int], times: Sequence[float], steps: int | None, source: str
) -> ScheduleFit:
    """Fit recorded times against the cosine and the linear law.

    Args:
        positions: index i of each time, counted from 0.
        times: t at these positions.
        steps: S of the whole integration, or None when unknown.
        source: where the times come from.
    """
    kept = tuple(float(t) for t in times)
    if not kept or steps is None or steps < 1 or max(positions) > steps:
        return ScheduleFit("unknown", steps, kept, source)
    found = {
        kind: float(np.max(np.abs(np.array(kept) - np.array(law(steps))[list(positions)])))
        for kind, law in (("cosine", cosine_times), ("linear", linear_times))
    }
    cosine, linear = found["cosine"], found["linear"]
    best = min(found, key=lambda k: found[k])
    kind = best if found[best] <= FIT_TOLERANCE else "other"
    # With one step, or only t = 0, both laws say the same.
    if cosine <= FIT_TOLERANCE and linear <= FIT_TOLERANCE:
        kind = "unknown"
    return ScheduleFit(kind, steps, kept, source, cosine, linear)
