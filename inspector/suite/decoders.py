"""The decoders that self-test cases run: the trained demo and seeded ones of other sizes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from inspector.blocks.checkpoint import Checkpoint
from inspector.blocks.config import DecoderConfig
from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.live.checkpoint import open_checkpoint
from inspector.record.stream import TensorStream
from inspector.record.values import store_numpy
from inspector.suite.recording import run_inputs
from inspector.suite.seeded import DEEP, MATCHA, SMALL, seeded_weights
from inspector.tensors import Array, freeze
from inspector.views.demo import DEMO

DECODERS = ("small", "deep", "matcha", "demo")
"""Seeded: 16 channels; 12 middle stages of two transformers, 32 channels; two levels with
group norm and without guidance.  ``demo`` is the trained one, where it is installed."""

_FRAMES = {"small": (40, 33), "deep": (26, 21), "matcha": (24, 20), "demo": (84, 62)}
_CONFIGS = {"small": SMALL, "deep": DEEP, "matcha": MATCHA}
_PREFIX = "flow.decoder.estimator."
_DEMO_INPUTS = {"x": "noise", "mu": "mu", "mask": "mask", "speaker": "speaker", "cond": "cond"}


@dataclass(frozen=True, eq=False)
class Decoder:
    """A decoder with weights and the length of its runs.

    Attributes:
        name: one of `DECODERS`.
        config, weights: structure and parameters.
        frames, valid: T of a run and how many frames its mask lets pass.
        given: recorded inputs of a run, frames first; None for seeded ones.
    """

    name: str
    config: DecoderConfig
    weights: Mapping[str, Array]
    frames: int
    valid: int
    given: Mapping[str, Array] | None = None

    def inputs(self, *, frames: int = 0, padded: bool = True, noise: int = 0) -> dict[str, Array]:
        """Inputs of a run.

        Args:
            frames: T, all of them valid when not the decoder's own.
            padded: the mask hides frames at the end.
            noise: another draw of the initial noise when not 0.
        """
        length = frames or self.frames
        valid = self.valid if padded and not frames else length
        if self.given is not None and not frames:
            values = dict(self.given)
            if not padded:
                values["mask"] = np.ones_like(values["mask"])
        else:
            values = run_inputs(self.config, length, valid=valid)
        if noise:
            values["x"] = run_inputs(self.config, length, seed=noise)["x"]
        return values

    def write_checkpoint(self, folder: Path) -> Checkpoint:
        """Write the weights as a checkpoint with its configuration and open it.

        Raises:
            UsageError: the disk is full.
        """
        path = folder / "weights.safetensors"
        stream = TensorStream(path, {}, table_bytes=1 << 21)
        for key, value in self.weights.items():
            stream.add(_PREFIX + key, store_numpy(value))
        stream.finish({})
        config = folder / "config.json"
        config.write_text(json.dumps(self.config.to_dict()), encoding="utf-8")
        return open_checkpoint(path, config)


def has_demo() -> bool:
    """Whether the trained decoder is installed."""
    return (DEMO / "decoder.safetensors").is_file() and (DEMO / "inputs.safetensors").is_file()


@cache
def decoder_named(name: str) -> Decoder:
    """One of `DECODERS`.

    Raises:
        UsageError: there is no such decoder, or the demo is not installed.
    """
    if name in _CONFIGS:
        config = _CONFIGS[name]
        return Decoder(name, config, _with_mel_level(seeded_weights(config)), *_FRAMES[name])
    if name != "demo":
        raise UsageError("decoder", name, "there is none", f"one of {', '.join(DECODERS)}")
    if not has_demo():
        raise UsageError("decoder", name, f"it is not installed at {DEMO}")
    checkpoint = open_checkpoint(DEMO / "decoder.safetensors")
    stored = open_trace(DEMO / "inputs.safetensors")
    given = {}
    for key, word in _DEMO_INPUTS.items():
        value = stored[f"padded/{word}"].read()
        given[key] = np.ascontiguousarray(value.swapaxes(1, 2) if value.ndim == 3 else value)
    config = replace(checkpoint.config, steps=4)
    weights = {key: checkpoint.weights[key] for key in checkpoint.weights}
    return Decoder(name, config, weights, *_FRAMES[name], given)


def _with_mel_level(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Weights whose velocity leads from noise to the level of a log-mel, -4 to -8.

    Without it a seeded decoder is an untrained one: its mel stays N(0, 1), and the health
    check rightly says so on every healthy pair.
    """
    bias = weights["final_proj.bias"]
    ramp = np.linspace(-4.0, -8.0, bias.size, dtype=np.float32)
    return {**weights, "final_proj.bias": freeze(bias + ramp)}
