"""One captured value as the bytes that go to disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.dtypes import STORED_DTYPES
from inspector.tensors import Array

_UNKNOWN = frozenset({"complex128"})  # the container has no code for it


class Unstorable(Exception):
    """A value without bytes of its own; the text says why, as a clause."""


@dataclass(frozen=True)
class StoredValue:
    """A value ready to be written.

    Attributes:
        dtype: stored dtype by name (see `inspector.dtypes`).
        shape: shape as stored.
        data: the elements in C order, little-endian, as flat bytes; only valid until
            the next call of the model, so it is written at once.
    """

    dtype: str
    shape: tuple[int, ...]
    data: memoryview


def store_numpy(value: Any) -> StoredValue:
    """Turn a NumPy array or a number into bytes.

    Raises:
        Unstorable: it holds no numbers, or numbers of a dtype that cannot be written.
    """
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise Unstorable(f"it is a {type(value).__name__}") from error
    name = array.dtype.name
    if name not in STORED_DTYPES or name in _UNKNOWN:
        raise Unstorable(f"its dtype is {name}")
    return StoredValue(name, array.shape, flat_bytes(array))


def flat_bytes(array: Array) -> memoryview:
    """The elements of `array` in C order and little-endian byte order, as bytes [n]."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return np.ascontiguousarray(little).reshape(-1).view(np.uint8).data


def row_slices(rows: Iterable[int]) -> list[slice]:
    """One slice of length 1 per row, for frameworks that copy when they index by lists."""
    return [slice(row, row + 1) for row in rows]
