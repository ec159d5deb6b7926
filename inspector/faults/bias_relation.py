"""How the bias that a layer used relates to the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from inspector.faults.fresh import fresh_test
from inspector.tensors import Array

BIAS_KINDS = (
    "equal", "missing", "random", "other_block", "other", "none", "invented", "undecided",
)  # fmt: skip
"""``none``: neither side has one; ``undecided``: smaller than the error of the recovery."""

_CLOSE = 2e-3
"""Relative distance of biases that count as equal: that of a bias in half precision."""


def bias_key(key: str) -> str:
    """Key of the bias that belongs to the weight `key`."""
    return f"{key.removesuffix('.weight')}.bias"


def relate_bias(
    bias: Array | None, weights: Mapping[str, Array], key: str, fan_in: int, error: float
) -> tuple[str, str]:
    """Kind of relation and a clause about it.

    Args:
        bias: [O] as recovered; None when it cannot be known.
        weights: the checkpoint.
        key: key of the weight of the layer.
        fan_in: inputs of one output.
        error: absolute error of the recovered values.

    Returns:
        One of `BIAS_KINDS` and a clause such as ``its bias is 0``.
    """
    name = bias_key(key)
    reference = weights[name].astype(np.float64) if name in weights else None
    if bias is None:
        return "undecided", "its bias cannot be told from these values"
    size = _rms(bias)
    if reference is None:
        if size <= max(3 * error, 1e-6):
            return "none", "it has no bias, as in the checkpoint"
        fresh = fresh_test(bias, fan_in, error / max(size, 1e-30)).fresh
        drawn = ", drawn as the framework initialises it" if fresh else ""
        return "invented", f"it has a bias that the checkpoint lacks{drawn}"
    limit = max(3 * error, _CLOSE * _rms(reference), 1e-7)
    if _rms(reference) <= limit:
        near = _rms(bias - reference) <= limit
        return ("undecided" if near else "other"), "the bias of the checkpoint is nearly 0"
    if _rms(bias - reference) <= limit:
        return "equal", "its bias is that of the checkpoint"
    if size <= limit:
        return "missing", "its bias is 0, that of the checkpoint is not"
    for other, values in weights.items():
        if other != name and other.endswith(".bias") and values.shape == bias.shape:
            values = values.astype(np.float64)
            if _rms(bias - values) <= max(3 * error, _CLOSE * _rms(values)):
                return "other_block", f"its bias is that of {other}"
    if fresh_test(bias, fan_in, error / size).fresh:
        return "random", "its bias is drawn as the framework initialises it"
    return "other", "its bias differs from that of the checkpoint"


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else 0.0
