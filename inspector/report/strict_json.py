"""Strict JSON: no bare NaN, Infinity or integers that a double cannot hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_EXACT_INTEGER = 2**53


def jsonable(value: Any) -> Any:
    """Turn `value` into what strict JSON can hold.

    NaN and infinities become the strings ``NaN``, ``Infinity`` and ``-Infinity``; integers
    beyond 2**53 become decimal strings; -0.0 becomes ``-0.0`` as a string so that its sign
    survives readers that drop it; NumPy scalars and short arrays become Python values.
    """
    if value is None or isinstance(value, (str, bool)):
        return _plain_text(value) if isinstance(value, str) else value
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, int):
        return value if abs(value) <= _EXACT_INTEGER else str(value)
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, complex):
        return {"real": _real(value.real), "imag": _real(value.imag)}
    if isinstance(value, Mapping):
        return {_plain_text(str(k)): jsonable(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, (Sequence, set, frozenset)):
        return [jsonable(v) for v in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Return `value` as strict JSON text (see `jsonable`)."""
    return json.dumps(jsonable(value), allow_nan=False, ensure_ascii=False, indent=indent)


def _real(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 and math.copysign(1.0, value) < 0:
        return "-0.0"
    return value


def _plain_text(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot carry, by their escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
