"""MLX arrays as bytes."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import mlx.core as mx
import numpy as np

from inspector.record.values import StoredValue, Unstorable, flat_bytes, row_slices

_NAMES = {
    mx.float64: "float64", mx.float32: "float32", mx.float16: "float16", mx.bfloat16: "bfloat16",
    mx.int8: "int8", mx.int16: "int16", mx.int32: "int32", mx.int64: "int64",
    mx.uint8: "uint8", mx.uint16: "uint16", mx.uint32: "uint32", mx.uint64: "uint64",
    mx.bool_: "bool", mx.complex64: "complex64",
}  # fmt: skip


def store_array(array: mx.array, rows: tuple[int, ...] | None = None) -> StoredValue:
    """Evaluate `array` and take its bytes, or those of some rows of its first axis.

    Raises:
        Unstorable: the array is traced by `mlx.core.compile` or `mlx.core.vmap` and has no
            values, or values of a dtype that the container does not know.
    """
    name = _NAMES.get(array.dtype)
    if name is None:
        raise Unstorable(f"its dtype is {array.dtype}")
    try:
        kept = array
        if rows is not None:
            kept = mx.concatenate([array[part] for part in row_slices(rows)])
        if name == "bfloat16":  # NumPy has no such type
            kept = kept.view(mx.uint16)
        mx.eval(kept)
    except ValueError as error:
        raise Unstorable(
            "it ran inside mlx.core.compile or another transformation and has no values; "
            "record the model without compiling it"
        ) from error
    return StoredValue(name, tuple(kept.shape), flat_bytes(np.asarray(kept)))


def mlx_version() -> str:
    """Version of the installed package, or an empty text."""
    try:
        return version("mlx")
    except PackageNotFoundError:
        return str(getattr(mx, "__version__", "")).strip()
