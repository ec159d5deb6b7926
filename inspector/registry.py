"""Explicit registries: named entries, one door for built-ins and plugins."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from inspector.errors import UsageError
from inspector.names import show_name

PLUGIN_GROUP = "inspector.plugins"

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Registry(Generic[K, V]):
    """A small ordered table of entries that can also say why one is missing.

    Args:
        kind: what an entry is called in messages, such as ``view``.
        label: text of a key, for messages and for finding the nearest names.
    """

    def __init__(self, kind: str, label: Callable[[K], str] = str) -> None:
        self.kind = kind
        self._label = label
        self._entries: dict[K, V] = {}
        self._missing: dict[K, str] = {}

    def add(self, key: K, entry: V) -> V:
        """Register `entry` under `key`.

        Raises:
            UsageError: `key` is taken already.
        """
        if key in self._entries:
            raise UsageError(
                "duplicate", self._label(key), f"this {self.kind} is registered twice",
                "one entry per name", "Rename one of the two.",
            )  # fmt: skip
        self._missing.pop(key, None)
        self._entries[key] = entry
        return entry

    def add_missing(self, key: K, reason: str) -> None:
        """List `key` as known but unusable here, with the reason."""
        if key not in self._entries:
            self._missing[key] = reason

    def __getitem__(self, key: K) -> V:
        if key in self._entries:
            return self._entries[key]
        shown = self._label(key)
        if key in self._missing:
            raise UsageError("unavailable", shown, f"this {self.kind} cannot be used: "
                             f"{self._missing[key]}")  # fmt: skip
        names = {self._label(k): k for k in self._entries}
        near = difflib.get_close_matches(shown, names, n=3, cutoff=0.4)
        hint = ", ".join(show_name(n) for n in (near or list(names)[:8]))
        raise UsageError("unknown", shown, f"there is no {self.kind} of this name", "", f"Did you "
                         f"mean: {hint}?" if hint else "")  # fmt: skip

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> Iterator[tuple[K, V]]:
        """Keys and entries in the order of registration."""
        return iter(self._entries.items())

    def missing(self) -> dict[K, str]:
        """Known but unusable keys with their reasons."""
        return dict(self._missing)


def load_plugins(**registries: Registry) -> dict[str, str]:
    """Call every installed plugin with the registries; return failures by plugin name.

    A plugin is an entry point of the group ``inspector.plugins`` that names a callable
    taking the registries as keyword arguments.  A plugin that fails is reported and
    never stops the others.
    """
    failures: dict[str, str] = {}
    for point in sorted(entry_points(group=PLUGIN_GROUP), key=lambda p: p.name):
        try:
            point.load()(**registries)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            failures[point.name] = f"{type(error).__name__}: {error}"
    return failures
