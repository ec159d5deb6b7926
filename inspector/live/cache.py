"""A small cache of results that forgets the oldest when it grows too large."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class BoundedCache(Generic[V]):
    """Values by key, at most so many bytes of them; safe to use from several threads.

    Args:
        max_bytes: the entries asked for longest ago leave when the rest is larger.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> V | None:
        """The value of `key`, or None."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: Hashable, value: V, size: int) -> V:
        """Hold `value` of `size` bytes under `key` and return it; too large ones are not held."""
        with self._lock:
            if key in self._entries:
                self._held -= self._entries.pop(key)[1]
            if size <= self.max_bytes:
                self._entries[key] = (value, size)
                self._held += size
            while self._held > self.max_bytes:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._held -= dropped
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._held = 0
