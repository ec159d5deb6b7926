"""Pairs of weight files with known differences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from inspector.tensors import Array
from tests.blocks.seeded import SMALL, seeded_weights

PREFIX = "flow.decoder.estimator."


def write_weights(path: Path, weights: Mapping[str, Array], metadata: object = None) -> Path:
    """Write a safetensors file; `metadata` becomes its ``config`` entry."""
    texts = {} if metadata is None else {"config": json.dumps(metadata)}
    save_file({k: np.ascontiguousarray(v) for k, v in weights.items()}, path, texts)
    return path


def decoder(changes: Mapping[str, Array | None] | None = None, prefix: str = PREFIX):
    """The small seeded decoder with some parameters replaced, or dropped where None."""
    weights: dict[str, Array] = dict(seeded_weights(SMALL))
    for key, value in (changes or {}).items():
        if value is None:
            del weights[key]
        else:
            weights[key] = value
    return {prefix + key: value for key, value in weights.items()}


def write_pair(folder: Path, changes: Mapping[str, Array | None]) -> tuple[Path, Path]:
    """A reference that states its structure, and a candidate with changes."""
    return (
        write_weights(folder / "reference.safetensors", decoder(), SMALL.to_dict()),
        write_weights(folder / "candidate.safetensors", decoder(changes)),
    )


def fresh(shape: tuple[int, ...], fan_in: int, seed: int = 0) -> Array:
    """What a framework starts a weight or bias with."""
    random = np.random.default_rng(seed)
    return (random.uniform(-1, 1, shape) / fan_in**0.5).astype(np.float32)
