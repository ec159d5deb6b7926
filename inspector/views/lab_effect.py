"""What a swap does to the final mel, and how that sounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from inspector.audio.griffin_lim import render
from inspector.diagnose.comparison import Comparison
from inspector.diagnose.questions import mel_spec, read_mel
from inspector.errors import InspectorError
from inspector.live.lab import Lab
from inspector.live.noise import relative_l2
from inspector.live.plan import RunPlan
from inspector.live.result import finite
from inspector.live.running import run_plan
from inspector.live.swapping import Codes
from inspector.tensors import Array, Progress

_ITERATIONS = 16
"""Of Griffin-Lim: enough to hear what a swap does, in a fraction of a second."""


def effect_on_mel(
    comparison: Comparison,
    lab: Lab,
    plan: RunPlan,
    codes: Codes,
    child: bool,
    progress: Progress | None = None,
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Solve the whole ODE with the swaps of `plan`, from the recorded noise.

    The error before is that of the reference's decoder as it is against the candidate's last
    state; the error after is with the swaps.  What goes away is what the swaps explain.

    Returns:
        ``mel``, ``audio`` and ``notes`` of the payload, and the arrays ``mel`` [F, T] and
        ``audio`` [N].

    Raises:
        UsageError: the run cannot be carried out.
        Cancelled: the progress callback asked to stop.
    """
    source = plan.source if plan.source in ("reference", "candidate") else "reference"
    whole = replace(plan, what="ode", steps=(), source=source, rows="both", values="blocks")
    bare = RunPlan("ode", source=source, values="blocks")
    result = run_plan(whole, lab, progress, codes=codes, child=child or None)
    after, before = result.trajectory, run_plan(bare, lab, progress).trajectory
    assert after is not None and before is not None  # both ran an ode
    window = mel_window(comparison, lab)
    mel = _plane(after.mel, window)
    facts: dict[str, Any] = {
        "relative_l2_before": None, "relative_l2_after": None, "healed_percent": None,
        "frames": mel.shape[1], "n_mels": mel.shape[0],
    }  # fmt: skip
    last = lab.candidate.get("ode.x_after", lab.config.steps - 1)
    recorded = None if last is None else _plane(last.read(), window)
    if recorded is None:
        recorded = read_mel(comparison.candidate)
    if recorded is not None and recorded.shape == mel.shape:
        errors = [finite(relative_l2(_plane(m, window), recorded)) for m in (before.mel, after.mel)]
        facts["relative_l2_before"], facts["relative_l2_after"] = errors
        if errors[0] and errors[1] is not None:
            facts["healed_percent"] = 100.0 * (1.0 - errors[1] / errors[0])
    found: dict[str, Any] = {"mel": facts, "audio": None, "notes": list(result.notes)}
    arrays = {"mel": mel}
    sound = _sound(comparison, mel, progress)
    if sound is not None:
        samples, rate = sound
        found["audio"] = {"samples": len(samples), "sample_rate_hz": rate}
        arrays["audio"] = samples
    return found, arrays


def mel_window(comparison: Comparison, lab: Lab) -> slice:
    """Frames of the last state that the recorded mel holds: it may lack prompt and padding."""
    for side, bound in (
        (comparison.reference, lab.reference),
        (comparison.candidate, lab.candidate),
    ):
        last, mel = bound.get("ode.x_after", lab.config.steps - 1), read_mel(side)
        if last is None or mel is None:
            continue
        state = _plane(last.read(), slice(None))
        frames, whole = mel.shape[1], state.shape[1]
        if mel.shape[0] != state.shape[0] or frames > whole or not frames:
            continue
        starts = [s for s in range(whole - frames + 1) if np.array_equal(state[:, s], mel[:, 0])]
        for start in starts:
            if np.array_equal(state[:, start : start + frames], mel):
                return slice(start, start + frames)
    return slice(None)


def _plane(state: Array, window: slice) -> Array:
    """The first row of a state as [F, T]."""
    return np.ascontiguousarray(state[0].T[:, window], dtype=np.float32)


def _sound(
    comparison: Comparison, mel: Array, progress: Progress | None
) -> tuple[Array, int] | None:
    spec = mel_spec(comparison.reference)
    if spec.n_mels != mel.shape[0] or not np.isfinite(mel).all():
        return None
    try:
        samples = render(mel, spec, _ITERATIONS, progress=progress)
    except InspectorError:
        return None  # what cannot be heard is still shown
    return np.ascontiguousarray(samples, dtype=np.float32), spec.sample_rate_hz
