"""Implementations that the operator of this process named, for whoever asks for them later."""

from __future__ import annotations

from collections.abc import Iterable

from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.live.user_code import UserCode, read_command, read_implementation
from inspector.registry import Registry

OFFERED: Registry[str, UserCode] = Registry("implementation of yours")
"""Filled once from the command line, before the page is served; never by the page."""


def read_codes(
    implementations: Iterable[str] = (), commands: Iterable[str] = (), timeout_s: float = 60.0
) -> dict[str, UserCode]:
    """Implementations by name, from the texts of the command line.

    Raises:
        UsageError: a text does not fit, or a name is taken: by another one or by a fault.
    """
    if not timeout_s > 0:
        raise UsageError("timeout", "timeout", f"it is {timeout_s:g} s", "more than 0 seconds")
    found: dict[str, UserCode] = {}
    codes = [read_implementation(text) for text in implementations]
    codes += [read_command(text, timeout_s) for text in commands]
    for code in codes:
        if code.name in found:
            raise UsageError("duplicate", code.name, "two implementations have this name", "",
                             "Write NAME=path.py:Name.")  # fmt: skip
        if code.name in faults():
            raise UsageError("duplicate", code.name, "a fault has this name", "another name",
                             "Write NAME=path.py:Name.")  # fmt: skip
        found[code.name] = code
    return found


def offer(codes: Iterable[UserCode]) -> None:
    """Let the page choose these; the same one may be offered again.

    Raises:
        UsageError: another one of the name is offered already.
    """
    for code in codes:
        if code.name not in OFFERED or OFFERED[code.name] != code:
            OFFERED.add(code.name, code)
