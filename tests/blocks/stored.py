"""Tensor records in memory, as a file would give them."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.tensors import Array, TensorRecord


def records(arrays: Mapping[str, Array]) -> tuple[TensorRecord, ...]:
    """One record per array, in order."""
    return tuple(
        TensorRecord(name, array.shape, array.dtype.name, "memory", index, lambda a=array: a)
        for index, (name, array) in enumerate(arrays.items())
    )
