"""The operations in PyTorch on the CPU; float64 is the oracle of every comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from inspector.blocks.arithmetic import ARITHMETIC
from inspector.blocks.calls import check_call, describe
from inspector.blocks.graph import Settings
from inspector.blocks.operations import Operation
from inspector.blocks.torch_attention import ATTENTION
from inspector.blocks.torch_inputs import INPUTS
from inspector.blocks.torch_layers import LAYERS
from inspector.errors import UsageError
from inspector.tensors import Array, freeze

_DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
_OPERATIONS: Mapping[str, Operation] = {**ARITHMETIC, **LAYERS, **ATTENTION, **INPUTS}


class TorchBackend:
    """Computes operations with PyTorch (see `inspector.blocks.operations.Backend`)."""

    name = "torch"
    precisions = tuple(_DTYPES)

    def put(self, array: Array, precision: str) -> torch.Tensor:
        """A copy of `array` as a tensor; floating-point values in `precision`.

        Raises:
            UsageError: a precision or a kind of values that PyTorch does not have.
        """
        dtype, array = self._dtype(precision), np.asarray(array)
        if array.dtype.kind == "f":
            # bfloat16 has no NumPy type: it is rounded from float32 here
            kept = np.float64 if array.dtype == np.float64 else np.float32
            return torch.from_numpy(np.array(array, kept, order="C")).to(dtype)
        if array.dtype.kind in "iu":
            return torch.from_numpy(np.array(array, np.int64, order="C"))
        if array.dtype.kind == "b":
            return torch.from_numpy(np.array(array, order="C"))
        raise UsageError("dtype", "torch", f"values of type {array.dtype}", "real numbers")

    def cast(self, value: torch.Tensor, precision: str) -> torch.Tensor:
        """`value` in `precision`; integers stay."""
        dtype = self._dtype(precision)
        return value.to(dtype) if value.is_floating_point() else value

    def take(self, value: torch.Tensor) -> Array:
        """`value` as read-only NumPy: float64 stays, half precisions become float32."""
        if value.dtype in (torch.float16, torch.bfloat16):
            value = value.float()
        return freeze(value.detach().contiguous().numpy())

    def run(
        self, op: str, inputs: Sequence[Any], params: Mapping[str, Any], settings: Settings
    ) -> torch.Tensor:
        """Compute one operation.

        Raises:
            UsageError: a call that does not fit the operation (see `check_call`), or one
                that PyTorch refuses.
        """
        filled = check_call(op, inputs, params, settings)
        try:
            with torch.inference_mode():
                return _OPERATIONS[op](inputs, params, filled)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UsageError(
                "refused", op, f"PyTorch refuses {describe(inputs, params)}: {reason}"
            ) from error

    @staticmethod
    def _dtype(precision: str) -> torch.dtype:
        if precision not in _DTYPES:
            raise UsageError(
                "precision", precision, "PyTorch does not compute in this precision here",
                f"one of {', '.join(_DTYPES)}",
            )  # fmt: skip
        return _DTYPES[precision]
