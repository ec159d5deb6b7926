"""Calls of a user's implementation in place of a node or a whole block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from inspector.blocks.graph import Settings
from inspector.blocks.implementations import backend as backend_named
from inspector.errors import Cancelled, InspectorError, UsageError
from inspector.live.command import run_command
from inspector.live.user_code import UserCode, describe_error, load_python
from inspector.tensors import Array, Progress


@dataclass
class UserCall:
    """An implementation bound to one node or block; called, it computes it.

    Attributes:
        code: the implementation.
        subject: node or block that it replaces.
        backend, precision: of the arrays it gets.
        shape: lengths that the output must have; -1 for any.
        inputs: short names of a block's inputs; empty for a node.
        settings: facts of a block.
        inner: names that values inside the block may have: short -> full.
        progress: reported to while a program runs; may raise `Cancelled`.
        seen: values inside the block that the last call returned.
    """

    code: UserCode
    subject: str
    backend: str
    precision: str
    shape: tuple[int, ...] = ()
    inputs: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    inner: dict[str, str] = field(default_factory=dict)
    progress: Progress | None = None
    seen: dict[str, Array] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with which another process makes the same."""
        # without what only this process has: `asdict` copies all it meets, a lock it cannot
        kept = asdict(replace(self, progress=None, seen={}))
        del kept["progress"], kept["seen"]
        return kept

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], progress: Progress | None = None) -> UserCall:
        """The call of `to_dict`."""
        given = {**values, "code": UserCode(**values["code"]), "shape": tuple(values["shape"]),
                 "inputs": tuple(values["inputs"])}  # fmt: skip
        return cls(**given, progress=progress)

    def __call__(self, inputs: Sequence[Any], params: Mapping[str, Any], settings: Settings) -> Any:
        """Compute in the arrays of the framework (see `inspector.live.execution`).

        Raises:
            UsageError: the implementation fails or returns something that does not fit.
        """
        engine = backend_named(self.backend)
        taken = [engine.take(value) for value in inputs]
        weights = {name: engine.take(value) for name, value in params.items()}
        if self.code.kind == "command":
            found = run_command(
                self.code, dict(zip(self.inputs, taken, strict=True)), weights, self.settings,
                self.progress,
            )  # fmt: skip
            returned: Any = {name: engine.put(v, self.precision) for name, v in found.items()}
        else:
            # copies: what the user changes in place must not leak into the run
            arrays = [engine.put(value, self.precision) for value in taken]
            placed = {name: engine.put(value, self.precision) for name, value in weights.items()}
            returned = self._python(arrays, placed, settings)
        return self._output(returned, engine)

    def _python(self, arrays: list[Any], weights: dict[str, Any], settings: Settings) -> Any:
        function = load_python(self.code.source)
        if isinstance(function, type):
            function = function()
        try:
            if self.inputs:
                named = dict(zip(self.inputs, arrays, strict=True))
                return function(named, weights, dict(self.settings))
            return function(arrays, weights, dict(settings))
        except (Cancelled, InspectorError):
            raise
        except Exception as error:
            file = Path(self.code.source.rpartition(":")[0])
            raise self._wrong(f"it raises {describe_error(error, file)}") from error

    def _output(self, returned: Any, engine: Any) -> Any:
        values = returned if isinstance(returned, Mapping) else {"output": returned}
        if "output" not in values:
            raise self._wrong(f"it returns {', '.join(map(str, values)) or 'nothing'}",
                              "an array, or a dict with `output`")  # fmt: skip
        self.seen.clear()
        for name, value in values.items():
            if name in self.inner:
                self.seen[self.inner[name]] = self._checked(name, value, engine, ())[1]
            elif name != "output":
                raise self._wrong(f"it returns the value {name!r}", "`output` and values inside "
                                  f"the block: {', '.join(list(self.inner)[:6])}")  # fmt: skip
        return self._checked("output", values["output"], engine, self.shape)[0]

    def _checked(
        self, name: str, value: Any, engine: Any, shape: tuple[int, ...]
    ) -> tuple[Any, Array]:
        if not hasattr(value, "shape") or not hasattr(value, "dtype"):
            raise self._wrong(f"its {name} is of type {type(value).__name__}",
                              f"an array of {self.backend}")  # fmt: skip
        found = tuple(int(n) for n in value.shape)
        fits = len(found) == len(shape) and all(
            w in (-1, n) for n, w in zip(found, shape, strict=False)
        )
        if shape and not fits:
            expected = " x ".join("any" if n < 0 else str(n) for n in shape)
            raise self._wrong(f"its {name} has the shape {' x '.join(map(str, found)) or 'scalar'}",
                              expected)  # fmt: skip
        try:
            array = engine.take(value)
        except Exception as error:
            raise self._wrong(f"its {name} is no array of {self.backend} "
                              f"({type(error).__name__})") from error  # fmt: skip
        if array.dtype.kind != "f":
            raise self._wrong(f"its {name} holds {array.dtype} values", "floating-point values")
        return value, array

    def _wrong(self, found: str, expected: str = "") -> UsageError:
        return UsageError("implementation", f"{self.code.name} at {self.subject}", found, expected)
