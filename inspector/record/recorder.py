"""Records what the modules of a model make; the part that no framework changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from inspector.errors import UsageError
from inspector.record.leaves import first_tensor, leaves
from inspector.record.module_names import ModuleNames
from inspector.record.module_paths import ModulePaths
from inspector.record.notes import Notes
from inspector.record.options import RecordOptions, check_name
from inspector.record.side_file import known_facts, places, write_side_file
from inspector.record.steps import StepCounter
from inspector.record.stream import TableFull, TensorStream
from inspector.record.values import StoredValue, Unstorable, store_numpy

_NOTES_LENGTH = 20_000
_MANY_CALLS = 3


class Probe(Protocol):
    """What a framework adds: its modules, how to watch them, and its tensors as bytes."""

    framework: str
    format: str
    modules: tuple[tuple[str, int, bool], ...]
    """Path, key and whether it can be called, of every module, outermost first."""

    def attach(self, watch: Recorder) -> None:
        """Have `Recorder.enter` and `Recorder.leave` called around every module."""
        ...

    def detach(self, watch: Recorder) -> None:
        """Leave the model exactly as it was."""
        ...

    def is_tensor(self, value: Any) -> bool:
        """True for the framework's own arrays."""
        ...

    def store(self, value: Any, rows: tuple[int, ...] | None) -> StoredValue:
        """Bytes of a tensor, of some rows of its first axis.

        Raises:
            Unstorable: it has no values of its own.
        """
        ...


@dataclass(frozen=True, eq=False)
class Call:
    """One running call of a module; two calls are never the same."""

    path: str
    name: str | None
    batch: int | None
    is_step_module: bool


@dataclass(frozen=True)
class Written:
    """What a recorder has written.

    Attributes:
        names: names of the tensors in order of execution.
        value_bytes: bytes of their values.
        steps: number of ODE steps; 0 when there was none.
        notes: what a reader should know, one sentence each.
    """

    names: tuple[str, ...]
    value_bytes: int
    steps: int
    notes: tuple[str, ...]


class Recorder:
    """Writes a recording while a ``with`` block runs; made by `record_torch` or `record_mlx`.

    Values are written at the moment of capture, so memory stays bounded and what the model
    later does to them in place does not show.  When the block ends the file gets its name;
    when it ends by an exception, the file holds what came before and its metadata says so.
    """

    def __init__(
        self,
        probe: Probe,
        path: str | Path,
        options: RecordOptions,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.path, self.side_file = places(path)
        self._facts = known_facts(self.side_file, {"framework": probe.framework, **(facts or {})})
        self._probe = probe
        self._options = options
        self._notes = Notes()
        self._modules = ModulePaths(probe.modules)
        self._step_key = self._modules.key_of(options.step_of)
        self._kept = {p for p in self._modules.callable if options.keeps_module(p)}
        self._names = ModuleNames(options.prefix, self._modules.paths)
        self._steps = StepCounter(options.calls_per_step, is_root=not options.step_of)
        self._stream: TensorStream | None = None
        self._value_bytes = 0
        self._is_used = False
        self._order: list[str] = []
        self._running: list[Call] = []
        self._called: set[str] = set()
        self._left_out = [0, 0]
        self._is_full = False

    @property
    def written(self) -> Written:
        """What is on disk by now."""
        return Written(
            tuple(self._order), self._value_bytes, self._steps.count, self._notes.sentences()
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the recording should know, one sentence each."""
        return self._notes.sentences()

    def step(self, number: int | None) -> None:
        """Say which ODE step runs from now on; None for what lies outside of the steps.

        Raises:
            UsageError: ``number``.
        """
        self._steps.say(None if number is None else self._checked(number))

    def note(self, sentence: str, *subjects: str) -> None:
        """Add a sentence, about `subjects`, to the notes of the recording."""
        self._notes.add(sentence, *subjects)

    def add(self, name: str, value: Any, *, step: int | None = None) -> None:
        """Record a value of your own, such as ``recorder.add("ode.x_before", x)``.

        It is kept whole whatever the filters say.  It belongs to `step`, else to the step
        that `step()` was told or that is running, else to none.

        Args:
            name: name inside the step; a second value of the same name becomes ``.call2``.
            value: a tensor of the framework, a NumPy array or a number; a tuple or table
                of them becomes several tensors.
            step: number of the ODE step.

        Raises:
            UsageError: ``name``, ``value``, ``disk-full``; ``closed`` outside of the block.
        """
        check_name("name", name)
        if self._stream is None:
            raise UsageError("closed", name, "nothing is recorded outside of the with block")
        number = self._steps.current if step is None else self._checked(step)
        if isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value):
            value = np.asarray(value)
        found = list(leaves(value, self._is_array))
        if not found:
            raise UsageError("value", name, "it holds nothing", "a tensor or a number")
        for place, leaf in found:
            try:
                stored = self._store(leaf, None)
            except Unstorable as error:
                raise UsageError("value", name, str(error), "a tensor or a number") from error
            self._put(self._names.added(number, ".".join((name, *place))), stored, always=True)

    def __enter__(self) -> Recorder:
        if self._is_used:
            raise UsageError("closed", self.path, "this recorder is used already", "a new one")
        self._is_used = True
        stream = TensorStream(
            self.path, self._metadata("the program ended before the recording was finished")
        )
        try:
            self._probe.attach(self)
        except BaseException:
            self._probe.detach(self)
            stream.discard()
            raise
        self._stream = stream
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._probe.detach(self)
        self._running.clear()
        stream, self._stream = self._stream, None
        assert stream is not None  # the block was entered
        self._closing_notes()
        if not stream.count:
            stream.discard()
            if error is None:
                raise self._nothing()
            return
        facts = dict(self._facts)
        if self._steps.count:
            facts["steps"] = self._steps.count
        interrupted = f"{type(error).__name__}: {error}" if error is not None else ""
        try:
            if note := write_side_file(self.side_file, facts, self._order):
                self._notes.add(note)
        except UsageError as refused:
            if error is None:
                interrupted = refused.sentence
                raise
        finally:
            stream.finish(self._metadata(interrupted))

    def enter(self, key: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call | None:
        """A watched module is called; for probes.  None when it is not one of this model."""
        running = self._running
        path = self._modules.path_of(key, [call.path for call in running])
        if path is None or self._stream is None:
            return None
        is_step_module = key == self._step_key
        batch = running[-1].batch if running else None
        if is_step_module or not running:
            batch = self._batch((args, dict(kwargs)))
        self._steps.enter(path, is_step_module=is_step_module, is_outermost=not running)
        self._called.add(path)
        name = None
        step = self._steps.current
        if path in self._kept and self._options.keeps_step(step):
            name = self._names.call(step, path)
        call = Call(path, name, batch, is_step_module)
        running.append(call)
        if name is not None and self._options.inputs:
            given = {**{str(i): a for i, a in enumerate(args)}, **kwargs}
            try:
                for place, leaf in leaves(given, self._is_array):
                    self._capture(call, leaf, place, is_input=True)
            except BaseException:
                self.abandon(call)
                raise
        return call

    def leave(self, call: Call | None, output: Any) -> None:
        """The call that `enter` announced gave `output`."""
        if call is None:
            return
        try:
            if call.name is not None:
                for place, leaf in leaves(output, self._is_array):
                    self._capture(call, leaf, place, is_input=False)
        finally:
            self.abandon(call)

    def abandon(self, call: Call | None) -> None:
        """The call that `enter` announced is over, with or without a result."""
        while call is not None and self._running:
            last = self._running.pop()
            self._steps.leave(is_step_module=last.is_step_module, is_outermost=not self._running)
            if last is call:
                return

    def _capture(self, call: Call, leaf: Any, place: tuple[str, ...], *, is_input: bool) -> None:
        assert call.name is not None  # only calls that are kept are captured
        if not self._is_array(leaf):
            if not is_input:
                what = f"{'.'.join((call.path or 'model', *place))}: {type(leaf).__name__}"
                self._notes.add("Outputs that are no tensors were left out", what)
            return
        rows = self._options.rows
        if rows is not None and not (len(leaf.shape) and leaf.shape[0] == call.batch):
            self._notes.add(
                "Kept whole, because the first axis is not the batch", call.path or "model"
            )
            rows = None
        try:
            stored = self._store(leaf, rows)
        except Unstorable as error:
            self._notes.add(f"Left out, because {error}", call.path or "model")
            return
        name_of = self._names.input if is_input else self._names.output
        self._put(name_of(call.name, call.path, place), stored, always=False)

    def _put(self, name: str, value: StoredValue, *, always: bool) -> None:
        stream = self._stream
        assert stream is not None  # checked by every way in
        size, limit = len(value.data), self._options.max_bytes
        self._is_full |= limit is not None and stream.value_bytes + size > limit and not always
        if not self._is_full or always:
            try:
                stream.add(name, value)
            except TableFull:
                self._is_full = True
            else:
                self._order.append(name)
                self._value_bytes = stream.value_bytes
                return
        if not self._left_out[0]:
            self._notes.add("The first tensor that had no room", name)
        self._left_out[0] += 1
        self._left_out[1] += size

    def _store(self, leaf: Any, rows: tuple[int, ...] | None) -> StoredValue:
        return self._probe.store(leaf, rows) if self._probe.is_tensor(leaf) else store_numpy(leaf)

    def _is_array(self, value: Any) -> bool:
        return self._probe.is_tensor(value) or type(value).__module__ == "numpy"

    def _batch(self, given: Any) -> int | None:
        if self._options.rows is None:
            return None
        tensor = first_tensor(given, self._is_array)
        batch = None if tensor is None else int(tensor.shape[0])
        if batch is not None and max(self._options.rows) >= batch:
            raise UsageError(
                "number", "rows", f"row {max(self._options.rows)} was asked for",
                f"numbers below {batch}, the length of the batch axis of the input",
            )  # fmt: skip
        return batch

    def _checked(self, step: Any) -> int:
        if type(step) is not int or not 0 <= step <= 99_999:
            raise UsageError("number", "step", f"it is {step!r}", "a whole number from 0 to 99,999")
        self._steps.seen(step)
        return step

    def _closing_notes(self) -> None:
        count, size = self._left_out
        if count:
            self._notes.add(
                f"{count:,} tensors with {size:,} bytes were left out: the recording had "
                f"reached {'max_bytes' if self._options.max_bytes is not None else 'its limit'}."
            )
        if self._called and (silent := [p for p in sorted(self._kept) if p not in self._called]):
            self._notes.add(
                "Never called, so not recorded (a fused or compiled path runs without its "
                "modules)", *[path or "model" for path in silent],
            )  # fmt: skip
        for first, other in self._modules.shared(self._called):
            self._notes.add("One module under two paths, recorded under the first",
                            f"{first} = {other}")  # fmt: skip
        if (guess := self._steps.guessed_from) is not None:
            self._notes.add(
                f"The model itself never ran, so ODE steps were counted by calls of {guess}; "
                "name another module with step_of, or use recorder.step()."
            )
        path, calls, step = self._names.busiest()
        if calls >= _MANY_CALLS and step is not None and self._steps.count == 1:
            self._notes.add(
                f"{path} was called {calls:,} times in step 1; if its calls are the ODE steps, "
                f"pass step_of={path!r}."
            )

    def _metadata(self, interrupted: str) -> dict[str, str]:
        notes: list[str] = []
        for note in self._notes.sentences():
            if sum(map(len, notes)) + len(note) <= _NOTES_LENGTH:
                notes.append(note)
        return {
            "format": self._probe.format,
            "framework": str(self._facts["framework"]),
            "complete": "no" if interrupted else "yes",
            **({"interrupted": interrupted[:1_000]} if interrupted else {}),
            **({"notes": json.dumps(notes)} if notes else {}),
        }

    def _nothing(self) -> UsageError:
        reasons = " ".join(self._notes.sentences())
        if not self._called:
            reasons = "No module of the model was called."
        elif not self._kept:
            reasons = "No module passed include, exclude and level."
        return UsageError(
            "nothing", self.path, "nothing was recorded", "at least one tensor", reasons
        )
