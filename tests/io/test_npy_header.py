"""The text header of .npy files: accepted forms, refused forms, linear time."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.io.npy_header import NpyHeader, read_npy_header


def header_bytes(text: str | bytes, version: tuple[int, int] = (1, 0)) -> bytes:
    """A .npy beginning with the given header text."""
    raw = text if isinstance(text, bytes) else text.encode("latin-1")
    prefix = len(raw).to_bytes(2 if version[0] == 1 else 4, "little")
    return b"\x93NUMPY" + bytes(version) + prefix + raw


def _read(content: bytes) -> NpyHeader:
    stream = io.BytesIO(content)

    def take(length: int) -> bytes:
        block = stream.read(length)
        if len(block) < length:
            raise TraceError("truncated", "x", "too short")
        return block

    return read_npy_header(take, "x")


def _code(text: str | bytes, version: tuple[int, int] = (1, 0)) -> str:
    with pytest.raises(TraceError) as caught:
        _read(header_bytes(text, version))
    return caught.value.code


def _text(descr: str = "'<f4'", order: str = "False", shape: str = "(2, 3)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_versions(version: tuple[int, int]) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.zeros((2, 3), ">i2", order="F"), version)
    header = _read(stream.getvalue())
    assert (header.dtype, header.byte_order, header.fortran_order) == ("int16", ">", True)
    assert header.shape == (2, 3)
    assert header.length == len(stream.getvalue()) - 12


@pytest.mark.parametrize("length", [60, 61, 118, 119, 120, 4000])
def test_any_header_length(length: int) -> None:
    header = _read(header_bytes(_text().rstrip("\n").ljust(length - 1) + "\n"))
    assert header.shape == (2, 3)
    assert header.length == 10 + max(length, len(_text()))


@pytest.mark.parametrize(
    "text",
    [
        '{"shape":(2,3),"fortran_order":False,"descr":"<f4"}',
        "{ 'descr' : '<f4' ,\n 'fortran_order':False,'shape':( 2 , 3 , ) , }   \n",
        _text(shape="(2L, 3L)"),
        _text(descr="'=f4'"),
        _text(descr="'f4'"),
    ],
)
def test_other_writers(text: str) -> None:
    header = _read(header_bytes(text))
    assert (header.dtype, header.shape, header.byte_order) == ("float32", (2, 3), "<")


@pytest.mark.parametrize(
    ("descr", "dtype"),
    [("'|V2'", "bfloat16"), ("'<V2'", "bfloat16"), ("'<f1'", "float8_e5m2")],
)
def test_dtypes_that_numpy_cannot_name_carry_a_note(descr: str, dtype: str) -> None:
    header = _read(header_bytes(_text(descr=descr)))
    assert header.dtype == dtype
    assert dtype in header.note


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_text(shape="(-1,)"), "dim"),
        (_text(shape="(-2,-2)"), "dim"),
        (_text(shape="(True,)"), "dim"),
        (_text(shape="(2,2.0)"), "dim"),
        (_text(shape="(2.,2)"), "dim"),
        (_text(shape=f"({2**63},)"), "dim"),
        (_text(shape=f"({'9' * 9000},)"), "dim"),
        (_text(shape="(1," * 33 + ")"), "header"),
        (_text(shape="(" + "1," * 33 + ")"), "rank"),
        (_text(shape="(" + "1," * 20_000 + ")"), "rank"),
        (_text(shape="(5)"), "header"),
        (_text(shape="5"), "header"),
        (_text(shape="[2, 3]"), "header"),
        (_text(shape="(2 3)"), "header"),
        (_text(shape="(1e3,)"), "header"),
        (_text(shape="(" * 9000 + ")" * 9000), "header"),
        (_text(shape="(" + "-" * 4500 + "1,)"), "header"),
        (_text(shape="__import__('os').system('x')"), "header"),
        (_text(shape="('2',)"), "header"),
        (_text(order="0"), "header"),
        (_text(order="None"), "header"),
        (_text(order="'False'"), "header"),
        (_text(descr="'|O'"), "header"),
        (_text(descr="'|O8'"), "header"),
        (_text(descr="[('a', '|O')]"), "header"),
        (_text(descr="[('a', '<f4'), ('b', '<i4')]"), "header"),
        (_text(descr="('<f4', (2,))"), "header"),
        (_text(descr="'<f4,<i4'"), "header"),
        (_text(descr="'|V0'"), "header"),
        (_text(descr="'|S0'"), "header"),
        (_text(descr="'|S'"), "header"),
        (_text(descr="True"), "header"),
        (_text(descr="''"), "header"),
        (_text(descr="'" + "f" * 5000 + "'"), "header"),
        (_text(descr="'|V1'"), "dtype"),
        (_text(descr="'<U5'"), "dtype"),
        (_text(descr="'|S5'"), "dtype"),
        (_text(descr="'<M8[ns]'"), "dtype"),
        (_text(descr="'<m8'"), "dtype"),
        (_text(descr="'<f16'"), "dtype"),
        (_text(descr="'<c32'"), "dtype"),
        (_text(descr="'<i16'"), "dtype"),
        ("", "header"),
        ("\n", "header"),
        ("{}", "header"),
        ("[1, 2]", "header"),
        (_text() + "x", "header"),
        (_text() + "{}", "header"),
        (_text().replace("descr", "dtype"), "header"),
        (_text().replace("}", "'extra': 1}"), "header"),
        (_text().replace("}", "'shape': (1,)}"), "duplicate"),
        (_text().replace("'shape': (2, 3), ", ""), "header"),
        (_text().replace("}", ""), "header"),
        (_text().replace(",", ""), "header"),
        (_text().replace(":", "="), "header"),
        (b"\x80\x04\x95" + b"x" * 40, "header"),
    ],
)  # fmt: skip
def test_hostile_headers(text: str | bytes, code: str) -> None:
    assert _code(text) == code


def test_not_utf8_in_version_3() -> None:
    assert _code(_text().encode() + b"\xff", (3, 0)) == "header"


@pytest.mark.parametrize("version", [(0, 0), (1, 1), (4, 0), (255, 255)])
def test_unknown_versions(version: tuple[int, int]) -> None:
    assert _code(_text(), version) == "version"


def test_cap_is_checked_before_reading() -> None:
    for claim in (2**31, 2**32 - 1, 64 * 1024 + 1):
        with pytest.raises(TraceError) as caught:
            _read(b"\x93NUMPY\x02\x00" + claim.to_bytes(4, "little"))
        assert caught.value.code == "header"
        assert f"{claim:,}" in caught.value.found


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '<f4'," + " " * 60_000 + "!",
        "{'descr': '" + "<f4" * 20_000,
        "{'shape': (" + "1" * 60_000 + "!",
        "{'shape': (" + "1, " * 20_000 + "!",
        "{'shape': (" + "1." * 30_000,
        "{" + "'descr" * 10_000,
        " " * 65_000,
        "{'descr': '" + "<" * 60_000 + "'}",
        "{'descr': 'M8[" + "[" * 60_000 + "'}",
    ],
)  # fmt: skip
def test_near_misses_take_linear_time(text: str) -> None:
    start = time.process_time()
    _code(text, (2, 0))
    # A scanner that goes back over its steps needs seconds to centuries for these.
    assert time.process_time() - start < 0.5


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}()[]',: \n<>|=fiubcV0123456789-.LTrueFalsdhpo_n\"", max_size=120))
def test_any_text_gives_a_header_or_a_trace_error(text: str) -> None:
    try:
        _read(header_bytes(text))
    except TraceError as error:
        assert error.code
