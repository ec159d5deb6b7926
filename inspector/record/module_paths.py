"""Paths of the modules of a model, also where one module has several."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from inspector.errors import UsageError
from inspector.names import show_name


class ModulePaths:
    """Finds the path under which a module runs.

    Args:
        modules: path, key and whether it can be called, of every module; the model itself
            has an empty path.  One key under several paths is one shared module.
    """

    def __init__(self, modules: Iterable[tuple[str, int, bool]]) -> None:
        self._by_key: dict[int, list[str]] = {}
        callables: dict[str, None] = {}
        for path, key, can_be_called in modules:
            self._by_key.setdefault(key, []).append(path)
            if can_be_called:
                callables[path] = None
        self._keys = {path: key for key, paths in self._by_key.items() for path in paths}
        self.paths = tuple(self._keys)
        self.callable = tuple(
            path for path in callables if path == self._by_key[self._keys[path]][0]
            or self._is_placed(path)
        )  # fmt: skip

    def key_of(self, path: str) -> int:
        """Key of the module at `path`.

        Raises:
            UsageError: ``unknown`` with the nearest paths.
        """
        if path in self._keys:
            return self._keys[path]
        near = difflib.get_close_matches(path, self.paths, 3, 0.4)
        hint = ", ".join(show_name(name, 80) for name in near if name)
        raise UsageError(
            "unknown", "step_of", f"there is no module {show_name(path, 80)}",
            next_step=f"Did you mean: {hint}?" if hint else "",
        )  # fmt: skip

    def path_of(self, key: int, running: list[str]) -> str | None:
        """Path of the module that is called while the modules at `running` run.

        A shared module runs under the path that begins with the innermost running one;
        where that does not settle it, under its first.  None for an unknown module.
        """
        paths = self._by_key.get(key)
        if not paths or len(paths) == 1:
            return paths[0] if paths else None
        for parent in reversed(running):
            below = [p for p in paths if p.startswith(f"{parent}.")] if parent else paths
            if below:
                return min(below, key=lambda p: p.count("."))  # its own child, if it has one
        return paths[0]

    def shared(self, called: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Pairs of paths of one module, where calls under the second cannot be told apart."""
        for path in sorted(set(called)):
            for other in self._by_key[self._keys[path]]:
                if other != path and not self._is_placed(other):
                    yield path, other

    def _is_placed(self, path: str) -> bool:
        """True when a call under `path` can be told from calls under the module's other paths."""
        key = self._keys[path]
        parent = path.rpartition(".")[0]
        return self.path_of(key, [parent]) == path if parent else False
