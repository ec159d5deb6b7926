"""Whether a parameter holds what a framework puts there before any weight is loaded.

PyTorch and MLX start Linear and Conv1d weights uniformly in +-1 / sqrt(fan-in), norms at
exactly 1 and 0 (documentation of ``torch.nn.Linear``, ``torch.nn.Conv1d`` and
``mlx.nn.Linear``); Matcha-TTS draws its decoder's weights from a normal distribution with
variance 2 / fan-in.  Trained values leave the bound and lose the flat shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from inspector.tensors import Array

_FEWEST = 64
_FEWEST_NORMAL = 4096
_KOLMOGOROV = 1.95
"""sqrt(n) D that a sample of the distribution itself exceeds once in a thousand."""
_SAMPLE = 1 << 17


def initialisation_of(
    values: Array, *, weight_shape: tuple[int, ...] | None = None, normal: bool = True
) -> str:
    """Name the initialisation that `values` look like, as a clause; empty when none.

    Constants are recognised at any size, distributions only from 64 values on (normal
    ones from 4,096), because fewer values fit too many.

    Args:
        values: a parameter in PyTorch's layout, float32, not empty.
        weight_shape: for a bias, the shape of the weight beside it.
        normal: test normal distributions too, which trained weights may resemble.
    """
    if values.ndim <= 1:
        first = float(values.reshape(-1)[0])
        if first in (0.0, 1.0) and bool((values == values.dtype.type(first)).all()):
            return f"exactly {first:g} everywhere"
    shape = values.shape if values.ndim > 1 else weight_shape
    if shape is None or len(shape) < 2 or values.size < _FEWEST:
        return ""
    flat = values.reshape(-1).astype(np.float64)
    largest, spread = float(np.abs(flat).max()), float(flat.std())
    if not math.isfinite(largest) or not spread:
        return ""
    for bound, name in _uniform_bounds(shape, values.ndim > 1):
        # Of n uniform values the largest is further than 8 / n below the bound once in 3,000
        # times, and the spread further off than 4 standard errors, 0.45 / sqrt(n) each, more
        # rarely.  Half precision may round a value beyond the bound.
        reaches = bound * (1 - 8 / flat.size) <= largest <= bound * (1 + 2e-3)
        flat_spread = abs(spread / (bound / math.sqrt(3)) - 1) < 1.8 / math.sqrt(flat.size)
        if reaches and flat_spread and _fits(flat, lambda x, b=bound: (x / b + 1) / 2):
            return f"uniform in +-{bound:.4g}, {name}"
    if normal and values.ndim > 1 and flat.size >= _FEWEST_NORMAL:
        for sigma, name in _normal_widths(shape):
            close = abs(spread / sigma - 1) < 4 / math.sqrt(2 * flat.size)
            if close and _fits(flat, lambda x, s=sigma: _normal_share(x / s)):
                return f"normal with standard deviation {sigma:.4g}, {name}"
    return ""


def _uniform_bounds(shape: tuple[int, ...], is_weight: bool) -> Iterator[tuple[float, str]]:
    fan_in = math.prod(shape[1:])
    yield 1 / math.sqrt(fan_in), f"1 / sqrt(fan-in) for a fan-in of {fan_in:,}"
    if len(shape) == 3:
        turned = shape[0] * shape[2]
        yield 1 / math.sqrt(turned), f"1 / sqrt(fan-in) for a fan-in of {turned:,}"
    if is_weight:
        fan_out = math.prod(shape) // shape[1]
        yield math.sqrt(6 / (fan_in + fan_out)), "the Xavier bound"
        yield math.sqrt(6 / fan_in), "the Kaiming bound"


def _normal_widths(shape: tuple[int, ...]) -> Iterator[tuple[float, str]]:
    fan_in = math.prod(shape[1:])
    yield math.sqrt(2 / fan_in), f"the Kaiming width for a fan-in of {fan_in:,}"
    yield math.sqrt(2 / (fan_in + math.prod(shape) // shape[1])), "the Xavier width"
    yield 1.0, "that of an embedding"


def _fits(flat: Array, share_below: Callable[[Array], Array]) -> bool:
    """Kolmogorov-Smirnov test against a distribution function, on at most 131,072 values."""
    step = max(1, flat.size // _SAMPLE)
    ordered = np.sort(flat[::step])
    expected = share_below(ordered)
    n = ordered.size
    above = (np.arange(1, n + 1) / n - expected).max()
    below = (expected - np.arange(n) / n).max()
    return float(max(above, below)) * math.sqrt(n) < _KOLMOGOROV


def _normal_share(x: Array) -> Array:
    from scipy.special import ndtr  # imported here: slow to load and rarely needed

    return ndtr(x)
