"""Records an MLX model.

MLX has no hooks, and Python looks ``__call__`` up on the class.  So while recording, every
module instance gets a subclass of its own class that reports its calls.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx import nn

from inspector.errors import UsageError
from inspector.record.mlx_values import mlx_version, store_array
from inspector.record.options import Steps, check_options
from inspector.record.recorder import Recorder
from inspector.record.values import StoredValue


def record_mlx(
    model: nn.Module,
    path: str | Path,
    *,
    include: str | None = None,
    exclude: str | None = None,
    level: int | None = None,
    inputs: bool = False,
    rows: Steps = None,
    steps: Steps = None,
    prefix: str = "",
    step_of: str | None = None,
    calls_per_step: int = 1,
    max_bytes: int | None = None,
    framework: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Recorder:
    """Record every module of `model` while a ``with`` block runs.

    Every recorded array is evaluated when its module returns, so that a lazy computation
    is not charged to a later module.  Compiled functions run without their modules: record
    the model without `mlx.core.compile`.

    Args:
        model: any module; a step begins when it is called.
        path: a ``.safetensors`` file, or a folder that gets ``decoder.safetensors``.
        include: regular expression that a module path must hold.
        exclude: regular expression that it must not hold.
        level: deepest level of modules; the model itself is level 0.
        inputs: also record what goes into every module, as ``<path>.input``.
        rows: rows of the batch axis to keep; the axis stays.
        steps: ODE steps to keep, counted from 1.
        prefix: text before every module path, such as ``decoder.estimator``.
        step_of: path of the module whose calls are the steps, when that is not `model`.
        calls_per_step: its calls in one step, such as 2 for one call per guidance row.
        max_bytes: module values beyond this size are left out, and a note says so.
        framework: text for the side-file instead of ``MLX <version>``.
        facts: further keys of the side-file: ``sample_rate``, ``cfg_rate``, ``layouts`` ...

    Returns:
        The recorder, to be used in a ``with`` statement.

    Raises:
        UsageError: an argument cannot be used; while recording, ``disk-full``.
        TraceError: a ``trace.json`` that is in the folder cannot be read.
    """
    if not isinstance(model, nn.Module):
        raise UsageError(
            "model", type(model).__name__, "this is not an mlx.nn.Module",
            "the model itself; a compiled function runs without its modules",
        )  # fmt: skip
    options = check_options(
        include=include, exclude=exclude, level=level, inputs=inputs, rows=rows, steps=steps,
        prefix=prefix, step_of=step_of, calls_per_step=calls_per_step, max_bytes=max_bytes,
    )  # fmt: skip
    named = {"framework": framework} if framework else {}
    return Recorder(MlxProbe(model), path, options, {**(facts or {}), **named})


class MlxProbe:
    """Watches the modules of an MLX model."""

    format = "mlx"

    def __init__(self, model: nn.Module) -> None:
        self.framework = f"MLX {mlx_version()}"
        self._modules = list(_walk(model, "", ()))
        self.modules = tuple(
            (path, id(module), bool(callable(module))) for path, module in self._modules
        )
        self._before: list[tuple[nn.Module, type, type]] = []

    def attach(self, watch: Recorder) -> None:
        """Give every instance a class that reports its calls."""
        recording = functools.cache(functools.partial(_recording, watch))
        done: set[int] = set()
        for _, module in self._modules:
            if id(module) in done or not callable(module):
                continue
            done.add(id(module))
            before = type(module)
            after = recording(before)
            self._before.append((module, before, after))
            _set_class(module, after)

    def detach(self, watch: Recorder) -> None:
        """Give every instance its own class back."""
        for module, before, after in reversed(self._before):
            if type(module) is after:
                _set_class(module, before)
            else:
                watch.note("Not restored, because its class was replaced while recording",
                          before.__name__)  # fmt: skip
        self._before.clear()

    def is_tensor(self, value: Any) -> bool:
        """True for arrays."""
        return isinstance(value, mx.array)

    def store(self, value: Any, rows: tuple[int, ...] | None) -> StoredValue:
        """Bytes of an array, see `store_array`."""
        return store_array(value, rows)


def _recording(watch: Recorder, kind: type) -> type:
    """A subclass of `kind` that reports to `watch` and then does what `kind` does."""

    @functools.wraps(kind.__call__)
    def __call__(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        call = watch.enter(id(self), args, kwargs)
        try:
            output = kind.__call__(self, *args, **kwargs)
        except BaseException:
            watch.abandon(call)
            raise
        watch.leave(call, output)
        return output

    names = {
        "__call__": __call__,
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    return type(kind)(kind.__name__, (kind,), names)


def _set_class(module: nn.Module, kind: type) -> None:
    # mlx.nn.Module has a __setattr__ of its own, meant for parameters
    object.__setattr__(module, "__class__", kind)


def _walk(value: Any, path: str, above: tuple[int, ...]) -> Iterator[tuple[str, nn.Module]]:
    """Every module inside `value`: a module, or a list, tuple or table of them."""
    if id(value) in above:
        return
    if isinstance(value, nn.Module):
        yield path, value
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list | tuple):
        parts = list(enumerate(value))
    else:
        return
    for key, part in parts:
        if isinstance(part, dict | list | tuple):
            yield from _walk(part, f"{path}.{key}" if path else str(key), (*above, id(value)))
