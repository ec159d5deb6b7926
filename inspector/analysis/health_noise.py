"""Is the start of the integration N(0, 1), and is it the noise that was recorded?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.analysis.chunks import inner
from inspector.analysis.health_context import HealthContext, quiet_rows
from inspector.analysis.health_finding import NOTE, OK, Finding, NotRecorded, Outcome
from inspector.names import show_name


def check_noise(context: HealthContext) -> Iterator[Outcome]:
    """Check the distribution of the starting noise and whether the run used it."""
    if context.ode.steps:
        yield _noise(context)
        yield from _noise_used(context)


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
