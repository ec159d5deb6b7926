"""Files of the safetensors format: round trips, hostile files, damage."""

from __future__ import annotations

import json
import os
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.io.trace import open_trace
from tests.io.outcome import only_values, outcome, same_bits


def build(header: dict[str, Any] | str | bytes, data: bytes = b"") -> bytes:
    """A file with a hand-made header."""
    if isinstance(header, dict):
        header = json.dumps(header)
    if isinstance(header, str):
        header = header.encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(header)) + header + data


def entry(dtype: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    """The header fields of one tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def _one(**changes: Any) -> bytes:
    return build({"a": entry(**changes)}, bytes(8))


def _text(name: str, value: str) -> str:
    return f'{{"a": {{"dtype": "F32", "shape": [2], "data_offsets": [0, 8], "{name}": {value}}}}}'


_TWO = {"a": entry(), "b": entry(offsets=(8, 16))}
_MANY = "{" + ",".join(
    f'"{i}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for i in range(70_000)
) + "}"  # fmt: skip

HOSTILE = {
    "empty": (b"", "truncated"),
    "7 bytes": (b"\x02\0\0\0\0\0\0", "truncated"),
    "length 2^63": (struct.pack("<Q", 2**63) + b"{}", "header"),
    "length 100 000 001": (struct.pack("<Q", 100_000_001) + b"{}", "header"),
    "length > file": (struct.pack("<Q", 3) + b"{}", "truncated"),
    "too many tensors": (build(_MANY), "count"),
    "invalid JSON": (build('{"a": }'), "header"),
    "no header": (build(""), "header"),
    "list header": (build("[1, 2]"), "header"),
    "nested": (build('{"a":' * 200_000), "header"),
    "not UTF-8": (build(b'{"\xff": 1}'), "header"),
    "lone surrogate": (build('{"\\ud800": ' + json.dumps(entry()) + "}", bytes(8)), "header"),
    "NaN": (build(_text("x", "NaN"), bytes(8)), "header"),
    "huge number": (build(_text("x", "1" * 5000), bytes(8)), "header"),
    "duplicate key": (build('{"a": {}, "a": {}}'), "duplicate"),
    "duplicate field": (build(_text("dtype", '"F32"'), bytes(8)), "duplicate"),
    "overlap": (build(_TWO | {"b": entry(offsets=(4, 12))}, bytes(12)), "layout"),
    "same place": (build(_TWO | {"b": entry()}, bytes(8)), "layout"),
    "gap": (build(_TWO | {"b": entry(offsets=(12, 20))}, bytes(20)), "layout"),
    "gap before the first": (build({"a": entry(offsets=(8, 16))}, bytes(16)), "layout"),
    "trailing": (build({"a": entry()}, bytes(9)), "layout"),
    "trailing, nothing inside": (build({}, b"polyglot"), "layout"),
    "truncated data": (build({"a": entry()}, bytes(7)), "truncated"),
    "begin > end": (_one(offsets=(8, 0)), "offsets"),
    "negative offset": (_one(offsets=(-8, 0)), "offsets"),
    "float offsets": (_one(offsets=(0, 8.0)), "offsets"),
    "half offsets": (_one(offsets=(0.5, 8.5)), "offsets"),
    "three offsets": (_one(offsets=(0, 4, 8)), "offsets"),
    "true offsets": (_one(offsets=(True, 8)), "offsets"),
    "offset 2^64": (_one(offsets=(2**64, 2**64 + 8)), "layout"),
    "negative dim": (_one(shape=(-2,)), "dim"),
    "two negative dims": (_one(shape=(-2, -1)), "dim"),
    "dim 2^64": (_one(shape=(2**64,)), "dim"),
    "dim 2^32 + 4": (build({"a": entry("U8", (2**32 + 4,), (0, 4))}, bytes(4)), "size"),
    "float dim": (_one(shape=(2.0,)), "dim"),
    "shape is text": (_one(shape="2"), "dim"),
    "no shape": (_one(shape=None), "dim"),
    "[65536]*4 in nothing": (build({"a": entry(shape=(65536,) * 4, offsets=(0, 0))}), "size"),
    "rank 100 001": (_one(shape=(1,) * 100_001), "rank"),
    "rank 33": (build({"a": entry("U8", (1,) * 33, (0, 1))}, b"x"), "rank"),
    "10^18 elements": (_one(shape=(10**9, 10**9)), "size"),
    "[10^18, 0]": (build({"a": entry(shape=(10**18, 0), offsets=(0, 0))}), "dim"),
    "wrong size": (_one(shape=(3,)), "size"),
    "unknown dtype": (_one(dtype="F33"), "dtype"),
    "dtype is a number": (_one(dtype=32), "dtype"),
    "dtype is a list": (_one(dtype=["F32"]), "dtype"),
    "F4": (build({"a": entry("F4", (16,), (0, 8))}, bytes(8)), "dtype"),
    "F6_E2M3": (build({"a": entry("F6_E2M3", (4,), (0, 3))}, bytes(3)), "dtype"),
    "F6 in half bytes": (build({"a": entry("F6_E2M3", (3,), (0, 2))}, bytes(2)), "size"),
    "leading space": (build(" " + json.dumps({"a": entry()}), bytes(8)), "header"),
    "NUL in name": (build({"a\0b": entry()}, bytes(8)), "name"),
    "10 MB name": (build({"a" * 10_000_000: entry()}, bytes(8)), "name"),
    "50 MB metadata": (build({"__metadata__": {"a": "x" * 50_000_000}}), "header"),
    "metadata is a list": (build({"__metadata__": []}), "header"),
    "metadata holds a number": (build({"__metadata__": {"a": 1}}), "header"),
    "entry is a number": (build({"a": 1}), "header"),
    "entry lacks a field": (build({"a": {"dtype": "F32", "shape": []}}), "header"),
    "entry has one more": (build(_text("x", "1"), bytes(8)), "header"),
    "bool 2": (build({"a": entry("BOOL", (2,), (0, 2))}, b"\x00\x02"), "bool"),
    "bool 255": (build({"a": entry("BOOL", (1,), (0, 1))}, b"\xff"), "bool"),
    "nothing": (build({}), "empty"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("content", "code"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_files(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    assert outcome(path) == code


@pytest.mark.timeout(10)
@pytest.mark.parametrize("length", [99_000_000, 2**62])
def test_a_huge_header_is_refused_before_it_is_read(tmp_path: Path, length: int) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", length) + b"{")
    os.truncate(path, 100_000_000)
    tracemalloc.start()
    try:
        assert outcome(path) == "header"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_layout_messages_do_not_depend_on_the_order_of_the_header(tmp_path: Path) -> None:
    sentences = set()
    tensors = {name: entry(offsets=(i * 4, i * 4 + 8)) for i, name in enumerate("abcde")}
    for names in ("abcde", "edcba", "caebd"):
        path = tmp_path / "x.safetensors"
        path.write_bytes(build({name: tensors[name] for name in names}, bytes(24)))
        with pytest.raises(TraceError) as caught:
            open_trace(path)
        sentences.add(str(caught.value))
    assert len(sentences) == 1
    assert "::b:" in sentences.pop()


@pytest.mark.timeout(10)
def test_a_tensor_beyond_the_budget_is_listed_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    content = build({"a": entry("U8", (2**38,), (0, 2**38))})
    path.write_bytes(content)
    os.truncate(path, len(content) + 2**38)
    assert open_trace(path)["a"].shape == (2**38,)
    assert outcome(path) == "budget"


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "<script>alert(1)</script>",
        "",
        "\u202egnp.exe",
        "w$\\frac{$",
        "é",
        "e\u0301",
        "\n",
    ],
)
def test_any_text_is_a_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(build({name: entry()}, bytes(8)))
    assert [r.name for r in open_trace(path)] == [name]
    assert outcome(path) == "ok"
    assert [p.name for p in tmp_path.iterdir()] == ["x.safetensors"]


@pytest.mark.parametrize(
    "content",
    [
        build(json.dumps({"a": entry()}) + "     ", bytes(8)),
        build({"a": entry("F32", (), (0, 4))}, bytes(4)),
        build({"a": entry("I64", (3, 0), (0, 0))}),
        build({"__metadata__": {"k": "v"}, "a": entry()}, bytes(8)),
        build({"__metadata__": None, "a": entry()}, bytes(8)),
        build({"W": entry(), "w": entry(offsets=(8, 16))}, bytes(16)),
        build({"a": entry("F32", (2,), (0, 8))}, struct.pack("<2I", 0x7F800001, 0x7F800000)),
    ],
    ids=[
        "padded",
        "scalar",
        "empty",
        "metadata",
        "no metadata of MLX",
        "case twins",
        "signalling NaN and Inf",
    ],
)
def test_unusual_and_right(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    assert outcome(path) == "ok"


def test_a_tensor_of_an_unreadable_dtype_does_not_hide_the_others(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(
        build({"a": entry("F4", (16,), (0, 8)), "b": entry(offsets=(8, 16))}, bytes(16))
    )
    trace = open_trace(path)
    assert [r.name for r in trace] == ["b"]
    (skipped,) = trace.skipped
    assert (skipped.file, skipped.code) == ("x.safetensors::a", "dtype")
    assert "F4" in skipped.sentence


def test_order_is_offset_then_name(tmp_path: Path) -> None:
    header = {
        "z": entry("F32", (0,), (8, 8)),
        "last": entry(offsets=(8, 16)),
        "c": entry("F32", (0,), (0, 0)),
        "b": entry("F32", (0,), (0, 0)),
        "first": entry(offsets=(0, 8)),
    }
    path = tmp_path / "x.safetensors"
    path.write_bytes(build(header, bytes(16)))
    listings = {tuple(r.name for r in open_trace(path)) for _ in range(20)}
    assert listings == {("b", "c", "first", "z", "last")}


@pytest.mark.parametrize(("mark", "framework"), [("pt", "PyTorch"), ("mlx", "MLX"), ("np", None)])
def test_the_metadata_names_the_framework(tmp_path: Path, mark: str, framework: str | None) -> None:
    path = tmp_path / "x.safetensors"
    safetensors.numpy.save_file({"a": np.ones(2)}, path, {"format": mark})
    assert open_trace(path).info.framework == framework


_NUMPY = ["f8", "f4", "f2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", "c8"]


@settings(max_examples=80, deadline=None)
@given(
    wanted=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
        st.tuples(st.sampled_from(_NUMPY), st.lists(st.integers(0, 4), max_size=4)),
        min_size=1,
        max_size=5,
    ),
    seed=st.integers(0, 2**32 - 1),
)
def test_round_trip_with_numpy(
    tmp_path_factory: pytest.TempPathFactory, wanted: dict[str, tuple[str, list[int]]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, (dtype, shape) in wanted.items():
        count = int(np.prod(shape, dtype=int))
        raw = rng.integers(
            0, 2 if dtype == "?" else 256, count * np.dtype(dtype).itemsize, np.uint8
        )
        tensors[name] = raw.view(dtype).reshape(shape)
    tensors.pop("__metadata__", None)
    path = tmp_path_factory.getbasetemp() / "round_trip.safetensors"
    safetensors.numpy.save_file(tensors, path)
    if not tensors:
        return
    trace = open_trace(path)
    assert {r.name for r in trace} == set(tensors)
    for record in trace:
        assert same_bits(record.read(), tensors[record.name])


@pytest.mark.parametrize(
    ("dtype", "name", "count"),
    [
        (torch.bfloat16, "bfloat16", 65_536),
        (torch.float16, "float16", 65_536),
        (torch.float8_e4m3fn, "float8_e4m3fn", 256),
        (torch.float8_e5m2, "float8_e5m2", 256),
        (torch.float8_e8m0fnu, "float8_e8m0fnu", 256),
    ],
)
def test_every_pattern_of_the_narrow_floats(
    tmp_path: Path, dtype: torch.dtype, name: str, count: int
) -> None:
    bits = np.arange(count, dtype="<u2" if count > 256 else "u1")
    tensor = torch.from_numpy(bits).view(dtype)
    path = tmp_path / "x.safetensors"
    if name == "float8_e8m0fnu":  # the torch writer does not know it yet
        path.write_bytes(build({"a": entry("F8_E8M0", (256,), (0, 256))}, bits.tobytes()))
    else:
        safetensors.torch.save_file({"a": tensor}, path)
    (record,) = open_trace(path).records
    assert record.dtype == name
    expected = tensor.to(torch.float32).numpy()
    if name == "float16":
        expected = tensor.numpy()
    assert same_bits(record.read(), expected)


_GOLDEN = safetensors.numpy.save(
    {"a": np.arange(6, dtype="f4").reshape(2, 3), "b": np.array([True, False])}
)


def test_truncated_at_every_length(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    for length in range(len(_GOLDEN)):
        path.write_bytes(_GOLDEN[:length])
        with pytest.raises(TraceError) as caught:
            open_trace(path)  # already the listing must fail, not only the reading
        assert caught.value.code == "truncated", length


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_files_give_values_or_a_trace_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(_GOLDEN)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    path.write_bytes(bytes(content))
    assert outcome(path)


def test_values_of_one_tensor_are_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(
        build(
            {"bad": entry("BOOL", (8,), (0, 8)), "good": entry(offsets=(8, 16))},
            bytes([7] * 8) + np.array([1, 2], "<f4").tobytes(),
        )
    )
    assert open_trace(path)["good"].read().tolist() == [1, 2]
    assert outcome(path) == "bool"
    path.write_bytes(build({"a": entry()}, np.array([3, 4], "<f4").tobytes()))
    assert only_values(path).tolist() == [3, 4]
