"""Pairs of tensors in memory for the tests of the question `tensor`."""

from __future__ import annotations

from typing import Any

import numpy as np

from inspector.tensors import Layout, TensorPair, TensorRecord


def record(name: str, values: Any, dtype: str = "") -> TensorRecord:
    array = np.asarray(values)
    return TensorRecord(
        name, array.shape, dtype or array.dtype.name, f"{name}.npy", 0, load=lambda: array
    )


def pair(
    reference: Any,
    candidate: Any,
    letters: str = "",
    *,
    dtypes: tuple[str, str] = ("", ""),
    **more: Any,
) -> TensorPair:
    more.setdefault("reference_layout", Layout(letters=letters))
    return TensorPair(
        record("reference_x", reference, dtypes[0]), record("candidate_x", candidate, dtypes[1]),
        "same name", 1.0, **more,
    )  # fmt: skip
