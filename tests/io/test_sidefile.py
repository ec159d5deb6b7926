"""The side-file trace.json: every key, every wrong value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.errors import TraceError
from inspector.io.sidefile import parse_side_file
from inspector.io.trace import open_trace
from inspector.tensors import TraceInfo

_FULL = {
    "framework": "MLX Swift",
    "sample_rate": 24000,
    "n_fft": 1920,
    "hop_length": 480,
    "win_length": 1920,
    "n_mels": 80,
    "fmin": 0,
    "fmax": 8000.0,
    "layouts": {"mu": "BCT", "t": ""},
    "steps": 10,
    "cfg_rate": 0.7,
    "order": ["b", "a"],
}


def _trace(folder: Path, content: bytes) -> Any:
    np.save(folder / "a.npy", np.ones(3))
    (folder / "trace.json").write_bytes(content)
    return open_trace(folder)


def test_every_key(tmp_path: Path) -> None:
    trace = _trace(tmp_path, json.dumps(_FULL).encode())
    assert trace.info == TraceInfo(
        framework="MLX Swift", sample_rate_hz=24000, n_fft=1920, hop_length=480,
        win_length=1920, n_mels=80, fmin_hz=0.0, fmax_hz=8000.0, steps=10, cfg_rate=0.7,
        layouts={"mu": "BCT", "t": ""}, order=("b", "a"),
    )  # fmt: skip
    assert (trace.skipped, trace.notes) == ((), ())
    assert [r.name for r in trace] == ["a"]


def test_null_means_unknown_and_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(dict.fromkeys(_FULL)).encode()
    trace = _trace(tmp_path, content)
    assert trace.info == TraceInfo()
    assert trace.skipped == ()


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("framework", 3, "a text"),
        ("framework", "", "a text"),
        ("sample_rate", "24000", "a whole number of Hz"),
        ("sample_rate", 24000.0, "a whole number of Hz"),
        ("sample_rate", 0, "a whole number of Hz"),
        ("sample_rate", True, "a whole number of Hz"),
        ("sample_rate", 10**400, "a whole number of Hz"),
        ("n_fft", -1, "samples"),
        ("hop_length", 0, "samples"),
        ("win_length", [1], "samples"),
        ("n_mels", 10**9, "bins"),
        ("fmin", -1, "frequency"),
        ("fmax", "8000", "frequency"),
        ("fmax", 10**400, "frequency"),
        ("steps", 2.5, "ODE steps"),
        ("cfg_rate", "0.7", "a number"),
        ("cfg_rate", True, "a number"),
        ("layouts", ["BCT"], "axis letters"),
        ("layouts", {"mu": "XYZ"}, "axis letters"),
        ("layouts", {"mu": "BB"}, "axis letters"),
        ("layouts", {"mu": 3}, "axis letters"),
        ("layouts", {"": "B"}, "axis letters"),
        ("order", "a", "a list"),
        ("order", [1], "a list"),
        ("order", ["a", "a"], "a list"),
    ],
)
def test_wrong_values_are_named(key: str, value: Any, expected: str) -> None:
    with pytest.raises(TraceError) as caught:
        parse_side_file({key: value}, "trace.json")
    assert caught.value.code == "side-file"
    assert f"'{key}' is " in caught.value.found
    assert expected in caught.value.expected
    assert len(caught.value.sentence) < 300


@pytest.mark.parametrize(
    "value",
    [[], 3, "x", None, {"fmin": 8000, "fmax": 100}, {"n_fft": 512, "win_length": 1024}],
)
def test_contradictions(value: Any) -> None:
    with pytest.raises(TraceError) as caught:
        parse_side_file(value, "trace.json")
    assert caught.value.code == "side-file"


def test_unknown_keys_are_said() -> None:
    info, notes = parse_side_file({"samplerate": 1, "steps": 3, "zzz": 0}, "trace.json")
    assert info == TraceInfo(steps=3)
    assert notes == (
        "trace.json: the unknown key 'samplerate' was ignored (did you mean 'sample_rate'?).",
        "trace.json: the unknown key 'zzz' was ignored.",
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "side-file"),
        (b"\xff\xfe", "side-file"),
        (b"{'a': 1}", "side-file"),
        (b'{"steps": 3, "steps": 4}', "duplicate"),
        (b'{"cfg_rate": NaN}', "side-file"),
        (b'{"steps": "ten"}', "side-file"),
        (b"[" * 100_000, "side-file"),
        (b" " * 2**20 + b"{}", "side-file"),
    ],
)
def test_a_bad_side_file_is_skipped_and_said(tmp_path: Path, content: bytes, code: str) -> None:
    trace = _trace(tmp_path, content)
    assert trace.info == TraceInfo()
    assert [(s.file, s.code) for s in trace.skipped] == [("trace.json", code)]
    assert [r.name for r in trace] == ["a"]


def test_a_side_file_alone_is_not_a_trace(tmp_path: Path) -> None:
    (tmp_path / "trace.json").write_text("{}")
    with pytest.raises(TraceError) as caught:
        open_trace(tmp_path)
    assert caught.value.code == "empty"


def _save(path: Path) -> None:
    np.savez(path, a=np.ones(2))


def test_a_single_file_uses_its_own_side_file(tmp_path: Path) -> None:
    _save(tmp_path / "x.npz")
    _save(tmp_path / "y.npz")
    (tmp_path / "x.trace.json").write_text('{"steps": 4}')
    (tmp_path / "trace.json").write_text('{"steps": 5}')
    assert open_trace(tmp_path / "x.npz").info.steps == 4
    # The common one may describe the other file.
    assert open_trace(tmp_path / "y.npz").info.steps is None
    assert open_trace(tmp_path).info.steps == 5
    (tmp_path / "x.npz").unlink()
    assert open_trace(tmp_path / "y.npz").info.steps == 5


def test_a_bad_side_file_does_not_explain_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "x.trace.json").write_text("[")
    (tmp_path / "x.npy").write_bytes(b"\x93NUMPY\x09\x00")
    with pytest.raises(TraceError) as caught:
        open_trace(tmp_path / "x.npy")
    assert caught.value.code == "version"
