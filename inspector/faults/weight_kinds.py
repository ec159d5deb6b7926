"""Ways in which a parameter of a port differs from the checkpoint, in NumPy.

Layouts are those of PyTorch: linear OI, convolution OIK, transposed convolution IOK.
A change gets the current array (None for a parameter that the checkpoint lacks) and the
checkpoint itself; it computes in float64 and returns the dtype of the checkpoint.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from inspector.blocks.graph import Settings
from inspector.errors import UsageError
from inspector.faults.precision import quantised, rounded
from inspector.tensors import Array

Change = Callable[[str, Array | None, Mapping[str, Array], Settings], Array]


@dataclass(frozen=True)
class WeightKind:
    """One kind of change.

    Attributes:
        formula: the change, with the names of its settings.
        change: ``change(key, array, checkpoint, settings) -> array``.
    """

    formula: str
    change: Change


def _kind(formula: str, edit: Callable[[Array, Settings], Array]) -> WeightKind:
    """A kind that needs only the array and its settings."""

    def change(
        key: str, array: Array | None, _checkpoint: Mapping[str, Array], settings: Settings
    ) -> Array:
        if array is None:
            raise UsageError("unknown", key, "the checkpoint has no such key")
        return np.ascontiguousarray(edit(array.astype(np.float64), settings)).astype(array.dtype)

    return WeightKind(formula, change)


def _number(settings: Settings, name: str, default: float) -> float:
    value = settings.get(name, default)
    if not isinstance(value, int | float):
        raise UsageError("setting", name, f"it is {value!r}", "a number")
    return float(value)


def fan_in(shape: tuple[int, ...], layout: str) -> int:
    """Inputs that one output of a linear or convolution layer sums over."""
    if layout not in ("OI", "OIK", "IOK") or len(shape) != len(layout):
        raise UsageError("layout", layout or "weight", f"its shape is {shape}")
    return int(np.prod([n for n, letter in zip(shape, layout, strict=True) if letter != "O"]))


def _uniform(
    key: str, array: Array | None, checkpoint: Mapping[str, Array], settings: Settings
) -> Array:
    weight = checkpoint[str(settings.get("of", key))]
    layout = str(settings.get("layout", "OI"))
    bound = fan_in(weight.shape, layout) ** -0.5
    shape = array.shape if array is not None else (weight.shape[layout.index("O")],)
    generator = np.random.default_rng(
        [int(_number(settings, "seed", 0)), zlib.crc32(key.encode("utf-8", "replace"))]
    )
    return generator.uniform(-bound, bound, shape).astype(weight.dtype)


def _from_key(
    key: str, array: Array | None, checkpoint: Mapping[str, Array], settings: Settings
) -> Array:
    other = checkpoint[str(settings["source"])]
    if array is not None and other.shape != array.shape:
        raise UsageError(
            "shape", key, f"{settings['source']} has the shape {other.shape}", str(array.shape)
        )
    return other


def _transposed(array: Array, _settings: Settings) -> Array:
    """Swap the first two axes, which must have the same length."""
    if array.shape[0] != array.shape[1]:
        raise UsageError(
            "shape", "weight", f"its shape is {array.shape}", "as many rows as columns"
        )
    return array.swapaxes(0, 1)


def reread(array: Array, stored: str) -> Array:
    """The values that result when memory in one layout is read in another.

    Args:
        array: [O, I] or [O, I, K].
        stored: ``torch`` when memory in the order of PyTorch was taken for that of MLX
            (linear: [I, O]), ``mlx`` for the reverse.

    Returns:
        The weight that the layer then uses, in the layout of PyTorch.
    """
    o, i, *kernel = array.shape
    k = kernel[0] if kernel else 1
    if k == 1:
        matrix = array.reshape(o, i)
        matrix = matrix.reshape(i, o).T if stored == "torch" else matrix.T.reshape(o, i)
        return matrix.reshape(array.shape)
    if stored == "torch":
        return array.reshape(o, k, i).transpose(0, 2, 1)
    return array.transpose(0, 2, 1).reshape(o, i, k)


def _zero_rows(array: Array, settings: Settings) -> Array:
    """Zero `count` rows from `first` on, both given as shares of all rows."""
    rows = array.shape[0]
    first = int(_number(settings, "first", 0.0) * rows)
    count = max(1, round(_number(settings, "share", 0.125) * rows))
    array = array.copy()
    array[first : first + count] = 0
    return array


def _permuted_heads(array: Array, settings: Settings) -> Array:
    """Rows in blocks of heads, moved: roll by one head, or interleaved with the widths."""
    heads = int(_number(settings, "heads", 1))
    rows = array.reshape(heads, array.shape[0] // heads, *array.shape[1:])
    if settings.get("order", "roll") == "roll":
        return np.roll(rows, 1, axis=0).reshape(array.shape)
    return rows.swapaxes(0, 1).reshape(array.shape)


WEIGHT_KINDS: Mapping[str, WeightKind] = MappingProxyType({
    "uniform": WeightKind(
        "U(-b, b), b = 1 / sqrt(fan_in of the weight `of` in `layout`), drawn from `seed` and "
        "the key", _uniform,
    ),
    "ones": _kind("1", lambda a, _: np.ones_like(a)),
    "zero": _kind("0", lambda a, _: np.zeros_like(a)),
    "transpose": _kind("the first two axes swapped", _transposed),
    "flip_kernel": _kind("w[..., K - 1 - k]", lambda a, _: a[..., ::-1]),
    "reread": _kind(
        "memory laid out as in `stored` (torch or mlx) read in the layout of the other",
        lambda a, s: reread(a, str(s.get("stored", "torch"))),
    ),
    "from_key": WeightKind("the parameter `source` of the checkpoint", _from_key),
    "zero_rows": _kind("rows [first, first + share) of all rows are 0", _zero_rows),
    "scale": _kind("w `factor`", lambda a, s: a * _number(s, "factor", 1.0)),
    "log": _kind("ln |w|", lambda a, _: np.log(np.maximum(np.abs(a), 1e-12))),
    "permute_heads": _kind("blocks of rows, one per head: rolled or interleaved", _permuted_heads),
    "cast": _kind("rounded to `dtype`", lambda a, s: rounded(a, str(s.get("dtype", "float16")))),
    "quantise": _kind(
        "each `group` of a row as scale q + offset with `bits` bits",
        lambda a, s: quantised(a, int(_number(s, "bits", 8)), int(_number(s, "group", 64))),
    ),
})  # fmt: skip
"""Kinds of weight changes by name."""
