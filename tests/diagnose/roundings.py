"""Chains of operations computed twice, each rounding to a dtype in its own order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inspector.analysis.tensor import TensorComparison, compare_pair
from inspector.diagnose.floor import judge
from inspector.diagnose.weight_grid import round_to
from inspector.tensors import Array
from tests.analysis.tensor_pairs import pair

FAULTS = ("noise", "gain", "offset", "channel", "frame", "element")


def rounded(values: Array, dtype: str) -> Array:
    """`values` as `dtype` holds them, carried by float32 or float64."""
    if dtype == "float64":
        return values.astype(np.float64)
    single = values.astype(np.float32)
    return single if dtype == "float32" else round_to(single, dtype)


def chain(
    random: np.random.Generator, dtype: str, depth: int, *, frames: int = 24, width: int = 32,
    fault: tuple[int, str, float] | None = None,
) -> tuple[list[Array], list[Array]]:  # fmt: skip
    """A residual stream of `depth` operations in float32, and again in `dtype`.

    The second side adds up its products in another order and rounds after every operation
    to `dtype`; a float64 reference for float64.  Each operation is a product with random
    weights, tanh, and a sum with the stream, whose scale is random.

    Args:
        fault: (operation, kind of `FAULTS`, relative L2 error) added to its output.
    """
    base = "float64" if dtype == "float64" else "float32"
    scale = 10.0 ** random.uniform(-2, 2)
    one = rounded(random.standard_normal((frames, width)), base)
    two = rounded(one, dtype)
    left, right = [rounded(one * scale, base)], [rounded(two * scale, dtype)]
    for index in range(depth):
        weights = random.standard_normal((width, width)) / np.sqrt(width)
        bias = 0.3 * random.standard_normal(width)
        order = random.permutation(width)
        one = rounded(one + np.tanh(_product(one, weights, bias, base)), base)
        inner = _product(two[:, order], rounded(weights, dtype)[order], rounded(bias, dtype), dtype)
        two = rounded(two + rounded(np.tanh(inner), dtype), dtype)
        if fault is not None and fault[0] == index:
            two = rounded(two + _error(random, two, fault[1], fault[2]), dtype)
        left.append(rounded(one * scale, base))
        right.append(rounded(two * scale, dtype))
    return left, right


def judged(left: Sequence[Array], right: Sequence[Array]) -> tuple[TensorComparison, ...]:
    """The comparisons of two chains, values of one step in order, judged by their floors."""
    pairs = [
        replace(pair(a, b), step=1, role="initial_noise" if i == 0 else "")
        for i, (a, b) in enumerate(zip(left, right, strict=True))
    ]
    return judge([compare_pair(p) for p in pairs], lambda p, t: compare_pair(p, tolerance=t))


def _product(x: Array, weights: Array, bias: Array, dtype: str) -> Array:
    if dtype == "float64":
        return x.astype(np.float64) @ weights + bias
    # float32 sums, as matrix units of half precision have them
    return rounded(x.astype(np.float32) @ weights.astype(np.float32) + bias.astype(np.float32),
                   dtype)  # fmt: skip


def _error(random: np.random.Generator, values: Array, kind: str, size: float) -> Array:
    shape = np.zeros(values.shape)
    if kind == "noise":
        shape = random.standard_normal(values.shape)
    elif kind == "gain":
        shape = values.astype(np.float64)
    elif kind == "offset":
        shape = np.ones(values.shape)
    elif kind == "channel":
        shape[:, random.integers(values.shape[1])] = 1.0
    elif kind == "frame":
        shape[0] = 1.0
    else:
        shape[0, 0] = 1.0
    return shape * (size * np.linalg.norm(values) / np.linalg.norm(shape))
