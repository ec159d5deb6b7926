"""Frozen results turned into plain JSON-able values."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

_LONGEST_LIST = 200


def result_dict(result: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as plain values, nested results included.

    NumPy scalars become Python numbers, tuples become lists, undefined stays None and
    NaN stays NaN.  An array of at most 200 numbers becomes a list; a longer one is
    left out, since a figure or a byte route carries it better.

    Args:
        result: a dataclass instance.
    """
    out: dict[str, Any] = {}
    for entry in fields(result):
        value = getattr(result, entry.name)
        if isinstance(value, np.ndarray) and value.size > _LONGEST_LIST:
            continue
        out[entry.name] = _plain(value)
    return out


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        to_dict = getattr(value, "to_dict", None)
        return to_dict() if callable(to_dict) else result_dict(value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value
