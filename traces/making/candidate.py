"""The candidate recording: MLX, frames before channels, names of a Swift-like port."""

from __future__ import annotations

from collections.abc import Mapping

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from traces.making.corpus import PROMPT_FRAMES
from traces.making.inputs import CFG_RATE, STEPS, Inputs, with_unconditional
from traces.making.mlx_network import MlxEstimator

PLANTED = "mid_blocks.0.0.block1.conv"
"""The causal convolution that the port pads with one frame on each side."""

_EVERY_STEP = ("downBlocks[0].downsample", "midBlocks[0].resnet")
_FIRST_STEP = (
    "downBlocks[0].resnet.block1", "downBlocks[0].resnet", "downBlocks[0].transformers[0]",
    "downBlocks[0].downsample", "midBlocks[0].resnet.block1", "midBlocks[0].resnet",
    "midBlocks[0].transformers[0]", "midBlocks[1].resnet", "midBlocks[1].transformers[0]",
    "upBlocks[0].resnet", "upBlocks[0].transformers[0]", "upBlocks[0].upsample", "finalBlock",
)  # fmt: skip
LAYOUTS = {
    **dict.fromkeys(("mu", "cond", "initial_noise", "mel", "mask", "prompt_feat"), "BTC"),
    **dict.fromkeys(("x_before", "v_cond", "v_uncond", "v_cfg", "x_after"), "BTC"),
    r"step\d+/.*": "BTC",
}


def record_candidate(
    weights: Mapping[str, NDArray[np.float32]],
    inputs: Inputs,
    symmetric: frozenset[str] = frozenset({PLANTED}),
) -> dict[str, NDArray]:
    """Integrate the ODE with MLX and return everything recorded, in order of execution.

    Without `symmetric` the port is right: what is left is the noise of the backend.
    """
    network = MlxEstimator(weights, symmetric)
    turned = {
        "mu": inputs.mu, "x_cond": inputs.cond, "mask": inputs.mask, "initial_noise": inputs.noise
    }  # fmt: skip
    turned = {name: value.transpose(0, 2, 1) for name, value in turned.items()}
    trace: dict[str, NDArray] = {
        "prompt_token": inputs.prompt_token.astype(np.int32),
        "speech_tokens": inputs.speech_tokens.astype(np.float32),  # as the Swift ports write
        "prompt_feat": turned["x_cond"][:, :PROMPT_FRAMES],
        "spk_emb": inputs.speaker,
        **turned,
        "t_span": inputs.times.astype(np.float32),
    }
    mu, cond, speaker = (
        mx.array(with_unconditional(part))
        for part in (trace["mu"], trace["x_cond"], inputs.speaker)
    )
    mask = mx.array(np.repeat(trace["mask"], 2, axis=0))
    x = mx.array(trace["initial_noise"])
    times = trace["t_span"]
    for step in range(STEPS):
        kept: dict[str, mx.array] = {}
        dt = times[step + 1] - times[step]
        both = mx.full((2,), float(times[step]))
        velocity = network(mx.concatenate([x, x]), mask, mu, both, speaker, cond, kept.__setitem__)
        conditional, unconditional = velocity[:1], velocity[1:]
        combined = (1.0 + CFG_RATE) * conditional - CFG_RATE * unconditional
        after = x + float(dt) * combined
        place = f"ode_step{step + 1}"
        trace[f"{place}_t"] = times[step]
        trace[f"{place}_dt"] = dt
        trace[f"{place}_x_before"] = _numpy(x)
        for name in _EVERY_STEP if step else _FIRST_STEP:
            trace[f"step{step + 1}/{name}"] = _numpy(kept[name][:1])
        trace[f"{place}_v_cond"] = _numpy(conditional)
        trace[f"{place}_v_uncond"] = _numpy(unconditional)
        trace[f"{place}_v_cfg"] = _numpy(combined)
        trace[f"{place}_x_after"] = _numpy(after)
        x = after
    trace["generated_mel_raw"] = _numpy(x)[:, PROMPT_FRAMES:]
    return {name: np.array(value, order="C") for name, value in trace.items()}


def _numpy(array: mx.array) -> NDArray:
    mx.eval(array)
    return np.array(array)
