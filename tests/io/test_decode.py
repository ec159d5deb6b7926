"""Stored bytes to values: every bit pattern of the narrow floats, and every path."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.dtypes import STORED_DTYPES, dtype_info
from inspector.errors import TraceError
from inspector.io import decode
from inspector.io.decode import Fill, decode_bfloat16, decode_float8, encoding_of, read_values
from inspector.tensors import Array
from tests.io.outcome import same_bits


def _fill_from(content: bytes) -> Fill:
    position = 0

    def fill(view: memoryview) -> None:
        nonlocal position
        view[:] = content[position : position + len(view)]
        position += len(view)

    return fill


def test_every_bfloat16_pattern_equals_torch() -> None:
    raw = np.arange(65_536, dtype="<u2").view(np.uint8)
    expected = torch.from_numpy(raw.copy()).view(torch.bfloat16).to(torch.float32).numpy()
    assert same_bits(decode_bfloat16(raw), expected)
    swapped = np.arange(65_536, dtype=">u2").view(np.uint8)
    assert same_bits(decode_bfloat16(swapped, ">"), expected)


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu"])
def test_every_float8_pattern_equals_torch(dtype: str) -> None:
    raw = np.arange(256, dtype=np.uint8)
    expected = torch.from_numpy(raw.copy()).view(getattr(torch, dtype)).to(torch.float32).numpy()
    assert same_bits(decode_float8(raw, dtype), expected)


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu"])
def test_the_facts_of_the_dtype_table_fit_the_values(dtype: str) -> None:
    info = dtype_info(dtype)
    encoding = encoding_of(dtype)
    count = 256**info.itemsize
    raw = np.arange(count, dtype=f"<u{info.itemsize}").view(np.uint8)
    assert encoding.decode is not None
    values = encoding.decode(raw)
    assert encoding.itemsize == info.itemsize
    assert encoding.carrier == info.carrier
    assert float(np.max(values[np.isfinite(values)])) == info.largest
    above_one = np.min(values[values > 1])
    assert float(above_one) - 1 == info.eps


@pytest.mark.parametrize("dtype", STORED_DTYPES)
def test_every_stored_dtype_has_an_encoding(dtype: str) -> None:
    encoding = encoding_of(dtype)
    assert encoding.itemsize == dtype_info(dtype).itemsize
    assert encoding.carrier == dtype_info(dtype).carrier


_PLAIN = [d for d in STORED_DTYPES if d != "bool" and not d.startswith(("bfloat", "float8"))]


@settings(max_examples=150, deadline=None)
@given(
    dtype=st.sampled_from(_PLAIN),
    shape=st.lists(st.integers(0, 5), max_size=4).map(tuple),
    fortran=st.booleans(),
    big=st.booleans(),
    piece=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
)
def test_values_come_out_as_numpy_stored_them(
    dtype: str, shape: tuple[int, ...], fortran: bool, big: bool, piece: int, seed: int
) -> None:
    values = _random(dtype, shape, seed)
    stored = values.astype(values.dtype.newbyteorder(">" if big else "<"))
    content = stored.tobytes(order="F" if fortran else "C")
    before = decode._PIECE_ELEMENTS
    decode._PIECE_ELEMENTS = piece
    try:
        result = read_values(
            _fill_from(content), shape, encoding_of(dtype, ">" if big else "<"),
            subject="x", fortran=fortran,
        )  # fmt: skip
    finally:
        decode._PIECE_ELEMENTS = before
    assert result.flags.c_contiguous
    assert result.dtype.isnative
    assert same_bits(result, values)


def _random(dtype: str, shape: tuple[int, ...], seed: int) -> Array:
    plain = np.dtype(dtype)
    count = int(np.prod(shape, dtype=int))
    raw = np.random.default_rng(seed).integers(0, 256, count * plain.itemsize, np.uint8)
    return raw.view(plain).reshape(shape)


@pytest.mark.parametrize("shape", [(7, 3, 5), (1, 105), (105, 1), (105,), (3, 1, 35)])
def test_pieces_cover_every_element_once(shape: tuple[int, ...]) -> None:
    values = np.zeros(shape, np.int32)
    before = decode._PIECE_ELEMENTS
    for piece, transposed in itertools.product((1, 2, 4, 16, 104, 1000), (False, True)):
        values[...] = 0
        decode._PIECE_ELEMENTS = piece
        try:
            for view in decode._pieces(values.T if transposed else values):
                assert 0 < view.size <= piece
                view[...] += 1
        finally:
            decode._PIECE_ELEMENTS = before
        assert (values == 1).all()


@pytest.mark.parametrize("bad", [2, 255])
@pytest.mark.parametrize("fortran", [False, True])
def test_truth_values_are_0_or_1(bad: int, fortran: bool) -> None:
    for content, fine in ((bytes([0, 1, 1, 0]), True), (bytes([0, 1, bad, 0]), False)):
        arguments = _fill_from(content), (2, 2), encoding_of("bool")
        if fine:
            values = read_values(*arguments, subject="x", fortran=fortran)
            assert values.tolist() == [[False, True], [True, False]]
        else:
            with pytest.raises(TraceError) as caught:
                read_values(*arguments, subject="x", fortran=fortran)
            assert caught.value.code == "bool"
            assert str(bad) in caught.value.found


def test_budget_is_checked_before_memory_is_taken() -> None:
    def never(view: memoryview) -> None:
        raise AssertionError("nothing may be read")

    with pytest.raises(TraceError) as caught:
        read_values(never, (2**29 + 1,), encoding_of("bfloat16"), subject="x")
    assert caught.value.code == "budget"


@pytest.mark.parametrize(("dtype", "fortran"), [("float32", True), ("bfloat16", False)])
def test_peak_memory_stays_near_the_size_of_the_result(dtype: str, fortran: bool) -> None:
    shape = (2000, 4000)
    tracemalloc.start()
    try:
        values = read_values(
            lambda view: None, shape, encoding_of(dtype), subject="x", fortran=fortran
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * values.nbytes
