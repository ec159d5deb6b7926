"""Stored bytes to NumPy values, exact for every bit pattern.

NumPy has no bfloat16 or float8.  All of their values are float32 values, so they
are carried as float32 and the stored name is kept beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np

from inspector.errors import TraceError
from inspector.io.shapes import check_budget
from inspector.tensors import Array

Fill = Callable[[memoryview], None]
"""Fills a buffer with the next bytes of a tensor."""

_PIECE_ELEMENTS = 1 << 17


@dataclass(frozen=True)
class Encoding:
    """How the elements of a tensor are stored.

    Attributes:
        dtype: stored dtype by name (see `inspector.dtypes`).
        itemsize: bytes per element as stored.
        carrier: NumPy dtype of the decoded values, by name.
        decode: turns stored bytes, uint8 [n * itemsize], into values [n]; None when the
            stored bytes already are the carrier's in native byte order.
    """

    dtype: str
    itemsize: int
    carrier: str
    decode: Callable[[Array], Array] | None = None


@cache
def encoding_of(dtype: str, byte_order: Literal["<", ">"] = "<") -> Encoding:
    """The encoding of a stored dtype; `byte_order` is ``<`` or ``>``.

    Raises:
        KeyError: the dtype is not known.
    """
    if dtype == "bfloat16":
        return Encoding(dtype, 2, "float32", partial(decode_bfloat16, byte_order=byte_order))
    if dtype in _FLOAT8_TABLES:
        return Encoding(dtype, 1, "float32", partial(decode_float8, dtype=dtype))
    stored = np.dtype(_NUMPY_DTYPES[dtype]).newbyteorder(byte_order)
    decode = None if stored.isnative else partial(_to_native, stored=stored.str)
    return Encoding(dtype, stored.itemsize, dtype, decode)


def read_values(
    fill: Fill, shape: tuple[int, ...], encoding: Encoding, *, subject: str, fortran: bool = False
) -> Array:
    """Read and decode the values of one tensor into a new C-ordered array.

    Works piece by piece, so that the peak is the result plus one piece.

    Args:
        fill: gives the stored bytes in stored order.
        shape: shape of the result.
        encoding: how the elements are stored.
        subject: name for messages.
        fortran: the elements are stored in column-major order.

    Raises:
        TraceError: ``budget``, ``bool``, or whatever `fill` raises.
    """
    check_budget(subject, math.prod(shape) * np.dtype(encoding.carrier).itemsize)
    try:
        values = np.empty(shape, encoding.carrier)
        if encoding.decode is None and (not fortran or values.ndim < 2):
            stored = values.reshape(-1).view(np.uint8)
            fill(stored.data)
            _check_bool(subject, encoding, stored)
            return values
        for piece in _pieces(values.T if fortran else values):
            raw = np.empty(piece.size * encoding.itemsize, np.uint8)
            fill(raw.data)
            _check_bool(subject, encoding, raw)
            decoded = (
                raw.view(encoding.carrier) if encoding.decode is None else encoding.decode(raw)
            )
            piece[...] = decoded.reshape(piece.shape)
        return values
    except MemoryError as error:
        raise TraceError("budget", subject, "there is not enough memory for the values") from error


def decode_bfloat16(raw: Array, byte_order: str = "<") -> Array:
    """bfloat16 bytes [2n] uint8 to float32 [n]: the upper half of the float32 bits."""
    return (raw.view(f"{byte_order}u2").astype(np.uint32) << np.uint32(16)).view(np.float32)


def decode_float8(raw: Array, dtype: str) -> Array:
    """float8 bytes [n] uint8 of the named dtype to float32 [n]."""
    return _FLOAT8_TABLES[dtype]()[raw]


@cache
def _e4m3fn_table() -> Array:
    """1 sign, 4 exponent (bias 7), 3 fraction bits; no Inf, S.1111.111 is NaN (OCP OFP8)."""
    return _small_float_table(exponent_bits=4, fraction_bits=3, bias=7, nan_from=0x7F)


@cache
def _e5m2_table() -> Array:
    """1 sign, 5 exponent (bias 15), 2 fraction bits; the upper byte of float16 (OCP OFP8)."""
    table = (np.arange(256, dtype=np.uint16) << np.uint16(8)).view(np.float16).astype(np.float32)
    table.flags.writeable = False
    return table


@cache
def _e8m0fnu_table() -> Array:
    """8 exponent bits (bias 127), no sign and no zero; 255 is NaN (OCP MX scales)."""
    # Code 255 would be 2^128, beyond float32; it means NaN.
    table = np.append(np.ldexp(np.float32(1), np.arange(255) - 127), np.float32(np.nan))
    table.flags.writeable = False
    return table


def _small_float_table(exponent_bits: int, fraction_bits: int, bias: int, nan_from: int) -> Array:
    code = np.arange(256)
    magnitude = code & 0x7F
    exponent = (magnitude >> fraction_bits) & ((1 << exponent_bits) - 1)
    fraction = magnitude & ((1 << fraction_bits) - 1)
    significand = np.where(exponent == 0, fraction, fraction + (1 << fraction_bits))
    value = np.ldexp(significand.astype(np.float64), np.maximum(exponent, 1) - bias - fraction_bits)
    value[magnitude >= nan_from] = np.nan
    table = np.copysign(value, np.where(code & 0x80, -1.0, 1.0)).astype(np.float32)
    table.flags.writeable = False
    return table


_FLOAT8_TABLES: dict[str, Callable[[], Array]] = {
    "float8_e4m3fn": _e4m3fn_table,
    "float8_e5m2": _e5m2_table,
    "float8_e8m0fnu": _e8m0fnu_table,
}

_NUMPY_DTYPES = {
    "float64": "f8", "float32": "f4", "float16": "f2",
    "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8",
    "uint8": "u1", "uint16": "u2", "uint32": "u4", "uint64": "u8",
    "bool": "b1", "complex64": "c8", "complex128": "c16",
}  # fmt: skip


def _to_native(raw: Array, stored: str) -> Array:
    values = raw.view(stored)
    return values.astype(values.dtype.newbyteorder("="))


def _check_bool(subject: str, encoding: Encoding, raw: Array) -> None:
    if encoding.dtype == "bool" and raw.size and int(raw.max()) > 1:
        raise TraceError(
            "bool",
            subject,
            f"a stored truth value is {int(raw.max())}",
            "0 or 1 in every byte",
            "Programs disagree about such values; store uint8 instead.",
        )


def _pieces(view: Array) -> Iterator[Array]:
    """Views that together cover `view` in its C order, none much over the piece size."""
    if view.size == 0:
        return
    if view.size <= _PIECE_ELEMENTS:
        yield view
        return
    per_row = view.size // view.shape[0]
    if per_row > _PIECE_ELEMENTS:
        for row in view:
            yield from _pieces(row)
        return
    step = _PIECE_ELEMENTS // per_row
    for start in range(0, view.shape[0], step):
        yield view[start : start + step]
