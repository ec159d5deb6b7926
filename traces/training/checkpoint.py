"""The decoder's weights as a file: Chatterbox's names, float16 values, the shape as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from traces.training.decoder import CONFIG, Estimator

PREFIX = "decoder.estimator."


def write_checkpoint(decoder: Estimator, path: Path) -> None:
    """Write the state dict of `decoder`, whose values float16 must be able to hold."""
    weights = {}
    for name, value in decoder.state_dict().items():
        stored = value.numpy().astype(np.float16)
        if not np.array_equal(stored.astype(np.float32), value.numpy()):
            raise ValueError(f"{name}: its values are not rounded to float16")
        weights[PREFIX + name] = np.ascontiguousarray(stored)
    save_file(weights, path, metadata={"config": json.dumps(CONFIG)})
    path.chmod(0o644)


def read_checkpoint(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return all weights as float32, by their full names."""
    with safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118 - no mapping


def load_decoder(weights: Mapping[str, NDArray[np.float32]]) -> Estimator:
    """The PyTorch decoder with `weights`, in evaluation mode; every name must fit."""
    decoder = Estimator()
    state = {name.removeprefix(PREFIX): torch.from_numpy(value) for name, value in weights.items()}
    decoder.load_state_dict(state, strict=True)
    return decoder.eval()
