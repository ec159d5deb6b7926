"""The reference recording: PyTorch, forward hooks, channels before frames."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from traces.making.corpus import PROMPT_FRAMES
from traces.making.inputs import CFG_RATE, STEPS, Inputs, with_unconditional
from traces.making.torch_network import Estimator

_EVERY_STEP = ("down_blocks.0.2", "mid_blocks.0.0")
_FIRST_STEP = (
    "down_blocks.0.0.block1", "down_blocks.0.0", "down_blocks.0.1.0", "down_blocks.0.2",
    "mid_blocks.0.0.block1", "mid_blocks.0.0", "mid_blocks.0.1.0",
    "mid_blocks.1.0", "mid_blocks.1.1.0",
    "up_blocks.0.0", "up_blocks.0.1.0", "up_blocks.0.2", "final_block",
)  # fmt: skip
LAYOUTS = {
    **dict.fromkeys(("mu", "cond", "initial_noise", "mel"), "BCT"),
    **dict.fromkeys(("x_before", "v_cond", "v_uncond", "v_cfg", "x_after"), "BCT"),
    "mask": "BCT",
    "prompt_feat": "BTC",
    r"step\d+/decoder\.estimator\..*\.1\.\d+": "BTC",
    r"step\d+/decoder\.estimator\..*": "BCT",
}


@torch.no_grad()
def record_reference(network: Estimator, inputs: Inputs) -> dict[str, NDArray]:
    """Integrate the ODE and return everything recorded, in order of execution.

    Module outputs hold the conditional row only, to keep the sample small.
    """
    trace: dict[str, NDArray] = {
        "flow.prompt_token": inputs.prompt_token,
        "flow.speech_tokens": inputs.speech_tokens,
        "flow.prompt_feat": inputs.cond[:, :, :PROMPT_FRAMES].transpose(0, 2, 1),
        "flow.spks": inputs.speaker,
        "flow.mu": inputs.mu,
        "flow.cond": inputs.cond,
        "flow.mask": inputs.mask,
        "flow.t_span": inputs.times,
        "flow.initial_noise": inputs.noise,
    }
    mu, cond, speaker = (
        torch.from_numpy(with_unconditional(part))
        for part in (inputs.mu, inputs.cond, inputs.speaker)
    )
    mask = torch.from_numpy(inputs.mask).repeat(2, 1, 1)
    x = torch.from_numpy(inputs.noise)
    for step in range(STEPS):
        t, dt = inputs.times[step], inputs.times[step + 1] - inputs.times[step]
        place = f"step{step + 1:02d}"
        trace[f"{place}/ode.t"] = np.array([t])
        trace[f"{place}/ode.dt"] = np.array([dt])
        trace[f"{place}/ode.x_before"] = x.numpy()
        hooks = _hook(network, _EVERY_STEP if step else _FIRST_STEP, place, trace)
        both = torch.full((2,), float(t))
        velocity = network(x.repeat(2, 1, 1), mask, mu, both, speaker, cond)
        for hook in hooks:
            hook.remove()
        conditional, unconditional = velocity[:1], velocity[1:]
        combined = (1.0 + CFG_RATE) * conditional - CFG_RATE * unconditional
        x = x + float(dt) * combined
        trace[f"{place}/ode.dxdt_cond"] = conditional.numpy()
        trace[f"{place}/ode.dxdt_uncond"] = unconditional.numpy()
        trace[f"{place}/ode.dxdt_cfg"] = combined.numpy()
        trace[f"{place}/ode.x_after"] = x.numpy()
    trace["flow.mel"] = x[:, :, PROMPT_FRAMES:].numpy()
    return {name: np.ascontiguousarray(value) for name, value in trace.items()}


def _hook(
    network: Estimator, names: tuple[str, ...], place: str, trace: dict[str, NDArray]
) -> list[torch.utils.hooks.RemovableHandle]:
    modules = dict(network.named_modules())

    def keep(name: str) -> torch.utils.hooks.RemovableHandle:
        def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            trace[f"{place}/decoder.estimator.{name}"] = output[:1].numpy().copy()

        return modules[name].register_forward_hook(hook)

    return [keep(name) for name in names]
