"""Archives of arrays: round trips, hostile archives, damage, memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.io.trace import open_trace
from tests.io.outcome import outcome, same_bits
from tests.io.test_npy import claim
from tests.io.zip_cases import ARRAY, HOSTILE, Member, archive, deflated, npz

_ARRAYS = {
    "mu": np.arange(60, dtype="<f4").reshape(3, 4, 5),
    "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big": np.arange(5, dtype=">i4"),
    "scalar": np.array(0.7),
    "empty": np.zeros((0, 4), "u1"),
    "mask": np.array([True, False]),
    "z": np.array([1 + 2j], "c8"),
    "../../evil": np.arange(2),
    "": np.arange(3),
}


@pytest.mark.parametrize("make", [npz, deflated])
def test_round_trip(tmp_path: Path, make: Callable[..., bytes]) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(make(**_ARRAYS))
    trace = open_trace(path)
    assert [r.name for r in trace] == list(_ARRAYS)
    assert [r.index for r in trace] == list(range(len(_ARRAYS)))
    assert trace.skipped == ()
    for record in trace:
        expected = _ARRAYS[record.name]
        assert same_bits(record.read(), expected.astype(expected.dtype.newbyteorder("=")))
        assert record.fortran_order == (record.name == "f")
        assert record.file == "x.npz"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("content", "code"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_archives(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        assert outcome(path) == code
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_bad_member_does_not_hide_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(
        archive(
            Member(b"good.npy", ARRAY),
            Member(b"notes.txt", b"hello"),
            Member(b"text.npy", claim("<U1", "(1,)", b"x\0\0\0")),
        )
    )
    trace = open_trace(path)
    assert [r.name for r in trace] == ["good"]
    assert [(s.file, s.code) for s in trace.skipped] == [
        ("x.npz::notes.txt", "member"),
        ("x.npz::text", "dtype"),
    ]


def test_an_array_beyond_the_budget_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    count = 2**29 + 1
    head = claim("<f4", f"({count},)")
    # Enough stored bytes for the claim to be possible at the ratio of deflate.
    filler = np.random.default_rng(0).bytes(2_000_000)
    path.write_bytes(archive(Member(b"a.npy", head + filler, claimed=len(head) + 4 * count)))
    tracemalloc.start()
    try:
        assert open_trace(path)["a"].shape == (count,)
        assert outcome(path) == "budget"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [npz, deflated])
@pytest.mark.parametrize("fortran", [False, True])
def test_peak_memory_is_the_array_and_little_more(
    tmp_path: Path, make: Callable[..., bytes], fortran: bool
) -> None:
    values = np.random.default_rng(0).integers(0, 9, (1000, 4000)).astype("f4")
    path = tmp_path / "x.npz"
    path.write_bytes(make(a=np.asfortranarray(values) if fortran else values))
    record = open_trace(path)["a"]
    tracemalloc.start()
    try:
        result = record.read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert same_bits(result, values)
    assert peak < 1.2 * values.nbytes


_SMALL = {"a": np.arange(6, dtype="f4").reshape(2, 3), "b": np.arange(3)}


@pytest.mark.parametrize("make", [npz, deflated])
def test_truncated_at_every_length(tmp_path: Path, make: Callable[..., bytes]) -> None:
    content = make(**_SMALL)
    path = tmp_path / "x.npz"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert outcome(path) in {"truncated", "zip"}, length


def _values_or_code(path: Path) -> dict[str, np.ndarray] | str:
    try:
        return {r.name: r.read() for r in open_trace(path)}
    except TraceError as error:
        return error.code


@pytest.mark.parametrize("make", [npz, deflated])
def test_no_flipped_bit_gives_other_values(tmp_path: Path, make: Callable[..., bytes]) -> None:
    content = make(**_SMALL)
    path = tmp_path / "x.npz"
    for position in range(len(content)):
        for bit in (position % 8, (position + 3) % 8):
            damaged = bytearray(content)
            damaged[position] ^= 1 << bit
            path.write_bytes(bytes(damaged))
            result = _values_or_code(path)
            if isinstance(result, str):
                continue
            for name, values in result.items():
                assert same_bits(values, _SMALL[name]), (position, bit)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_archives_give_values_or_a_trace_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from([npz(**_SMALL), deflated(**_SMALL)])))
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(bytes(content))
    assert outcome(path)
