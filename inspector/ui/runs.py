"""Opened comparisons, held in memory for as long as a page may ask about them."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from inspector.errors import UsageError

_MAX_PART_BYTES = 256 * 1024 * 1024


class CheckpointPath(NamedTuple):
    """Where the weights of the reference are, both paths checked against the allowed folders.

    Attributes:
        path: checkpoint file or folder.
        config: JSON file with what the weights cannot tell, or None.
    """

    path: str
    config: str | None = None


class OpenRun:
    """One opened comparison and what was computed from it for the page.

    Attributes:
        run: unguessable identifier, part of every URL about this comparison.
        comparison: the result of the facade.
        request: what the user asked for, to be shown again when a page comes back.
        checkpoint: weights of the reference, or None when none were given.
    """

    def __init__(
        self,
        run: str,
        comparison: Any,
        request: Any = None,
        max_bytes: int = _MAX_PART_BYTES,
        checkpoint: CheckpointPath | None = None,
    ) -> None:
        self.run = run
        self.comparison = comparison
        self.request = request
        self.checkpoint = checkpoint
        self._max_bytes = max_bytes
        self._parts: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._held = 0
        self._lock = threading.Lock()

    def part(self, key: Hashable, make: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        """Return ``make()``, computed once for `key` while it fits into memory.

        Two requests for the same part wait for one computation; different parts do not
        wait for each other.  The parts asked for longest ago leave first.

        Args:
            key: names the part.
            make: computes it; what it raises is raised here and nothing is kept.
            size: bytes that the part occupies.
        """
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
                return self._parts[key][0]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._parts:
                    return self._parts[key][0]
            try:
                made = make()
                bytes_made = size(made)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            with self._lock:
                self._parts[key] = (made, bytes_made)
                self._held += bytes_made
                while self._held > self._max_bytes and len(self._parts) > 1:
                    _, (_, dropped) = self._parts.popitem(last=False)
                    self._held -= dropped
        return made


class RunCache:
    """The comparisons opened last, by unguessable identifier.

    Args:
        capacity: how many are held; the one asked for longest ago leaves first.
    """

    def __init__(self, capacity: int = 4) -> None:
        self._capacity = capacity
        self._runs: OrderedDict[str, OpenRun] = OrderedDict()
        self._by_key: dict[Hashable, str] = {}
        self._lock = threading.Lock()

    def add(
        self,
        comparison: Any,
        key: Hashable,
        request: Any = None,
        checkpoint: CheckpointPath | None = None,
    ) -> OpenRun:
        """Hold `comparison` and return it with its new identifier.

        Args:
            comparison: the result of the facade.
            key: what it was computed from (files with sizes and times, options); asking
                for the same key later finds this run.
            request: what the user asked for.
            checkpoint: weights of the reference.
        """
        opened = OpenRun(secrets.token_urlsafe(16), comparison, request, checkpoint=checkpoint)
        with self._lock:
            self._runs[opened.run] = opened
            self._by_key[key] = opened.run
            while len(self._runs) > self._capacity:
                dropped, _ = self._runs.popitem(last=False)
                self._by_key = {k: run for k, run in self._by_key.items() if run != dropped}
        return opened

    def find(self, key: Hashable) -> OpenRun | None:
        """The run computed from exactly `key`, or None."""
        with self._lock:
            run = self._by_key.get(key)
            if run is None:
                return None
            self._runs.move_to_end(run)
            return self._runs[run]

    def get(self, run: str) -> OpenRun:
        """Return the run with this identifier.

        Raises:
            UsageError: code ``no-run``: never opened, or no longer held.
        """
        with self._lock:
            if run in self._runs:
                self._runs.move_to_end(run)
                return self._runs[run]
        raise UsageError(
            "no-run", "comparison", "it is no longer in memory", "", "Open the pair again."
        )

    def __contains__(self, run: object) -> bool:
        with self._lock:
            return run in self._runs

    def __len__(self) -> int:
        return len(self._runs)

    def clear(self) -> None:
        """Let every comparison go."""
        with self._lock:
            self._runs.clear()
            self._by_key.clear()
