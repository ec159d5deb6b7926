"""Values on their way to the page: strict JSON and raw little-endian float32."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np


def encode_json(value: Any) -> bytes:
    """Return `value` as strict JSON in UTF-8.

    NaN and the infinities become the strings ``NaN``, ``Infinity`` and ``-Infinity``
    (JSON has no such numbers), NumPy scalars become numbers, arrays become lists and
    lone surrogates in names become ``\\u`` escapes.
    """
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError):
        # Slow but rare: only values with non-finite numbers or NumPy types come here.
        text = json.dumps(_plain(value), allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def encode_float32(array: Any) -> bytes:
    """Return the values of `array` in C order as little-endian float32."""
    return np.ascontiguousarray(array, dtype="<f4").tobytes()


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
