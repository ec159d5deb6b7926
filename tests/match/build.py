"""Traces in memory, and the real recordings read without the package's own readers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inspector.errors import TraceError
from inspector.match.matching import MatchResult, match_traces
from inspector.match.roles import recognise
from inspector.tensors import TensorRecord, Trace, TraceInfo


def make_record(name: str, array: Any, index: int = 0, file: str = "", **more: Any) -> TensorRecord:
    """A record over an array in memory."""
    values = np.asarray(array)
    return TensorRecord(
        name, values.shape, str(values.dtype), file or f"{name}.npy", index,
        load=lambda: values, **more,
    )  # fmt: skip


def make_trace(
    arrays: Mapping[str, Any], *, file: str = "", path: str = "memory", **info: Any
) -> Trace:
    """A trace over arrays in memory, one file per tensor unless `file` is given."""
    records = tuple(make_record(n, a, i, file) for i, (n, a) in enumerate(arrays.items()))
    return Trace(path, records, TraceInfo(**info))


def unreadable(name: str, shape: tuple[int, ...], error: Exception, index: int = 0) -> TensorRecord:
    """A record whose values raise `error`."""

    def load() -> np.ndarray:
        raise error

    return TensorRecord(name, shape, "float32", f"{name}.npy", index, load=load)


def shapes_trace(shapes: Mapping[str, tuple[int, ...]], dtype: str = "float32") -> Trace:
    """A trace whose values cannot be read: names and shapes must be enough."""
    return Trace(
        "shapes",
        tuple(
            TensorRecord(name, shape, dtype, f"{name}.npy", i, load=_never)
            for i, (name, shape) in enumerate(shapes.items())
        ),
    )


def _never() -> np.ndarray:
    raise TraceError("truncated", "shapes", "this trace has shapes only")


def match(reference: Trace, candidate: Trace, **options: Any) -> MatchResult:
    """Match with the roles of both traces."""
    return match_traces(reference, candidate, recognise(reference), recognise(candidate), **options)


def partners(result: MatchResult) -> dict[str, str]:
    """Candidate name by reference name."""
    return {p.reference.name: p.candidate.name for p in result.pairs}


def open_folder(folder: Path) -> Trace:
    """A folder of ``.npy`` files, for tests of the real recordings."""
    records = []
    for index, file in enumerate(sorted(folder.glob("*.npy"))):
        head = np.load(file, mmap_mode="r")
        records.append(
            TensorRecord(
                file.stem, head.shape, str(head.dtype), file.name, index,
                load=lambda file=file: np.load(file),
            )
        )  # fmt: skip
    return Trace(str(folder), tuple(records))
