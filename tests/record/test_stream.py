"""Writing a container one tensor at a time."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from inspector.dtypes import STORED_DTYPES, dtype_info
from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.record import stream as module
from inspector.record.stream import TableFull, TensorStream
from inspector.record.values import StoredValue, store_numpy
from tests.project import tree
from tests.record.reading import metadata, read_back

SMALL_TABLE = 80_000


def write(path, arrays, **more):
    stream = TensorStream(path, {}, **more)
    for name, array in arrays.items():
        stream.add(name, store_numpy(array))
    stream.finish({"complete": "yes"})
    return stream


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["f4", "f2", "f8", "?", "i8", "u1", "c8"]),
            st.lists(st.integers(0, 4), max_size=3),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_shape_and_dtype_comes_back(tmp_path_factory, kinds):
    rng = np.random.default_rng(0)
    arrays = {
        f"t{i}": (rng.standard_normal(shape) * 3).astype(dtype)
        for i, (dtype, shape) in enumerate(kinds)
    }
    path = tmp_path_factory.mktemp("stream") / "a.safetensors"
    write(path, arrays)
    for found in (read_back(path), load_file(path)):
        assert set(found) == set(arrays)
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            assert found[name].tobytes() == array.tobytes()
            assert found[name].shape == array.shape


@pytest.mark.parametrize("dtype", [d for d in STORED_DTYPES if d != "complex128"])
def test_every_stored_dtype_has_the_code_that_the_reader_knows(tmp_path, dtype):
    data = memoryview(bytes(3 * dtype_info(dtype).itemsize))
    path = tmp_path / "a.safetensors"
    stream = TensorStream(path, {})
    stream.add("x", StoredValue(dtype, (3,), data))
    stream.finish({})
    (record,) = open_trace(path)
    assert (record.dtype, record.shape) == (dtype, (3,))


@pytest.mark.parametrize("rewritten_below", [0, 1 << 30])
def test_the_order_of_writing_is_the_order_of_the_file(tmp_path, monkeypatch, rewritten_below):
    monkeypatch.setattr(module, "_REWRITTEN_BELOW", rewritten_below)
    names = [f"n{i}" for i in (3, 1, 2, 10)]
    path = tmp_path / "a.safetensors"
    write(path, {name: np.arange(4.0) + i for i, name in enumerate(names)})
    assert list(read_back(path)) == names
    assert read_back(path)["n2"][0] == 2
    assert metadata(path)["complete"] == "yes"
    # the room of the table stays only where copying the values would cost more
    assert (path.stat().st_size > 1 << 20) == (rewritten_below == 0)
    assert [f.name for f in tmp_path.iterdir()] == ["a.safetensors"]


def test_nothing_follows_the_values(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_REWRITTEN_BELOW", 0)
    path = tmp_path / "a.safetensors"
    stream = TensorStream(path, {}, table_bytes=SMALL_TABLE)
    stream.add("x", store_numpy(1.0))
    stream._file.seek(0, 2)
    stream._file.write(b"torn")
    stream.finish({})
    assert read_back(path)["x"] == 1.0


def test_nothing_has_the_final_name_before_the_end(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"older")
    stream = TensorStream(path, {})
    stream.add("x", store_numpy(1.0))
    assert path.read_bytes() == b"older"
    stream.finish({})
    assert read_back(path)["x"] == 1.0


def test_a_second_writer_is_refused(tmp_path):
    stream = TensorStream(tmp_path / "a.safetensors", {})
    with pytest.raises(UsageError, match="recover_recording"):
        TensorStream(tmp_path / "a.safetensors", {})
    stream.discard()
    assert not list(tmp_path.iterdir())


def test_a_full_table_keeps_what_is_there(tmp_path):
    path = tmp_path / "a.safetensors"
    stream = TensorStream(path, {}, table_bytes=SMALL_TABLE)
    count = 0
    with pytest.raises(TableFull):
        for count in range(10_000):
            stream.add(f"tensor{count}", store_numpy(count))
    stream.finish({"notes": json.dumps(["x" * 50_000])})
    assert len(read_back(path)) == count > 50


def test_too_many_tensors_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_TENSORS", 2)
    stream = TensorStream(tmp_path / "a.safetensors", {})
    stream.add("a", store_numpy(1))
    stream.add("b", store_numpy(1))
    with pytest.raises(TableFull):
        stream.add("c", store_numpy(1))
    stream.discard()


class FullDisk(io.FileIO):
    """A file on a disk that takes 1,000 bytes beyond the table and half of what follows."""

    left = 1_000

    def write(self, data):
        if len(data) > self.left:
            super().write(bytes(data)[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_a_full_disk_is_a_sentence_and_what_was_there_stays(tmp_path):
    path = tmp_path / "a.safetensors"
    stream = TensorStream(path, {}, table_bytes=SMALL_TABLE)
    stream.add("a", store_numpy(np.arange(100.0)))
    stream._file.close()
    stream._file = FullDisk(stream.partial, "r+")
    with pytest.raises(UsageError, match="disk is full") as refused:
        stream.add("b", store_numpy(np.zeros(1_000)))
    assert refused.value.code == "disk-full"
    assert "max_bytes" in refused.value.sentence
    assert stream.partial.stat().st_size == 8 + SMALL_TABLE + 800  # room for the side-file
    stream.finish({"complete": "no"})
    assert read_back(path)["a"].tolist() == list(range(100))


_LIMITED = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from inspector.errors import UsageError
from inspector.record.stream import TensorStream
from inspector.record.values import store_numpy
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
stream = TensorStream(Path(sys.argv[1]), {}, table_bytes=80_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    for i in range(100):
        stream.add(f"t{i}", store_numpy(np.full(1_000, float(i))))
except UsageError as refused:
    print(refused.sentence)
stream.finish({"complete": "no"})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits exist on Unix")
def test_a_real_limit_of_the_system_is_a_sentence_too(tmp_path):
    path = tmp_path / "a.safetensors"
    result = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(path)],
        cwd=tree.ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "disk is full" in result.stdout, result.stderr
    found = read_back(path)
    assert len(found) == 14
    assert all((values == i).all() for i, values in enumerate(found.values()))


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        TensorStream(tmp_path / "file" / "a.safetensors", {})
