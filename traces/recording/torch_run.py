"""The reference: the ODE solved in PyTorch while the recorder listens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from inspector.record import record_torch
from traces.recording.inputs import CFG_RATE, PROMPT_FRAMES, STEPS, Inputs, with_unconditional
from traces.training.checkpoint import PREFIX
from traces.training.decoder import Estimator

# What wraps another module and returns the same, the other half of a matched layer, and
# the GELU's output, which the port computes outside of any module.
_REPEATED = (
    r"\.block$|\.block\.[134]$|\.mlp$|\.mlp\.0$|\.attn1$|\.ff$|\.ff\.net\.0$|^time_mlp\.act$"
)
LAYOUTS = {
    **dict.fromkeys(("mu", "cond", "initial_noise", "mel", "mask"), "BCT"),
    "prompt_feat": "BTC",
    r"step\d+/ode\.(x|dxdt).*": "BCT",
    r"step\d+/decoder\.estimator\.time_.*": "BC",
    r"step\d+/decoder\.estimator\..*\.mlp\.1": "BC",
    r"step\d+/decoder\.estimator\..*\.block\.2": "BTC",
    r"step\d+/decoder\.estimator\..*\.1\.\d+(\..*)?": "BTC",
    r"step\d+/decoder\.estimator\..*": "BCT",
}
"""Axes of the recorded tensors; the first pattern that fits decides."""


def solve(
    estimator: Estimator, inputs: Inputs, path: Path, facts: dict, steps: tuple[int, ...]
) -> None:
    """Solve the ODE and record it into the folder `path`.

    Args:
        estimator: the velocity network, in evaluation mode.
        inputs: what the run is given.
        path: folder of the recording.
        facts: what the side-file says.
        steps: ODE steps whose module outputs are recorded (conditional row).
    """
    torch.set_num_threads(1)
    mu, cond, speaker = (
        torch.from_numpy(with_unconditional(part))
        for part in (inputs.mu, inputs.cond, inputs.speaker)
    )
    mask = torch.from_numpy(np.concatenate([inputs.mask, inputs.mask]))
    x = torch.from_numpy(inputs.noise)
    times = torch.from_numpy(inputs.t_span)
    with (
        torch.no_grad(),
        record_torch(
            estimator, path, include=".", exclude=_REPEATED, rows=0, steps=steps, prefix=PREFIX,
            facts={**facts, "layouts": LAYOUTS},
        ) as recorder,
    ):  # fmt: skip
        for name, value in (
            ("prompt_token", inputs.prompt_token), ("speech_tokens", inputs.speech_tokens),
            ("prompt_feat", inputs.cond[:, :, :PROMPT_FRAMES].transpose(0, 2, 1)),
            ("spks", inputs.speaker), ("mu", inputs.mu), ("cond", inputs.cond),
            ("mask", inputs.mask), ("t_span", inputs.t_span), ("initial_noise", inputs.noise),
        ):  # fmt: skip
            recorder.add(name, value)
        for step in range(STEPS):
            t, dt = times[step], times[step + 1] - times[step]
            recorder.step(step + 1)
            recorder.add("ode.t", t[None])
            recorder.add("ode.dt", dt[None])
            recorder.add("ode.x_before", x)
            velocity = estimator(x.repeat(2, 1, 1), mask, mu, t.repeat(2), speaker, cond)
            conditional, unconditional = velocity[:1], velocity[1:]
            combined = (1.0 + CFG_RATE) * conditional - CFG_RATE * unconditional
            x = x + dt * combined
            recorder.add("ode.dxdt_cond", conditional)
            recorder.add("ode.dxdt_uncond", unconditional)
            recorder.add("ode.dxdt_cfg", combined)
            recorder.add("ode.x_after", x)
        recorder.step(None)
        recorder.add("mel", x[:, :, PROMPT_FRAMES : inputs.valid_frames])
