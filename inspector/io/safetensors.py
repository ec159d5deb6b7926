"""Reader of ``.safetensors`` files.

Format: 8 bytes with the length of the header, a JSON header, then the values of all
tensors without gap or overlap (huggingface.co/docs/safetensors, "Format").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from inspector.errors import TraceError
from inspector.io.decode import encoding_of, read_values
from inspector.io.limits import MAX_NAME_LENGTH, MAX_SAFETENSORS_HEADER_BYTES, MAX_TENSORS
from inspector.io.listing import Listing, SkippedMember, StoredTensor
from inspector.io.shapes import check_dims, check_extent, shape_text
from inspector.io.source import FileReference, Source
from inspector.io.strict_json import parse_json
from inspector.tensors import Array

_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
    "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "BOOL": "bool", "C64": "complex64",
}  # fmt: skip
_UNREADABLE_BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
}  # fmt: skip
_FRAMEWORKS = {"pt": "PyTorch", "mlx": "MLX"}
_FIELDS = frozenset({"dtype", "shape", "data_offsets"})


@dataclass(frozen=True)
class _Entry:
    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class TensorValues:
    """Reads the values of one tensor when called."""

    reference: FileReference
    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    length: int

    def __call__(self) -> Array:
        """Read the values.

        Raises:
            TraceError: the file changed, is truncated or cannot be read.
        """
        with self.reference.open() as source:
            return read_values(
                source.reader(self.offset, self.length).fill,
                self.shape,
                encoding_of(self.dtype),
                subject=f"{source.label}::{self.name}",
            )


def list_safetensors(reference: FileReference) -> Listing:
    """List the tensors of a file in order of their position, then of their name.

    A tensor of a dtype that cannot be read is skipped with a reason; a file that
    contradicts itself is refused.

    Raises:
        TraceError: ``truncated``, ``header``, ``count``, ``duplicate``, ``name``, ``dtype``,
            ``dim``, ``rank``, ``offsets``, ``size``, ``layout``.
    """
    with reference.open() as source:
        header, start = _read_header(source)
        metadata = _take_metadata(source, header)
        entries = [_read_entry(source, name, fields) for name, fields in header.items()]
        entries.sort(key=lambda entry: (entry.begin, entry.end, entry.name))
        _check_layout(source, entries, source.size - start)
        pinned = source.reference()
        tensors, skipped = [], []
        for entry in entries:
            if entry.dtype in _UNREADABLE_BITS:
                skipped.append(SkippedMember(entry.name, _unreadable(source, entry)))
            else:
                tensors.append(_tensor(pinned, entry, start))
        framework = _FRAMEWORKS.get(metadata.get("format", ""))
        return Listing(tuple(tensors), source.identity, tuple(skipped), framework, metadata)


def _read_header(source: Source) -> tuple[dict[str, Any], int]:
    if source.size < 8:
        raise TraceError(
            "truncated", source.label, f"the file has {source.size} bytes", "a .safetensors file"
        )
    length = int.from_bytes(source.read(0, 8), "little")
    if length > MAX_SAFETENSORS_HEADER_BYTES:
        raise TraceError(
            "header",
            source.label,
            f"the header claims {length:,} bytes",
            f"at most {MAX_SAFETENSORS_HEADER_BYTES:,}",
        )
    raw = source.read(8, length)
    if not raw.startswith(b"{"):
        raise TraceError("header", source.label, "the header does not begin with '{'")
    # A quoted word inside a JSON text cannot come from a longer name, whose quotes are
    # escaped; counting it first keeps a header of too many tensors from being parsed.
    if raw.count(b'"data_offsets"') > MAX_TENSORS:
        raise TraceError(
            "count", source.label, f"the file holds more than {MAX_TENSORS:,} tensors", "fewer"
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TraceError("header", source.label, "the header is not UTF-8 text") from error
    return parse_json(text, source.label, "header"), 8 + length


def _take_metadata(source: Source, header: dict[str, Any]) -> dict[str, str]:
    """Take the free metadata out of the header."""
    metadata = header.pop("__metadata__", None)
    if metadata is None:  # MLX writes null where there is none
        return {}
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise TraceError("header", source.label, "'__metadata__' is not a table of texts")
    return metadata


def _read_entry(source: Source, name: str, fields: Any) -> _Entry:
    subject = f"{source.label}::{name}"
    if "\0" in name or len(name) > MAX_NAME_LENGTH:
        raise TraceError(
            "name",
            subject,
            "the name holds a NUL or is too long",
            f"text of at most {MAX_NAME_LENGTH:,} characters",
        )
    if not isinstance(fields, dict) or fields.keys() != _FIELDS:
        raise TraceError(
            "header", subject, "its entry lacks or adds a field", "dtype, shape, data_offsets"
        )
    dtype, dims, offsets = fields["dtype"], fields["shape"], fields["data_offsets"]
    if not isinstance(dtype, str) or (dtype not in _DTYPES and dtype not in _UNREADABLE_BITS):
        raise TraceError("dtype", subject, f"its dtype is {str(dtype)[:40]!r}", ", ".join(_DTYPES))
    if not isinstance(dims, list):
        raise TraceError("dim", subject, "its shape is not a list")
    shape = check_dims(subject, dims)
    if (
        not isinstance(offsets, list)
        or len(offsets) != 2
        or not all(type(offset) is int for offset in offsets)
        or not 0 <= offsets[0] <= offsets[1]
    ):
        raise TraceError(
            "offsets", subject, f"its offsets are {str(offsets)[:60]}", "[begin, end] in bytes"
        )
    begin, end = offsets
    bits = math.prod(shape) * _bits(dtype)
    if (end - begin) * 8 != bits:
        raise TraceError(
            "size",
            subject,
            f"its offsets span {end - begin:,} bytes",
            f"{(bits + 7) // 8:,} for {shape_text(shape)[:80]} of {dtype}",
        )
    check_extent(subject, shape)
    return _Entry(name, dtype, shape, begin, end)


def _bits(dtype: str) -> int:
    if dtype in _UNREADABLE_BITS:
        return _UNREADABLE_BITS[dtype]
    return 8 * encoding_of(_DTYPES[dtype]).itemsize


def _check_layout(source: Source, entries: list[_Entry], available: int) -> None:
    """The tensors must fill the rest of the file exactly, one after the other."""
    position = 0
    for entry in entries:
        if entry.begin != position:
            kind = "overlaps the tensor before it" if entry.begin < position else "follows a gap"
            raise TraceError(
                "layout",
                f"{source.label}::{entry.name}",
                f"it begins at byte {entry.begin:,} and {kind}",
                f"byte {position:,}",
            )
        position = entry.end
    if position > available:
        raise TraceError(
            "truncated",
            source.label,
            f"{available:,} bytes of values are stored",
            f"{position:,}",
            "It was probably not written to its end; record it again.",
        )
    if position < available:
        raise TraceError(
            "layout", source.label, f"{available - position:,} bytes follow the tensors", "none"
        )


def _unreadable(source: Source, entry: _Entry) -> TraceError:
    return TraceError(
        "dtype",
        f"{source.label}::{entry.name}",
        f"values of dtype {entry.dtype} cannot be read",
        ", ".join(_DTYPES),
        "Store it as F32.",
    )


def _tensor(pinned: FileReference, entry: _Entry, start: int) -> StoredTensor:
    dtype = _DTYPES[entry.dtype]
    return StoredTensor(
        key=entry.name,
        shape=entry.shape,
        dtype=dtype,
        load=TensorValues(
            pinned, entry.name, dtype, entry.shape, start + entry.begin, entry.end - entry.begin
        ),
    )
