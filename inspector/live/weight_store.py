"""Parameters by key, copied into each framework once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspector.blocks.implementations import backend as backend_named
from inspector.errors import UsageError
from inspector.faults.edit import WeightChange, changed_weights
from inspector.tensors import Array


class WeightStore:
    """A checkpoint's parameters in PyTorch layout, with changes on top.

    Args:
        arrays: canonical key -> float32 array.
        identity: what the arrays are, for caches.
    """

    def __init__(
        self, arrays: Mapping[str, Array], identity: str = "", base: WeightStore | None = None
    ) -> None:
        self.arrays = arrays
        self.identity = identity
        self._base = base
        self._changed: frozenset[str] = frozenset()
        self._placed: dict[tuple[str, str, str], Any] = {}

    def __contains__(self, key: object) -> bool:
        return key in self.arrays

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every parameter."""
        return {key: self.arrays[key].shape for key in self.arrays}

    def placed(self, key: str, backend: str, precision: str) -> Any:
        """The parameter `key` in a framework and precision.

        Raises:
            UsageError: the checkpoint lacks the parameter.
        """
        if self._base is not None and key not in self._changed:
            return self._base.placed(key, backend, precision)
        place = (key, backend, precision)
        if place not in self._placed:
            if key not in self.arrays:
                raise UsageError(
                    "missing-weight", key, "the checkpoint has no such parameter", "",
                    "Give the checkpoint that the reference ran with.",
                )  # fmt: skip
            self._placed[place] = backend_named(backend).put(self.arrays[key], precision)
        return self._placed[place]

    def changed(self, changes: tuple[WeightChange, ...]) -> WeightStore:
        """The same parameters with `changes` applied; unchanged ones share their copies."""
        if not changes:
            return self
        arrays = changed_weights(self.arrays, changes)
        store = WeightStore(arrays, f"{self.identity}+{hash(changes)}", self)
        store._changed = frozenset(change.key for change in changes)
        return store
