"""What opening a file and reading every value of it leads to, as one word."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inspector.errors import TraceError
from inspector.io.trace import open_trace
from inspector.tensors import Array


def outcome(path: Path | str) -> str:
    """``ok``, or the code of the failure, or the codes of what was skipped."""
    try:
        trace = open_trace(path)
        for record in trace:
            values = record.read()
            assert values.shape == record.shape
    except TraceError as error:
        assert error.sentence.endswith("."), error.sentence
        assert "\n" not in error.sentence
        return error.code
    return " ".join(sorted({entry.code for entry in trace.skipped})) or "ok"


def only_values(path: Path | str) -> Array:
    """The values of the only tensor of a trace."""
    (record,) = open_trace(path).records
    return record.read()


def same_bits(left: Array, right: Array) -> bool:
    """True for equal shapes, dtypes and bits; any NaN equals any NaN."""
    if left.shape != right.shape or left.dtype != right.dtype:
        return False
    if left.dtype.kind == "c":
        return same_bits(left.real.copy(), right.real.copy()) and same_bits(
            left.imag.copy(), right.imag.copy()
        )
    if left.dtype.kind != "f":
        return bool(np.array_equal(left, right))
    both_nan = np.isnan(left) & np.isnan(right)
    bits = f"u{left.dtype.itemsize}"
    equal = np.asarray(left, order="C").view(bits) == np.asarray(right, order="C").view(bits)
    return bool(np.all(equal | both_nan))
