"""Files of the .npy format: round trips, hostile files, truncation at every length."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.io.trace import open_trace
from inspector.tensors import Array
from tests.io.outcome import only_values, outcome, same_bits
from tests.io.test_npy_header import header_bytes

_DTYPES = ["f8", "f4", "f2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1", "c8", "c16"]


def saved(values: Array) -> bytes:
    """The content of a .npy file of `values`."""
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def claim(descr: str, shape: str, data: bytes = b"") -> bytes:
    """A .npy file with a hand-made header."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return header_bytes(text) + data


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_round_trip(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    order = data.draw(st.sampled_from("<>"))
    dtype = np.dtype(data.draw(st.sampled_from(_DTYPES))).newbyteorder(order)
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4))
    values = data.draw(hnp.arrays(dtype, shape))
    stored = np.asfortranarray(values) if data.draw(st.booleans()) and values.ndim else values
    path = tmp_path_factory.getbasetemp() / "round_trip.npy"
    path.write_bytes(saved(stored))
    (record,) = open_trace(path).records
    assert record.dtype == np.dtype(dtype).newbyteorder("=").name
    assert record.shape == shape
    assert record.fortran_order == (stored.flags.f_contiguous and not stored.flags.c_contiguous)
    result = record.read()
    assert result.flags.c_contiguous
    assert not result.flags.writeable
    assert same_bits(result, values.astype(values.dtype.newbyteorder("=")))


def test_scalars_stay_scalars(tmp_path: Path) -> None:
    path = tmp_path / "t.npy"
    path.write_bytes(saved(np.float32(0.25)))
    values = only_values(path)
    assert values.shape == ()
    assert values == 0.25


def test_every_float16_pattern(tmp_path: Path) -> None:
    values = np.arange(65_536, dtype=np.uint16).view(np.float16)
    path = tmp_path / "x.npy"
    path.write_bytes(saved(values))
    assert same_bits(only_values(path), values)


def test_bfloat16_as_numpy_saves_it(tmp_path: Path) -> None:
    values = np.arange(65_536, dtype=np.uint16).view(ml_dtypes.bfloat16)
    for name in ("a", "b", "c", "d", "e"):
        (tmp_path / f"{name}.npy").write_bytes(saved(values))
    trace = open_trace(tmp_path)
    assert {record.dtype for record in trace} == {"bfloat16"}
    assert same_bits(trace["a"].read(), values.astype(np.float32))
    (note,) = trace.notes
    assert note.startswith("a, b, c and 2 more: ")
    assert "bfloat16" in note


def test_odd_header_length(tmp_path: Path) -> None:
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }".ljust(118) + "\n"
    path = tmp_path / "x.npy"
    path.write_bytes(header_bytes(text) + np.array([1, 2, 3], "<f4").tobytes())
    assert len(text) == 119
    assert only_values(path).tolist() == [1, 2, 3]


_GOOD = saved(np.arange(12, dtype="<f4").reshape(3, 4))

HOSTILE = {
    "empty": (b"", "truncated"),
    "magic only": (b"\x93NUMPY", "truncated"),
    "no length": (b"\x93NUMPY\x01\x00", "truncated"),
    "short header": (_GOOD[:60], "truncated"),
    "not npy": (b"GIF89a" + _GOOD, "magic"),
    "bare pickle": (b"\x80\x04\x95" + b"x" * 200, "magic"),
    "bad version": (b"\x93NUMPY\x09\x00" + _GOOD[8:], "version"),
    "claims 32 GiB": (claim("<f4", f"({2**33},)"), "truncated"),
    "claims 2 GiB": (claim("<f4", f"({2**29},)"), "truncated"),
    "claims 10^18": (claim("<f4", f"({10**18},)"), "truncated"),
    "claims 10^36": (claim("<f4", f"({10**18},{10**18})"), "truncated"),
    "10^18 x 0": (claim("<f4", f"({10**18},0)"), "dim"),
    "2^48 x 2^48 x 0": (claim("<f4", f"({2**48},{2**48},0)"), "dim"),
    "negative": (claim("<f4", "(-2,-2)", b"0" * 16), "dim"),
    "10^9 items of no bytes": (claim("|V0", f"({10**9},)"), "header"),
    "10^9 empty texts": (claim("|S0", f"({10**9},)"), "header"),
    "trailing": (_GOOD + b"\0", "trailing"),
    "one byte short": (_GOOD[:-1], "truncated"),
    "bool 2": (claim("|b1", "(2,)", b"\x01\x02"), "bool"),
    "bool 255": (claim("|b1", "()", b"\xff"), "bool"),
    "objects": (claim("|O", "(1,)", b"cos\nsystem\n(S'x'\ntR."), "header"),
    "text": (claim("<U2", "(1,)", b"x\0\0\0y\0\0\0"), "dtype"),
}


@pytest.mark.parametrize(("content", "code"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_files(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        assert outcome(path) == code
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(10)
def test_two_gigabyte_header_in_a_sparse_file(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(b"\x93NUMPY\x02\x00" + (2**31).to_bytes(4, "little"))
    os.truncate(path, 2**31 + 12)
    assert outcome(path) == "header"


@pytest.mark.timeout(10)
def test_a_file_beyond_the_budget_is_listed_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(claim("<f4", f"({2**36},)"))
    os.truncate(path, 128 + 2**38)
    assert open_trace(path)["x"].shape == (2**36,)
    assert outcome(path) == "budget"


@pytest.mark.parametrize(
    "values",
    [
        np.arange(6, dtype="<f4").reshape(2, 3),
        np.array(1.5),
        np.zeros((0, 3), "<i4"),
        np.ones((3, 2), ">c8", order="F"),
    ],
)
def test_truncated_at_every_length(tmp_path: Path, values: Array) -> None:
    content = saved(values)
    path = tmp_path / "x.npy"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert outcome(path) == "truncated", length


@settings(max_examples=200, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, len(_GOOD) - 1), st.integers(1, 255)), max_size=6),
    cut=st.integers(0, len(_GOOD)) | st.none(),
)
def test_damaged_files_give_values_or_a_trace_error(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], cut: int | None
) -> None:
    content = bytearray(_GOOD)
    for position, mask in flips:
        content[position] ^= mask
    path = tmp_path_factory.getbasetemp() / "damaged.npy"
    path.write_bytes(bytes(content[:cut]))
    assert outcome(path)
