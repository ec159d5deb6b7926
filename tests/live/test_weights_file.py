"""All formats give the same tensors; hostile files give one sentence."""

from __future__ import annotations

import os
import pickle
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save_file

from inspector.errors import Cancelled, TraceError
from inspector.live.weights_file import open_weights

torch = pytest.importorskip("torch", reason="torch is not installed")

ARRAYS = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.float16)}


def write(path, arrays=ARRAYS, metadata=None):
    if path.suffix == ".safetensors":
        save_file(arrays, path, metadata=metadata)
    elif path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        torch.save({k: torch.from_numpy(v.copy()) for k, v in arrays.items()}, path)
    return path


@pytest.mark.parametrize("name", ["w.safetensors", "w.npz", "w.pt", "w.pth", "w.ckpt", "w.bin"])
def test_every_format(tmp_path, name):
    file = open_weights(write(tmp_path / name))
    found = {r.name: r.read() for r in file.records}
    assert set(found) == set(ARRAYS)
    assert all(np.array_equal(found[k], v) for k, v in ARRAYS.items())
    assert {r.name: r.dtype for r in file.records}["b"] == "float16"
    assert file.identity
    assert file.notes == ()


def test_metadata_and_framework(tmp_path):
    file = open_weights(
        write(tmp_path / "w.safetensors", metadata={"format": "mlx", "config": "{}"})
    )
    assert file.framework == "MLX"
    assert file.metadata["config"] == "{}"
    assert open_weights(write(tmp_path / "w.pt")).framework == "PyTorch"


def test_a_folder_of_shards(tmp_path):
    write(tmp_path / "model-1.safetensors", {"a": np.ones(2)})
    write(tmp_path / "model-2.safetensors", {"b": np.zeros(2)})
    (tmp_path / "config.json").write_text("{}")
    file = open_weights(tmp_path)
    assert [r.name for r in file.records] == ["a", "b"]
    write(tmp_path / "model-3.safetensors", {"a": np.ones(2)})
    with pytest.raises(TraceError) as caught:
        open_weights(tmp_path)
    assert caught.value.code == "duplicate"


def test_the_identity_follows_the_file(tmp_path):
    path = write(tmp_path / "w.safetensors")
    before = open_weights(path).identity
    assert open_weights(path).identity == before
    os.utime(path, (1, 1))
    assert open_weights(path).identity != before


def test_a_changed_file_gives_no_value(tmp_path):
    path = write(tmp_path / "w.safetensors")
    record = open_weights(path).records[0]
    write(path, {"a.weight": np.zeros((2, 3), np.float32), "b": np.zeros(9, np.float16)})
    with pytest.raises(TraceError) as caught:
        record.read()
    assert caught.value.code in ("changed", "truncated")


def test_unreadable_members_are_said(tmp_path):
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as file:
        file.writestr("x.txt", "text")
        file.write(write(tmp_path / "good.npz"), "y.bin")
    np.savez(tmp_path / "ok.npz", a=np.ones(2))
    with zipfile.ZipFile(tmp_path / "ok.npz", "a") as file:
        file.writestr("x.txt", "text")
    file = open_weights(tmp_path / "ok.npz")
    assert len(file.records) == 1
    assert "1 tensors" in file.notes[0]
    with pytest.raises(TraceError):
        open_weights(tmp_path / "w.npz")


def _deflated(path):
    """The same archive as torch writes it, but compressed."""
    source = path.with_name("plain.pt")
    torch.save({"a": torch.zeros(100_000)}, source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))


class _Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def _hostile(folder):
    canary = str(folder / "canary")
    bare = pickle.dumps(_Canary(canary))
    for name in ("bare.pt", "bare.safetensors", "bare.npz", "bare.ckpt"):
        (folder / name).write_bytes(bare)
    for name in ("zip.pt", "zip.npz"):
        with zipfile.ZipFile(folder / name, "w") as file:
            file.writestr("archive/data.pkl", bare)
            file.writestr("archive/version", "3")
    torch.save({"a": 1, "b": _Canary(canary)}, folder / "object.pt")
    _deflated(folder / "deflated.pt")
    good = write(folder / "good.pt").read_bytes()
    (folder / "cut.pt").write_bytes(good[: len(good) // 2])
    (folder / "empty.pt").write_bytes(b"")
    (folder / "short.safetensors").write_bytes(b"\1")
    (folder / "text.txt").write_text("weights")
    (folder / "folder.pt").mkdir()
    (folder / "bare").mkdir()
    os.mkfifo(folder / "pipe.pt")
    (folder / "dangling.pt").symlink_to(folder / "nothing")
    (folder / "loop.pt").symlink_to(folder / "loop.pt")
    return [
        "bare.pt", "bare.safetensors", "bare.npz", "bare.ckpt", "zip.pt", "zip.npz", "object.pt",
        "deflated.pt", "cut.pt", "empty.pt", "short.safetensors", "text.txt", "folder.pt", "bare",
        "pipe.pt", "dangling.pt", "loop.pt", "missing.pt", "missing", "nul\0.pt", "half\ud800.pt",
    ]  # fmt: skip


def test_hostile_files_are_one_sentence_and_run_nothing(tmp_path):
    for name in _hostile(tmp_path):
        with pytest.raises(TraceError) as caught:
            open_weights(os.path.join(tmp_path, name))  # noqa: PTH118 - a Path refuses some names
        assert "\n" not in caught.value.sentence, name
        assert "weights_only=False" not in caught.value.sentence
    with pytest.raises(TraceError):
        open_weights("")
    assert not (tmp_path / "canary").exists()


def test_the_canary_sings_when_a_pickle_is_loaded(tmp_path):
    pickle.loads(pickle.dumps(_Canary(str(tmp_path / "canary"))))
    assert (tmp_path / "canary").exists()


def test_it_can_be_cancelled(tmp_path):
    def stop(done, total, what):
        raise Cancelled

    with pytest.raises(Cancelled):
        open_weights(write(tmp_path / "w.npz"), stop)
