"""What to record, checked before the model runs."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inspector.errors import UsageError
from inspector.names import show_name

Steps = int | Iterable[int] | None


@dataclass(frozen=True)
class RecordOptions:
    """Which modules, steps and rows are kept, and what they are called.

    Attributes:
        include: pattern that the path of a module must hold; None keeps all.
        exclude: pattern that the path must not hold.
        level: deepest level of modules; the model itself is level 0.
        inputs: also keep what goes into every module.
        rows: rows of the batch axis to keep; None keeps all.
        steps: numbers of the ODE steps to keep; None keeps all.
        prefix: text before every module path.
        step_of: path of the module whose calls are the ODE steps; empty for the model.
        calls_per_step: calls of that module that make one step.
        max_bytes: module values beyond this size of the file are left out.
    """

    include: re.Pattern[str] | None = None
    exclude: re.Pattern[str] | None = None
    level: int | None = None
    inputs: bool = False
    rows: tuple[int, ...] | None = None
    steps: frozenset[int] | None = None
    prefix: str = ""
    step_of: str = ""
    calls_per_step: int = 1
    max_bytes: int | None = None

    def keeps_module(self, path: str) -> bool:
        """True when the module at `path` is recorded; the model itself has an empty path."""
        depth = path.count(".") + 1 if path else 0
        return (
            (self.level is None or depth <= self.level)
            and (self.include is None or self.include.search(path) is not None)
            and (self.exclude is None or self.exclude.search(path) is None)
        )

    def keeps_step(self, step: int | None) -> bool:
        """True when module values of this ODE step, or outside of any, are recorded."""
        return self.steps is None or step is None or step in self.steps


def check_options(
    *,
    include: str | None,
    exclude: str | None,
    level: int | None,
    inputs: bool,
    rows: Steps,
    steps: Steps,
    prefix: str,
    step_of: str | None,
    calls_per_step: int,
    max_bytes: int | None,
) -> RecordOptions:
    """Turn the arguments of a recorder into checked options.

    Raises:
        UsageError: ``regex``, ``number`` or ``name`` with the argument it is about.
    """
    kept = _numbers("steps", steps)
    return RecordOptions(
        include=_pattern("include", include),
        exclude=_pattern("exclude", exclude),
        level=None if level is None else _number("level", level, 0),
        inputs=bool(inputs),
        rows=_numbers("rows", rows),
        steps=None if kept is None else frozenset(kept),
        prefix=_prefix(prefix),
        step_of=step_of or "",
        calls_per_step=_number("calls_per_step", calls_per_step, 1),
        max_bytes=None if max_bytes is None else _number("max_bytes", max_bytes, 0),
    )


def _prefix(text: Any) -> str:
    checked = check_name("prefix", text) if text else ""
    return checked if not checked or checked[-1] in "./_:" else f"{checked}."


def check_name(subject: str, name: Any) -> str:
    """`name`, when a container can hold it.

    Raises:
        UsageError: ``name``.
    """
    if not isinstance(name, str) or not 0 < len(name) <= 1_000 or "\0" in name:
        raise UsageError(
            "name", subject, f"the name is {show_name(repr(name), 60)}",
            "a text of 1 to 1,000 characters without NUL",
        )  # fmt: skip
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError("name", subject, "the name holds half of a character") from error
    return name


def _pattern(argument: str, text: Any) -> re.Pattern[str] | None:
    if text is None:
        return None
    try:
        return re.compile(text)
    except (re.error, TypeError, RecursionError, OverflowError) as error:
        raise UsageError(
            "regex", argument, f"{show_name(repr(text), 60)} is not a regular expression ({error})",
            'a pattern such as r"mid_blocks\\.\\d+\\.0$"',
        ) from error  # fmt: skip


def _number(argument: str, value: Any, low: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = low - 1
    if number < low or isinstance(value, bool):
        raise UsageError(
            "number", argument, f"it is {show_name(repr(value), 40)}",
            f"a whole number, {low} or more",
        )  # fmt: skip
    return number


def _numbers(argument: str, value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    given = list(value) if isinstance(value, Iterable) else [value]
    numbers = tuple(dict.fromkeys(_number(argument, one, 0) for one in given))
    if not numbers:
        raise UsageError("number", argument, "it is empty", "at least one number, or None for all")
    return numbers
