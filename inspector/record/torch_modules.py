"""Records a PyTorch model.

The ``forward`` of every module is replaced on the instance, not hooked: solvers call
``estimator.forward()`` directly and then no hook fires, and `torch.nn.TransformerEncoderLayer`
takes another, fused path as soon as a hook is attached, so that hooks change the numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MethodType
from typing import Any

import torch
from torch import nn

from inspector.errors import UsageError
from inspector.record.options import Steps, check_options
from inspector.record.recorder import Recorder
from inspector.record.torch_values import store_tensor
from inspector.record.values import StoredValue

_ABSENT = object()


def record_torch(
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

    Names are ``step01/<module path>``, see `inspector.record.module_names`.  The numbers of
    the model do not change, and the model is as before when the block ends.

    Args:
        model: any module; a step begins when it is called, also by ``model.forward()``.
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
        framework: text for the side-file instead of ``PyTorch <version>``.
        facts: further keys of the side-file: ``sample_rate``, ``cfg_rate``, ``layouts`` ...

    Returns:
        The recorder, to be used in a ``with`` statement.

    Raises:
        UsageError: an argument cannot be used; while recording, ``disk-full``.
        TraceError: a ``trace.json`` that is in the folder cannot be read.
    """
    if not isinstance(model, nn.Module):
        raise UsageError(
            "model", type(model).__name__, "this is not a torch.nn.Module", "the model itself"
        )
    options = check_options(
        include=include, exclude=exclude, level=level, inputs=inputs, rows=rows, steps=steps,
        prefix=prefix, step_of=step_of, calls_per_step=calls_per_step, max_bytes=max_bytes,
    )  # fmt: skip
    named = {"framework": framework} if framework else {}
    return Recorder(TorchProbe(model), path, options, {**(facts or {}), **named})


class TorchProbe:
    """Watches the modules of a PyTorch model."""

    format = "pt"

    def __init__(self, model: nn.Module) -> None:
        self.framework = f"PyTorch {torch.__version__}"
        self._modules = list(_walk(model, "", ()))
        self.modules = tuple(
            (path, id(module), _can_be_called(module)) for path, module in self._modules
        )
        self._before: list[tuple[nn.Module, Any, MethodType]] = []

    def attach(self, watch: Recorder) -> None:
        """Replace ``forward`` on every instance."""
        recording = functools.cache(functools.partial(_recording, watch))
        done: set[int] = set()
        for path, module in self._modules:
            if id(module) in done:
                continue
            done.add(id(module))
            if _is_compiled(module):
                watch.note("Compiled, so its parts were not recorded", path or "model")
            if not _can_be_called(module):
                continue
            if module._forward_hooks:
                watch.note("Recorded before its own forward hooks ran", path or "model")
            before = module.__dict__.get("forward", _ABSENT)
            own = None if before is _ABSENT else before
            if isinstance(module, torch.jit.ScriptModule):
                own = module.forward
            after = MethodType(recording(type(module), own), module)
            self._before.append((module, before, after))
            object.__setattr__(module, "forward", after)

    def detach(self, watch: Recorder) -> None:
        """Put every ``forward`` back."""
        for module, before, after in reversed(self._before):
            if module.__dict__.get("forward") is not after:
                watch.note("Not restored, because its forward was replaced while recording",
                          type(module).__name__)  # fmt: skip
            elif before is _ABSENT:
                object.__delattr__(module, "forward")
            else:
                object.__setattr__(module, "forward", before)
        self._before.clear()

    def is_tensor(self, value: Any) -> bool:
        """True for tensors."""
        return isinstance(value, torch.Tensor)

    def store(self, value: Any, rows: tuple[int, ...] | None) -> StoredValue:
        """Bytes of a tensor, see `store_tensor`."""
        return store_tensor(value, rows)


def _recording(watch: Recorder, kind: type[nn.Module], own: Callable | None) -> Callable:
    """A ``forward`` that reports to `watch` and then does what it did before.

    It is bound as a method, so a copy of the module made meanwhile runs the copy.
    """

    @functools.wraps(own or kind.forward)
    def forward(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        call = watch.enter(id(self), args, kwargs)
        try:
            output = own(*args, **kwargs) if own else kind.forward(self, *args, **kwargs)
        except BaseException:
            watch.abandon(call)
            raise
        watch.leave(call, output)
        return output

    return forward


def _walk(
    module: nn.Module, path: str, above: tuple[nn.Module, ...]
) -> Iterator[tuple[str, nn.Module]]:
    yield path, module
    if _is_compiled(module):
        return
    for name, child in module._modules.items():
        if child is not None and child not in above:
            yield from _walk(child, f"{path}.{name}" if path else name, (*above, module))


def _can_be_called(module: nn.Module) -> bool:
    if isinstance(module, torch.jit.ScriptModule):
        return True
    if getattr(module, "_compiled_call_impl", None) is not None:
        return False  # nn.Module.compile: whatever replaces forward would be compiled too
    return "forward" in module.__dict__ or type(module).forward is not nn.Module.forward


def _is_compiled(module: nn.Module) -> bool:
    """A module whose parts do not run as Python; replacing their forward would not help."""
    return (
        isinstance(module, torch.jit.ScriptModule)
        or hasattr(module, "_torchdynamo_orig_callable")
        or getattr(module, "_compiled_call_impl", None) is not None
    )
