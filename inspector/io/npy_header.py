"""The header of the ``.npy`` format, versions 1 to 3, read without evaluating it.

The header is the text of a Python dictionary.  It is read here by a scanner that
knows the few tokens such a dictionary can hold and visits every character once.
Format: numpy.org, "NEP 1 - A simple file format for NumPy arrays".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from inspector.errors import TraceError
from inspector.io.limits import MAX_NPY_HEADER_BYTES
from inspector.io.shapes import check_dims

MAGIC = b"\x93NUMPY"
_KEYS = ("descr", "fortran_order", "shape")

# Possessive `\s*+`: on a mismatch after a long run of spaces nothing is tried twice.
_TOKEN = re.compile(
    r"""\s*+(?:
      (?P<text>'[^'\\\n]*+'|"[^"\\\n]*+")
    | (?P<number>-?[0-9]++(?:\.[0-9]*+)?+L?+)
    | (?P<word>[A-Za-z_]++)
    | (?P<sign>[{}()\[\]:,])
    )""",
    re.VERBOSE,
)
_DESCR = re.compile(r"(?P<order>[<>|=]?)(?P<kind>[a-zA-Z])(?P<size>[0-9]{0,10})(?P<unit>\[.*\])?")

_DTYPES = {
    "f2": "float16", "f4": "float32", "f8": "float64",
    "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
    "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64",
    "b1": "bool", "c8": "complex64", "c16": "complex128",
    "V2": "bfloat16", "f1": "float8_e5m2",
}  # fmt: skip
_NOTES = {
    "V2": "stored as raw 2-byte items, as NumPy saves bfloat16, and read as bfloat16",
    "f1": "stored as 'f1', as NumPy saves float8_e5m2, and read as float8_e5m2",
}
_REFUSED_KINDS = {
    "U": "text", "S": "text", "a": "text", "M": "dates", "m": "time differences",
    "V": "raw bytes of no known type", "g": "extended-precision numbers",
}  # fmt: skip
_OBJECTS = "Python objects, which are stored as a pickle and never loaded"
_NEXT_STEP = "Save it as a plain array of numbers."

Take = Callable[[int], bytes]
"""Gives the next bytes of a file; raises ``truncated`` when there are not so many."""


@dataclass(frozen=True)
class NpyHeader:
    """What a ``.npy`` header says.

    Attributes:
        dtype: stored dtype by name.
        byte_order: ``<`` or ``>``.
        fortran_order: column-major values.
        shape: stored shape.
        length: bytes before the values.
        note: what was assumed, as a clause; may be empty.
    """

    dtype: str
    byte_order: Literal["<", ">"]
    fortran_order: bool
    shape: tuple[int, ...]
    length: int
    note: str = ""


def read_npy_header(take: Take, subject: str) -> NpyHeader:
    """Read the header from the beginning of a ``.npy`` stream.

    Raises:
        TraceError: ``magic``, ``version``, ``header``, ``dtype``, ``dim``, ``rank``,
            ``duplicate`` or ``truncated``.
    """
    start = take(8)
    if not start.startswith(MAGIC):
        raise TraceError(
            "magic",
            subject,
            "the content is not that of a .npy file",
            next_step="A pickle saved under this name is never loaded; save it with numpy.save.",
        )
    major, minor = start[6], start[7]
    if major not in (1, 2, 3) or minor != 0:
        raise TraceError("version", subject, f"this is .npy version {major}.{minor}", "1.0 to 3.0")
    prefix = take(2 if major == 1 else 4)
    length = int.from_bytes(prefix, "little")
    if length > MAX_NPY_HEADER_BYTES:
        raise TraceError(
            "header",
            subject,
            f"the header claims {length:,} bytes",
            f"at most {MAX_NPY_HEADER_BYTES:,}",
        )
    try:
        text = take(length).decode("utf-8" if major == 3 else "latin-1")
    except UnicodeDecodeError as error:
        raise TraceError("header", subject, "the header is not UTF-8 text") from error
    fields = _parse(text, subject)
    dtype, order, note = _read_descr(fields["descr"], subject)
    fortran = fields["fortran_order"]
    if not isinstance(fortran, bool):
        raise _bad_header(subject, "'fortran_order' is not True or False")
    shape = fields["shape"]
    if not isinstance(shape, tuple):
        raise _bad_header(subject, "'shape' is not a tuple")
    header_length = len(start) + len(prefix) + length
    return NpyHeader(dtype, order, fortran, check_dims(subject, shape), header_length, note)


def _bad_header(subject: str, found: str) -> TraceError:
    return TraceError("header", subject, found, "a header as numpy.save writes it")


class _Tokens:
    """The tokens of a header, one after the other."""

    def __init__(self, text: str, subject: str) -> None:
        self._text = text
        self._position = 0
        self._subject = subject

    def next(self) -> tuple[str, str]:
        match = _TOKEN.match(self._text, self._position)
        if match is None or match.lastgroup is None:
            raise _bad_header(
                self._subject, f"the header cannot be read at character {self._position:,}"
            )
        self._position = match.end()
        return match.lastgroup, match.group(match.lastgroup)

    def expect(self, sign: str) -> None:
        if self.next() != ("sign", sign):
            raise _bad_header(self._subject, f"the header lacks a '{sign}'")

    def check_end(self) -> None:
        if self._text[self._position :].strip(" \n"):
            raise _bad_header(self._subject, "text follows the header's dictionary")


def _parse(text: str, subject: str) -> dict[str, object]:
    tokens = _Tokens(text, subject)
    tokens.expect("{")
    fields: dict[str, object] = {}
    while True:
        kind, token = tokens.next()
        if (kind, token) == ("sign", "}"):
            break
        if kind != "text" or token[1:-1] not in _KEYS:
            raise _bad_header(subject, f"the header holds the unknown key {token[:40]}")
        key = token[1:-1]
        if key in fields:
            raise TraceError("duplicate", subject, f"the header names '{key}' twice")
        tokens.expect(":")
        fields[key] = _parse_value(tokens, subject)
        kind, token = tokens.next()
        if (kind, token) == ("sign", "}"):
            break
        if (kind, token) != ("sign", ","):
            raise _bad_header(subject, f"the header holds {token[:40]} after '{key}'")
    tokens.check_end()
    for key in _KEYS:
        if key not in fields:
            raise _bad_header(subject, f"the header lacks '{key}'")
    return fields


def _parse_value(tokens: _Tokens, subject: str) -> object:
    kind, token = tokens.next()
    if kind == "text":
        return token[1:-1]
    if (kind, token) in (("word", "True"), ("word", "False")):
        return token == "True"
    if (kind, token) == ("sign", "("):
        return _parse_tuple(tokens, subject)
    if (kind, token) == ("sign", "["):
        raise TraceError(
            "header", subject, "it holds records of several fields", next_step=_NEXT_STEP
        )
    raise _bad_header(subject, f"the header holds {token[:40]} as a value")


def _parse_tuple(tokens: _Tokens, subject: str) -> tuple[object, ...]:
    items: list[object] = []
    while True:
        kind, token = tokens.next()
        if (kind, token) == ("sign", ")"):
            return tuple(items)
        if kind == "number":
            items.append(_parse_dim(token))
        elif kind == "word":
            items.append(token)
        else:
            raise _bad_header(subject, f"the header holds {token[:40]} inside a tuple")
        kind, token = tokens.next()
        if (kind, token) == ("sign", ")"):
            if len(items) == 1:  # `(5)` is a number in Python, not a tuple
                raise _bad_header(subject, "'shape' is a number in brackets, not a tuple")
            return tuple(items)
        if (kind, token) != ("sign", ","):
            raise _bad_header(subject, f"the header holds {token[:40]} inside a tuple")


def _parse_dim(token: str) -> object:
    digits = token.removesuffix("L")  # Python 2 wrote long integers so
    # int() refuses very long digit strings with an error of its own.
    return int(digits) if len(digits) <= 20 and "." not in digits else digits


def _read_descr(descr: object, subject: str) -> tuple[str, Literal["<", ">"], str]:
    match = _DESCR.fullmatch(descr) if isinstance(descr, str) else None
    if match is None:
        raise _bad_header(subject, f"the dtype {str(descr)[:40]!r} is not one number type")
    kind, size = match["kind"], int(match["size"] or 0)
    name = f"{kind}{size}"
    if name in _DTYPES and not match["unit"]:
        order = ">" if match["order"] == ">" else "<"
        return _DTYPES[name], order, _NOTES.get(name, "")
    if kind == "O":
        raise TraceError("header", subject, f"it holds {_OBJECTS}", next_step=_NEXT_STEP)
    if size == 0:
        raise _bad_header(subject, f"the dtype '{descr}' has items of zero bytes")
    if name == "V1":
        raise TraceError(
            "dtype",
            subject,
            "it holds raw 1-byte items, and several float8 types are saved so by NumPy",
            "a dtype that says which",
            "Save it as .safetensors, or as float32.",
        )
    what = _REFUSED_KINDS.get(kind, "numbers")
    raise TraceError("dtype", subject, f"it holds {what} of dtype '{descr}'", "numbers", _NEXT_STEP)
