"""Names of recorded tensors: ``step01/<module path>``, never the same name twice.

One convention for every framework, so that two recordings of one architecture pair by name:

* ``step01/mid_blocks.0.0`` is the output of the module at that path in ODE step 1;
* ``.0``, ``.1``, ``.key`` after the path is one part of a tuple, table or dataclass
  (``.output.0`` where the path has a child of that name);
* ``.input`` is the first positional input, ``.input.1`` the second, ``.input.mask`` the
  keyword ``mask``;
* ``.call2`` after the path is the second call within the same step;
* outside of the ODE steps there is no ``step01/``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from inspector.record.leaves import Place

_OWN_WORDS = re.compile(r"input_*|output_*|call[0-9]+_*")


class ModuleNames:
    """Gives every captured value its name.

    Args:
        prefix: text before every module path.
        paths: paths of all modules of the model; the model itself has an empty path.
    """

    def __init__(self, prefix: str, paths: Iterable[str]) -> None:
        self._prefix = prefix
        self._paths = frozenset(paths)
        self._calls: Counter[tuple[int | None, str]] = Counter()
        self._used: set[str] = {"__metadata__"}
        self._root = prefix.rstrip("./_:") or "model"
        while not prefix and self._root in self._paths:
            self._root += "_"

    def call(self, step: int | None, path: str) -> str:
        """Count a call of the module at `path`; return the name of its values' beginning."""
        self._calls[step, path] += 1
        number = self._calls[step, path]
        name = in_step(step, f"{self._prefix}{path}" if path else self._root)
        return name if number == 1 else f"{name}.{self._word(path, f'call{number}')}"

    def busiest(self) -> tuple[str, int, int | None]:
        """The uppermost module with the most calls in one step: path, calls, step."""
        items = [(count, -path.count("."), path, step) for (step, path), count in
                 self._calls.items() if path]  # fmt: skip
        count, _, path, step = max(items, key=lambda i: i[:2], default=(0, 0, "", None))
        return path, count, step

    def output(self, call: str, path: str, place: Place) -> str:
        """Name of the output at `place` of the call that `call` named."""
        if not place:
            return self._unused(call)
        parts = list(place)
        if self._is_child(path, place[0]) or _OWN_WORDS.fullmatch(place[0]):
            parts.insert(0, self._word(path, "output"))
        return self._unused(".".join((call, *parts)))

    def input(self, call: str, path: str, place: Place) -> str:
        """Name of the input at `place`; its first key is the position or the keyword."""
        parts = () if place == ("0",) else place
        return self._unused(".".join((call, self._word(path, "input"), *parts)))

    def added(self, step: int | None, name: str) -> str:
        """Name of a value that the user adds."""
        return self._unused(in_step(step, name))

    def _unused(self, name: str) -> str:
        number, unused = 1, name
        while unused in self._used:
            number += 1
            unused = f"{name}.call{number}"
        self._used.add(unused)
        return unused

    def _word(self, path: str, word: str) -> str:
        """`word`, lengthened while the module has a child of that name."""
        while self._is_child(path, word):
            word += "_"
        return word

    def _is_child(self, path: str, name: str) -> bool:
        if path:
            return f"{path}.{name}" in self._paths
        # without a prefix the model has a name of its own, its children do not begin with it
        return bool(self._prefix) and name in self._paths


def in_step(step: int | None, name: str) -> str:
    """`name` inside ODE step `step`, or as it is outside of the steps."""
    return name if step is None else f"step{step:02d}/{name}"
