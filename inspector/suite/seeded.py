"""Weights of a healthy decoder from a seed: the stream stays O(1), no parameter is special."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.graph import Node
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.tensors import Array, freeze

SMALL = DecoderConfig(
    mel_bins=8, in_channels=32, channels=(16,), heads=2, head_width=8, blocks_per_stage=1,
    mid_blocks=2, time_width=32, steps=4,
)  # fmt: skip
"""A causal decoder of one level that runs in milliseconds."""

MATCHA = DecoderConfig(
    mel_bins=8, in_channels=16, channels=(16, 24), heads=2, head_width=8, blocks_per_stage=1,
    mid_blocks=1, causal=False, norm="group", activation="snakebeta", speaker=False, cond=False,
    time_width=32, attention_mask="added_01", cfg_rate=None, steps=4, schedule="linear",
)  # fmt: skip
"""A non-causal decoder of two levels as Matcha-TTS has it."""

DEEP = replace(
    SMALL, mid_blocks=12, blocks_per_stage=2, steps=3, heads=4, head_width=16, channels=(32,)
)
"""Stages beyond ten and a head width other than the channels."""


def seeded_weights(config: DecoderConfig, seed: int = 0) -> dict[str, Array]:
    """Every parameter of the decoder: key without prefix -> float32 array, read-only.

    A parameter depends on the seed, its key and its shape only.  Matrices are normal with
    standard deviation 1 / sqrt(fan-in), or 0.3 of it at the end of a residual branch; norm
    weights are spread around 1 (as trained ones are), biases around 0, none of them exactly
    1 or 0.
    """
    shapes = parameter_shapes(config)
    weights = {}
    for node in step_graph(config).nodes:
        for parameter, key in node.params:
            weights[key] = freeze(_value(node, parameter, key, shapes[key], seed))
    return weights


def _value(node: Node, parameter: str, key: str, shape: tuple[int, ...], seed: int) -> Array:
    digest = hashlib.sha256(f"{seed} {key}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    noise = random.standard_normal(shape)
    if node.slot == "norm":
        value = 0.7 + 0.2 * np.abs(noise) if parameter == "weight" else 0.1 * noise
    elif node.op == "snakebeta":
        value = 0.2 * noise
    elif parameter == "bias":
        value = 0.1 * noise
    else:
        value = noise * _gain(node) / np.sqrt(_fan_in(node, shape))
    return value.astype(np.float32)


def _gain(node: Node) -> float:
    if node.slot == "output_projection" or node.name.endswith("ff.net.2"):
        return 0.3
    return 0.85 if node.slot in ("residual_conv", "stage_conv") else 1.0


def _fan_in(node: Node, shape: tuple[int, ...]) -> int:
    if node.op == "conv_transpose1d":
        return shape[0] * shape[2] // 2  # every output frame sees half of the kernel
    return int(np.prod(shape[1:]))
