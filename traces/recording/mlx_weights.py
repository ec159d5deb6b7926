"""The checkpoint brought into the MLX port: names by a table, kernels from OIK to OKI."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from traces.recording.mlx_decoder import Estimator, Port
from traces.training.checkpoint import PREFIX

_STAGE = r"((?:down|mid|up)_blocks\.\d+)"
_TRANSFORMER = _STAGE + r"\.1\.(\d+)\."
_THERE = r"\1.transformers.\2."

TABLE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "time": ((r"(time_mlp\.linear_[12])", r"\1"),),
    "blocks": (
        (_STAGE + r"\.0\.(block[12])\.block\.0", r"\1.resnet.\2.conv"),
        (_STAGE + r"\.0\.(block[12])\.block\.2", r"\1.resnet.\2.norm"),
        (r"final_block\.block\.0", "final_block.conv"),
        (r"final_block\.block\.2", "final_block.norm"),
    ),
    "stage convolutions": ((r"(down|up)_blocks\.(\d+)\.2", r"\1_blocks.\2.\1sample"),),
    "norms": (
        (_TRANSFORMER + "norm1", _THERE + "norm1"),
        (_TRANSFORMER + "norm3", _THERE + "norm2"),
    ),
    "attention": (
        (_TRANSFORMER + r"attn1\.to_q", _THERE + "attention.query_proj"),
        (_TRANSFORMER + r"attn1\.to_k", _THERE + "attention.key_proj"),
        (_TRANSFORMER + r"attn1\.to_v", _THERE + "attention.value_proj"),
        (_TRANSFORMER + r"attn1\.to_out\.0", _THERE + "attention.out_proj"),
    ),
    "feed-forward": (
        (_TRANSFORMER + r"ff\.net\.0\.proj", _THERE + "ff.layers.0"),
        (_TRANSFORMER + r"ff\.net\.2", _THERE + "ff.layers.1"),
    ),
    "time projections": ((_STAGE + r"\.0\.mlp\.1", r"\1.resnet.mlp"),),
    "residual convolutions": ((_STAGE + r"\.0\.res_conv", r"\1.resnet.res_conv"),),
    "final projection": (("final_proj", "final_proj"),),
}  # fmt: skip
"""Modules of the checkpoint and what the port calls them, by kind."""

# Seed of the values that MLX gives to a fresh module.  Of 60 seeds this one comes nearest to
# the documented recording; the README says how far they spread.
_OWN_START = 24


@dataclass(frozen=True)
class Loading:
    """How the weights come in; the defaults are right.

    Attributes:
        unknown: kinds of `TABLE` that this port's table lacks.  Such weights are left out
            and nobody asks for them, so their modules keep the values they began with.
        flipped: a convolution of the checkpoint whose kernel arrives turned round in time.
        transposed: a square projection of the checkpoint that arrives transposed.
    """

    unknown: tuple[str, ...] = ()
    flipped: str = ""
    transposed: str = ""


def build(checkpoint: Mapping[str, NDArray], port: Port, loading: Loading) -> Estimator:
    """Return the port with the weights of `checkpoint`, ready to run.

    Raises:
        ValueError: from MLX, a weight of the complete table is missing or has another shape.
    """
    mx.random.seed(_OWN_START)
    estimator = Estimator(port)
    kinds = [kind for kind in TABLE if kind not in loading.unknown]
    weights = []
    for stored, value in checkpoint.items():
        module, _, parameter = stored.removeprefix(PREFIX).rpartition(".")
        there = port_name(module, kinds)
        if there is None:
            continue
        if module == loading.transposed and parameter == "weight":
            value = value.T
        if value.ndim == 3:
            if module == loading.flipped:
                value = value[:, :, ::-1]
            value = value.transpose(0, 2, 1)
        turned = np.ascontiguousarray(value, dtype=np.float32)
        weights.append((f"{there}.{parameter}", mx.array(turned)))
    estimator.load_weights(weights, strict=not loading.unknown)
    return estimator.eval()


def port_name(module: str, kinds: Iterable[str] = tuple(TABLE)) -> str | None:
    """Name in the port of a module of the checkpoint; None when the table lacks it."""
    for kind in kinds:
        for pattern, there in TABLE[kind]:
            if match := re.fullmatch(pattern, module):
                return match.expand(there)
    return None
