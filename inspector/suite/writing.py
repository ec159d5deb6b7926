"""Writes one side of a pair to disk through the recorder's own writer, or as plain files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inspector.errors import UsageError
from inspector.faults.precision import rounded
from inspector.io.sidefile import SIDE_FILE
from inspector.record.stream import TensorStream
from inspector.record.values import StoredValue, store_numpy
from inspector.suite.layouts import Form
from inspector.suite.name_styles import NPY, NameStyle
from inspector.tensors import Array

DTYPES = ("float32", "float16", "bfloat16")
_TABLE_BYTES = 1 << 21
"""Room for the table of contents of some ten thousand tensors."""


@dataclass(frozen=True)
class StoredSide:
    """One side as it lies on disk.

    Attributes:
        path: folder of the trace.
        names: name in the recording -> stored name, in order of recording.
        forms: name in the recording -> how it is laid out.
        values: name in the recording -> values as stored, frames first.
        rows_exchanged: values of two rows hold the second one first.
    """

    path: Path
    names: Mapping[str, str]
    forms: Mapping[str, Form]
    values: Mapping[str, Array]
    rows_exchanged: bool = False


def as_stored(values: Mapping[str, Array], dtype: str) -> dict[str, Array]:
    """The values after storing floats in `dtype`, decoded to float32.

    Raises:
        UsageError: there is no such dtype.
    """
    if dtype not in DTYPES:
        raise UsageError("dtype", "dtype", f"it is {dtype!r}", f"one of {', '.join(DTYPES)}")
    if dtype == "float32":
        return dict(values)
    return {
        name: rounded(v, dtype).astype(np.float32) if v.dtype.kind == "f" else v
        for name, v in values.items()
    }


def write_side(
    folder: Path, values: Mapping[str, Array], style: NameStyle, forms: Mapping[str, Form],
    *, dtype: str, framework: str, facts: Mapping[str, object], seed: str,
) -> StoredSide:  # fmt: skip
    """Write a recording as a program of this style would.

    Args:
        folder: made here.
        values: the recording, frames first.
        style, forms: names and layouts.
        dtype: of floats on disk, one of `DTYPES`.
        framework, facts: for the side-file of a recorder.
        seed: of drawn names.

    Raises:
        UsageError: a plain file cannot hold the dtype, or the disk is full.
    """
    names = style.names(values, seed)
    folder.mkdir(parents=True)
    kept = as_stored(values, dtype)
    order = list(values) if style.recorder else sorted(values, key=lambda name: names[name])
    if style.container == NPY:
        _write_files(folder, {names[n]: forms[n].apply(kept[n]) for n in order}, dtype)
    else:
        stored = {names[n]: _bits(forms[n].apply(kept[n]), dtype) for n in order}
        _write_container(folder / "decoder.safetensors", stored)
    if style.recorder:
        text = json.dumps({**facts, "framework": framework, "order": [names[n] for n in order]})
        (folder / SIDE_FILE).write_text(text, encoding="utf-8")
    return StoredSide(folder, names, forms, kept)


def _write_files(folder: Path, arrays: Mapping[str, Array], dtype: str) -> None:
    if dtype == "bfloat16":
        raise UsageError("dtype", "npy", "this format has no bfloat16", "float32 or float16")
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array.astype(dtype) if array.dtype.kind == "f" else array)


def _write_container(path: Path, stored: Mapping[str, StoredValue]) -> None:
    stream = TensorStream(path, {}, table_bytes=_TABLE_BYTES)
    try:
        for name, value in stored.items():
            stream.add(name, value)
        stream.finish({})
    except BaseException:
        stream.discard()
        raise


def _bits(array: Array, dtype: str) -> StoredValue:
    if array.dtype.kind != "f" or dtype == "float32":
        return store_numpy(array)
    if dtype == "float16":
        return store_numpy(array.astype(np.float16))
    upper = (np.ascontiguousarray(array, np.float32).view(np.uint32) >> 16).astype("<u2")
    return StoredValue("bfloat16", array.shape, upper.reshape(-1).view(np.uint8).data)
