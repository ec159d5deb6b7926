"""Tensors of a file that ``torch.save`` wrote.

Unpickling is left to torch with ``weights_only=True`` and without memory mapping; the
caller has read the bytes and checked the archive.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch

from inspector.errors import TraceError
from inspector.names import show_name
from inspector.tensors import Array, SkippedFile, TensorRecord, freeze

_DTYPES = {
    torch.float64: "float64", torch.float32: "float32", torch.float16: "float16",
    torch.bfloat16: "bfloat16", torch.float8_e4m3fn: "float8_e4m3fn",
    torch.float8_e5m2: "float8_e5m2", torch.int8: "int8", torch.int16: "int16",
    torch.int32: "int32", torch.int64: "int64", torch.uint8: "uint8", torch.bool: "bool",
    torch.complex64: "complex64", torch.complex128: "complex128",
}  # fmt: skip
_WRAPPERS = ("state_dict", "model_state_dict", "model", "module", "weights", "params", "ema")
_DEEPEST = 6
_MOST_TENSORS = 65_536
_MOST_BYTES = 2 * 1024**3
_MOST_NAME = 4_096


def read_torch_checkpoint(
    content: bytes, label: str
) -> tuple[tuple[TensorRecord, ...], tuple[SkippedFile, ...]]:
    """Read the tensors of a saved object, nested tables by dotted names.

    A state dict inside a checkpoint of a training program (``state_dict``, ``model`` ...)
    is found and its wrapper left out of the names.

    Returns:
        Tensors in stored order, and those that cannot be read with the reasons.

    Raises:
        TraceError: ``format`` when torch refuses the file or no tensor is in it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols, of no use to a reader
            loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a bad file
        raise TraceError(
            "format", label,
            f"torch cannot read it as plain weights ({show_name(str(error).splitlines()[0], 160)})"
            if str(error) else "torch cannot read it as plain weights",
            "tensors and plain values only",
            "Convert it in a program that you trust: safetensors.torch.save_file of its state "
            "dict.",
        ) from error  # fmt: skip
    records: list[TensorRecord] = []
    skipped: list[SkippedFile] = []
    for name, tensor in _tensors(_unwrap(loaded), ()):
        if len(records) >= _MOST_TENSORS:
            raise TraceError("count", label, f"it holds more than {_MOST_TENSORS:,} tensors")
        reason = _unreadable(name, tensor)
        if reason:
            skipped.append(SkippedFile(f"{label}::{show_name(name)}", "dtype", reason))
            continue
        load = partial(_values, tensor)
        dtype, shape = _DTYPES[tensor.dtype], tuple(tensor.shape)
        records.append(TensorRecord(name, shape, dtype, label, len(records), load))
    if not records:
        raise TraceError(
            "empty", label, "there is no tensor in it", "a state dict", "Save model.state_dict()."
        )
    return tuple(records), tuple(skipped)


def _unwrap(value: Any) -> Any:
    """The state dict inside the checkpoint of a training program."""
    for _ in range(_DEEPEST):
        if not isinstance(value, Mapping):
            break
        inner = [value[w] for w in _WRAPPERS if isinstance(value.get(w), Mapping)]
        if not inner or any(isinstance(v, torch.Tensor) for v in value.values()):
            break
        value = inner[0]
    return value


def _tensors(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        yield ".".join(path) or "tensor", value
    elif len(path) < _DEEPEST:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if isinstance(key, (str, int)):
                    yield from _tensors(inner, (*path, str(key)))
        elif isinstance(value, (list, tuple)):
            for index, inner in enumerate(value):
                yield from _tensors(inner, (*path, str(index)))


def _unreadable(name: str, tensor: torch.Tensor) -> str:
    """Why a tensor cannot be read, as a sentence; empty when it can."""
    shown = show_name(name)
    if len(name) > _MOST_NAME or "\0" in name:
        return f"{shown}: the name holds a NUL or is too long."
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.dtype not in _DTYPES:
        return f"{shown}: {tensor.dtype} in layout {tensor.layout} cannot be read."
    nbytes = tensor.numel() * tensor.element_size()
    # A tensor of stride 0 claims more values than the file holds.
    if nbytes > tensor.untyped_storage().nbytes() or nbytes > _MOST_BYTES:
        return f"{shown}: it claims {nbytes:,} bytes, more than are stored or can be read."
    return ""


def _values(tensor: torch.Tensor) -> Array:
    plain = tensor.detach()
    if plain.dtype in (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2):
        plain = plain.to(torch.float32)
    return freeze(np.array(plain.resolve_conj().resolve_neg().numpy()))
