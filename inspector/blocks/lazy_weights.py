"""Parameters that are read when they are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from inspector.tensors import Array, TensorRecord, freeze

KEPT_BYTES = 512 * 1024**2
"""Values kept in memory once read; a full-size decoder needs about 290 MB."""


@dataclass(frozen=True)
class StoredWeight:
    """One parameter of a file.

    Attributes:
        record: the stored tensor.
        axes: permutation into PyTorch's layout; None when it is stored so.
        shape: shape in PyTorch's layout.
    """

    record: TensorRecord
    axes: tuple[int, ...] | None
    shape: tuple[int, ...]

    def read(self) -> Array:
        """The values in PyTorch's layout, float32, C order, read-only.

        Raises:
            TraceError: the file changed or cannot be read.
        """
        values = self.record.read()
        values = values if self.axes is None else values.transpose(self.axes)
        return freeze(np.array(values.reshape(self.shape), dtype=np.float32, order="C"))


class LazyWeights(Mapping[str, Array]):
    """Parameters by key; each is read at its first use and kept while room is left."""

    def __init__(self, stored: Mapping[str, StoredWeight]) -> None:
        self._stored = dict(stored)
        self._read: dict[str, Array] = {}
        self._room = KEPT_BYTES

    def __getitem__(self, key: str) -> Array:
        if key in self._read:
            return self._read[key]
        values = self._stored[key].read()
        if values.nbytes <= self._room:
            self._room -= values.nbytes
            self._read[key] = values
        return values

    def __contains__(self, key: object) -> bool:
        return key in self._stored  # without reading it

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def stored(self, key: str) -> StoredWeight:
        """Where the parameter comes from, without reading it."""
        return self._stored[key]
