"""The optional side-file ``trace.json``: facts that the tensors do not say themselves."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from inspector.errors import TraceError
from inspector.io.limits import (
    MAX_NAME_LENGTH,
    MAX_SAMPLE_RATE_HZ,
    MAX_SIDE_FILE_BYTES,
    MAX_TENSORS,
    MIN_SAMPLE_RATE_HZ,
)
from inspector.io.source import FileIdentity, FileReference
from inspector.io.strict_json import parse_json
from inspector.names import show_name
from inspector.tensors import TraceInfo

SIDE_FILE = "trace.json"
_CODE = "side-file"
_LETTERS = re.compile(r"[BTFCNHDSKOI]{0,8}")


def read_side_file(reference: FileReference) -> tuple[TraceInfo, tuple[str, ...], FileIdentity]:
    """Read a side-file.

    Returns:
        The facts, notes about ignored keys, and what the file was.

    Raises:
        TraceError: ``side-file`` with the key, what it holds and what it should hold;
            ``duplicate``; or a code of `inspector.io.source`.
    """
    with reference.open() as source:
        if source.size > MAX_SIDE_FILE_BYTES:
            raise TraceError(
                _CODE, source.label, f"it has {source.size:,} bytes",
                f"at most {MAX_SIDE_FILE_BYTES:,}",
            )  # fmt: skip
        raw = source.read(0, source.size)
        identity = source.identity
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TraceError(_CODE, reference.label, "it is not UTF-8 text") from error
    info, notes = parse_side_file(parse_json(text, reference.label, _CODE), reference.label)
    return info, notes, identity


def parse_side_file(value: Any, subject: str) -> tuple[TraceInfo, tuple[str, ...]]:
    """Check the parsed content of a side-file; null means unknown.

    Raises:
        TraceError: ``side-file``.
    """
    if not isinstance(value, dict):
        raise TraceError(_CODE, subject, "it holds no table", 'a JSON object such as {"steps": 10}')
    facts: dict[str, Any] = {}
    notes = []
    for key, stored in value.items():
        if key not in _FIELDS:
            near = difflib.get_close_matches(key[:80], _FIELDS, 1)
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            notes.append(f"{subject}: the unknown key '{show_name(key, 80)}' was ignored{hint}.")
        elif stored is not None:
            field, check, expected = _FIELDS[key]
            try:
                facts[field] = check(stored)
            except (TypeError, ValueError) as error:
                raise TraceError(
                    _CODE, subject, f"'{key}' is {_shown(stored)}", expected
                ) from error
    info = TraceInfo(**facts)
    if info.fmin_hz is not None and info.fmax_hz is not None and info.fmin_hz >= info.fmax_hz:
        raise TraceError(
            _CODE, subject, f"'fmin' is {info.fmin_hz:g} and 'fmax' is {info.fmax_hz:g}",
            "fmin below fmax",
        )  # fmt: skip
    if info.n_fft is not None and info.win_length is not None and info.win_length > info.n_fft:
        raise TraceError(
            _CODE, subject, f"'win_length' is {info.win_length} and 'n_fft' is {info.n_fft}",
            "a window no longer than the transform",
        )  # fmt: skip
    return info, tuple(notes)


def _shown(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false"}
    return names.get(type(value), "") or show_name(repr(value), 60)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ValueError
    return value


def _integer(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError
        return value

    return check


def _number(low: float, high: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if type(value) not in (int, float) or not low <= value <= high or not math.isfinite(value):
            raise ValueError
        return float(value)

    return check


def _layouts(value: Any) -> MappingProxyType[str, str]:
    if not isinstance(value, dict) or len(value) > MAX_TENSORS:
        raise ValueError
    for name, letters in value.items():
        if (
            not 0 < len(name) <= MAX_NAME_LENGTH
            or not isinstance(letters, str)
            or not _LETTERS.fullmatch(letters)
            or len(set(letters)) != len(letters)
        ):
            raise ValueError
    return MappingProxyType(dict(value))


def _order(value: Any) -> tuple[str, ...]:
    if (
        not isinstance(value, list)
        or len(value) > MAX_TENSORS
        or not all(isinstance(name, str) and len(name) <= MAX_NAME_LENGTH for name in value)
        or len(set(value)) != len(value)
    ):
        raise ValueError
    return tuple(value)


_FIELDS: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "framework": ("framework", _text, 'a text such as "MLX Swift"'),
    "sample_rate": (
        "sample_rate_hz",
        _integer(MIN_SAMPLE_RATE_HZ, MAX_SAMPLE_RATE_HZ),
        f"a whole number of Hz from {MIN_SAMPLE_RATE_HZ:,} to {MAX_SAMPLE_RATE_HZ:,}",
    ),
    "n_fft": ("n_fft", _integer(2, 2**20), "a whole number of samples from 2 to 1,048,576"),
    "hop_length": ("hop_length", _integer(1, 2**20), "a whole number of samples, 1 or more"),
    "win_length": ("win_length", _integer(1, 2**20), "a whole number of samples, 1 or more"),
    "n_mels": ("n_mels", _integer(1, 4096), "a whole number of bins from 1 to 4,096"),
    "fmin": ("fmin_hz", _number(0, MAX_SAMPLE_RATE_HZ / 2), "a frequency in Hz, 0 or more"),
    "fmax": ("fmax_hz", _number(0, MAX_SAMPLE_RATE_HZ / 2), "a frequency in Hz, 0 or more"),
    "steps": ("steps", _integer(1, 100_000), "a whole number of ODE steps, 1 or more"),
    "cfg_rate": ("cfg_rate", _number(-1000, 1000), "a number such as 0.7"),
    "layouts": (
        "layouts",
        _layouts,
        'a table of name to axis letters (B T F C N H D S K O I, each once), such as {"mu": "BCT"}',
    ),
    "order": ("order", _order, "a list of different tensor names in order of execution"),
}
