"""The operations in MLX on its default device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mlx.core as mx
import numpy as np

from inspector.blocks.arithmetic import ARITHMETIC
from inspector.blocks.calls import check_call, describe
from inspector.blocks.graph import Settings
from inspector.blocks.mlx_attention import ATTENTION
from inspector.blocks.mlx_inputs import INPUTS
from inspector.blocks.mlx_layers import LAYERS
from inspector.blocks.operations import Operation
from inspector.errors import UsageError
from inspector.tensors import Array, freeze

# float64 is left out: MLX has it on the CPU alone, and there not for transposed convolution
_DTYPES = {"float32": mx.float32, "float16": mx.float16, "bfloat16": mx.bfloat16}
_HALF = (mx.float16, mx.bfloat16)
_OPERATIONS: Mapping[str, Operation] = {**ARITHMETIC, **LAYERS, **ATTENTION, **INPUTS}


class MlxBackend:
    """Computes operations with MLX (see `inspector.blocks.operations.Backend`).

    Every result is evaluated before it is handed on: an error arises at its operation, and
    a value can be read in another thread than the one that computed it.
    """

    name = "mlx"
    precisions = tuple(_DTYPES)

    def put(self, array: Array, precision: str) -> mx.array:
        """A copy of `array` in MLX; floating-point values in `precision`.

        Raises:
            UsageError: a precision or a kind of values that MLX does not have.
        """
        dtype, array = self._dtype(precision), np.asarray(array)
        if array.dtype.kind == "f":
            value = mx.array(np.array(array, np.float32, order="C")).astype(dtype)
        elif array.dtype.kind in "iu":
            value = mx.array(np.array(array, np.int64, order="C"))
        elif array.dtype.kind == "b":
            value = mx.array(np.array(array, order="C"))
        else:
            raise UsageError("dtype", "mlx", f"values of type {array.dtype}", "real numbers")
        mx.eval(value)
        return value

    def cast(self, value: mx.array, precision: str) -> mx.array:
        """`value` in `precision`; integers stay."""
        dtype = self._dtype(precision)
        if mx.issubdtype(value.dtype, mx.floating) and value.dtype != dtype:
            value = value.astype(dtype)
            mx.eval(value)
        return value

    def take(self, value: mx.array) -> Array:
        """`value` as read-only NumPy: half precisions become float32."""
        if value.dtype in _HALF:
            value = value.astype(mx.float32)
        return freeze(np.array(value))

    def run(
        self, op: str, inputs: Sequence[Any], params: Mapping[str, Any], settings: Settings
    ) -> mx.array:
        """Compute one operation and wait for the result.

        Raises:
            UsageError: a call that does not fit the operation (see `check_call`), or one
                that MLX refuses.
        """
        filled = check_call(op, inputs, params, settings)
        try:
            value = _OPERATIONS[op](inputs, params, filled)
            mx.eval(value)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise UsageError(
                "refused", op, f"MLX refuses {describe(inputs, params)}: {lines[0]}"
            ) from error
        return value

    @staticmethod
    def _dtype(precision: str) -> mx.Dtype:
        if precision not in _DTYPES:
            raise UsageError(
                "precision", precision, "MLX does not compute in this precision here",
                f"one of {', '.join(_DTYPES)}",
            )  # fmt: skip
        return _DTYPES[precision]
