"""What the weights of a layer may have become: candidates from the checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from inspector.faults.precision import quantised, rounded
from inspector.faults.weight_kinds import reread
from inspector.tensors import Array

OTHER = "other_block"
PRECISIONS = ("half", "quantised")


@dataclass(frozen=True)
class Hypothesis:
    """One candidate for the weights that a layer used.

    Attributes:
        kind: kind of relation to the checkpoint, as in `inspector.faults.relations`.
        detail: what exactly, as a clause.
        weight: float64 [O, I] or [O, I, K].
        source: key of the checkpoint it comes from.
    """

    kind: str
    detail: str
    weight: Array
    source: str


def weight_hypotheses(
    weights: Mapping[str, Array], key: str, heads: int | None = None
) -> Iterator[Hypothesis]:
    """Candidates for the parameter `key`, likely ones first.

    Args:
        weights: the checkpoint, PyTorch layout.
        key: a linear [O, I] or convolution [O, I, K] weight.
        heads: number of attention heads for q, k, v and output projections.
    """
    weight = weights[key].astype(np.float64)
    yield Hypothesis("equal", "equal to the checkpoint", weight, key)
    for detail, array in _moved(weight):
        yield Hypothesis("transposed" if "transposed" in detail or "memory" in detail else
                         "flipped", detail, array, key)  # fmt: skip
    yield from _heads_moved(weight, key, heads)
    for name in weights:
        if name == key or not name.endswith(".weight") or weights[name].shape != weight.shape:
            continue
        other = weights[name].astype(np.float64)
        yield Hypothesis(OTHER, f"those of {name}", other, name)
        for detail, array in _moved(other):
            yield Hypothesis(OTHER, f"those of {name}, {detail}", array, name)
    yield from _reduced(weight, key)


def _moved(weight: Array) -> Iterator[tuple[str, Array]]:
    """The same values at other places."""
    o, i, *kernel = weight.shape
    taps = kernel[0] if kernel else 1
    if o == i and o > 1:
        yield "transposed", weight.swapaxes(0, 1)
    if taps > 1:
        yield "with the kernel flipped", weight[..., ::-1]
        if o == i:
            yield "transposed and with the kernel flipped", weight.swapaxes(0, 1)[..., ::-1]
    if min(o, i) > 1 and (taps > 1 or o != i):
        yield "reshaped: memory of PyTorch read in the layout of MLX", reread(weight, "torch")
        yield "reshaped: memory of MLX read in the layout of PyTorch", reread(weight, "mlx")


def _heads_moved(weight: Array, key: str, heads: int | None) -> Iterator[Hypothesis]:
    """Heads interleaved with their channels, on the rows of q, k, v or the columns of out."""
    for axis, name in ((0, "rows"), (1, "columns")):
        size = weight.shape[axis]
        if not heads or heads < 2 or size % heads or size == heads:
            continue
        for split, detail in ((heads, "as D blocks of H"), (size // heads, "as H blocks of D")):
            order = np.arange(size).reshape(split, size // split).T.reshape(-1)
            moved = np.take(weight, order, axis=axis)
            yield Hypothesis("permuted", f"with its {name} ordered {detail}", moved, key)


def _reduced(weight: Array, key: str) -> Iterator[Hypothesis]:
    for dtype in ("float16", "bfloat16"):
        yield Hypothesis("half", f"rounded to {dtype}", rounded(weight, dtype), key)
    if weight.ndim == 2:
        for bits in (8, 6, 4):
            for group in (64, 32, 128):
                if weight.shape[1] % group == 0:
                    detail = f"quantised to {bits} bits in groups of {group}"
                    yield Hypothesis("quantised", detail, quantised(weight, bits, group), key)
