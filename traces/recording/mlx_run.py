"""The candidates: the ODE solved by the MLX port while the recorder listens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from inspector.record import record_mlx
from traces.recording.inputs import CFG_RATE, PROMPT_FRAMES, STEPS, Inputs, with_unconditional
from traces.recording.mlx_decoder import Estimator

# What only wraps another module and returns the same, and whole stages, for which the
# reference has no module.
_REPEATED = r"\.attention$|\.ff$|_blocks\.\d+$"
LAYOUTS = {
    **dict.fromkeys(("mu", "x_cond", "initial_noise", "mel", "prompt_feat"), "BTC"),
    "mask": "BT",
    r"step\d+/ode\.(x|v).*": "BTC",
    r"step\d+/decoder\.time_.*": "BC",
    r"step\d+/decoder\..*\.mlp": "BC",
    r"step\d+/decoder\..*": "BTC",
}
"""Axes of the recorded tensors; the first pattern that fits decides."""


@dataclass(frozen=True)
class Solver:
    """How the port integrates; the defaults are right.

    Attributes:
        half: the network and the state are float16 (the times stay float32).
        guidance_between: v = u + r (c - u) instead of c + r (c - u).
    """

    half: bool = False
    guidance_between: bool = False


def solve(
    estimator: Estimator,
    inputs: Inputs,
    solver: Solver,
    path: Path,
    facts: dict,
    steps: tuple[int, ...],
) -> None:
    """Solve the ODE and record it into the folder `path`.

    Args:
        estimator: the port with its weights.
        inputs: what the run is given, still in the reference's layout.
        solver: precision and guidance.
        path: folder of the recording.
        facts: what the side-file says.
        steps: ODE steps whose module outputs are recorded (conditional row).
    """
    dtype = mx.float16 if solver.half else mx.float32
    estimator.set_dtype(dtype)

    def array(value: NDArray) -> mx.array:
        turned = value.transpose(0, 2, 1) if value.ndim == 3 else value
        return mx.array(np.ascontiguousarray(turned)).astype(dtype)

    mu, cond, speaker = (
        array(with_unconditional(part)) for part in (inputs.mu, inputs.cond, inputs.speaker)
    )
    mask = array(np.concatenate([inputs.mask, inputs.mask])[:, 0])
    x = array(inputs.noise)
    times = mx.array(inputs.t_span)
    with record_mlx(
        estimator, path, include=".", exclude=_REPEATED, rows=0, steps=steps, prefix="decoder",
        facts={**facts, "layouts": LAYOUTS},
    ) as recorder:  # fmt: skip
        for name, value in (
            ("prompt_token", inputs.prompt_token.astype(np.int32)),
            ("speech_tokens", inputs.speech_tokens.astype(np.int32)),
            ("prompt_feat", cond[:1, :PROMPT_FRAMES]), ("spk_emb", speaker[:1]), ("mu", mu[:1]),
            ("x_cond", cond[:1]), ("mask", mask[:1]), ("t_span", times), ("initial_noise", x),
        ):  # fmt: skip
            recorder.add(name, value)
        for step in range(STEPS):
            t, dt = times[step], times[step + 1] - times[step]
            recorder.step(step + 1)
            recorder.add("ode.t", t)
            recorder.add("ode.dt", dt)
            recorder.add("ode.x_before", x)
            both = mx.concatenate([x, x])
            velocity = estimator(both, mask, mu, mx.broadcast_to(t, (2,)), speaker, cond)
            conditional, unconditional = velocity[:1], velocity[1:]
            if solver.guidance_between:
                combined = unconditional + CFG_RATE * (conditional - unconditional)
            else:
                combined = (1.0 + CFG_RATE) * conditional - CFG_RATE * unconditional
            x = x + dt.astype(dtype) * combined
            mx.eval(x)
            recorder.add("ode.v_cond", conditional)
            recorder.add("ode.v_uncond", unconditional)
            recorder.add("ode.v_cfg", combined)
            recorder.add("ode.x_after", x)
        recorder.step(None)
        recorder.add("mel", x[:, PROMPT_FRAMES : inputs.valid_frames])
