"""Recordings whose program was killed."""

from __future__ import annotations

import signal
import subprocess
import sys

import numpy as np
import pytest

from inspector.errors import TraceError, UsageError
from inspector.io.trace import open_trace
from inspector.record.recovery import read_partial_table, recover_recording
from inspector.record.stream import TensorStream
from inspector.record.values import store_numpy
from tests.project import tree
from tests.record.reading import metadata, read_back

_KILLED = """
import os, signal, sys, torch
from inspector.record import record_torch
model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.ReLU())
with record_torch(model, sys.argv[1], facts={"cfg_rate": 0.7}) as recorder:
    for _ in range(3):
        model(torch.ones(2, 3))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL exists on Unix")
@pytest.mark.parametrize("target", ["a.safetensors", "folder"])
def test_a_killed_program_loses_nothing_that_it_had_recorded(tmp_path, target):
    result = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path / target)],
        cwd=tree.ROOT, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert result.returncode == -signal.SIGKILL, result.stderr
    file = recover_recording(tmp_path / target)
    found = read_back(tmp_path / target)
    assert list(found) == [f"step{s:02d}/{n}" for s in (1, 2, 3) for n in ("0", "1", "model")]
    assert (found["step01/1"] == found["step03/1"]).all()
    trace = open_trace(tmp_path / target)
    assert trace.info.order == tuple(found)
    assert trace.info.framework.startswith("PyTorch")
    assert metadata(file)["complete"] == "no"
    with pytest.raises(UsageError):
        recover_recording(tmp_path / target)


def unfinished(path, count=3):
    stream = TensorStream(path, {"complete": "no"}, table_bytes=80_000)
    for i in range(count):
        stream.add(f"t{i}", store_numpy(np.full(10, i)))
    stream._file.close()
    return stream.partial


def test_a_torn_last_tensor_is_dropped(tmp_path):
    partial = unfinished(tmp_path / "a.safetensors")
    with partial.open("r+b") as file:
        file.truncate(partial.stat().st_size - 1)
    recover_recording(partial)
    assert list(read_back(tmp_path / "a.safetensors")) == ["t0", "t1"]


def test_a_torn_last_entry_is_dropped(tmp_path):
    partial = unfinished(tmp_path / "a.safetensors")
    raw = bytearray(partial.read_bytes())
    at = raw.index(b'"t2"')
    raw[at + 20 : 8 + 80_000] = b" " * (80_000 + 8 - at - 20)
    partial.write_bytes(raw)
    recover_recording(tmp_path / "a.safetensors")
    assert list(read_back(tmp_path / "a.safetensors")) == ["t0", "t1"]


def test_nothing_recorded_is_said(tmp_path):
    unfinished(tmp_path / "a.safetensors", count=0)
    with pytest.raises(TraceError, match="holds no tensor"):
        recover_recording(tmp_path / "a.safetensors")


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x10" + b"\0" * 7 + b"x" * 16])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "a.safetensors.partial").write_bytes(content)
    with pytest.raises(TraceError):
        recover_recording(tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors.partial").read_bytes() == content


def test_a_finished_table_is_read_too(tmp_path):
    assert read_partial_table('{"a":{"x":1}}  ', tmp_path) == {"a": {"x": 1}}
    assert read_partial_table('{"a":{"x":1}', tmp_path) == {"a": {"x": 1}}
