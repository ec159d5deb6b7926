"""Opening whole recordings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inspector.errors import Cancelled, TraceError
from inspector.io.trace import open_trace
from tests.io.outcome import outcome
from tests.io.test_npy import claim
from tests.io.test_safetensors import build, entry
from tests.io.test_wav import wav
from tests.io.zip_cases import npz
from tests.real import real_trace


def _mixed(folder: Path) -> None:
    np.save(folder / "mel.npy", np.arange(6.0).reshape(2, 3))
    (folder / "trace.npz").write_bytes(npz(mu=np.arange(3), mel=np.arange(2)))
    (folder / "audio.wav").write_bytes(wav())
    (folder / "step03").mkdir()
    np.save(folder / "step03" / "ode.x_after.npy", np.ones(4, "f4"))
    (folder / "README.md").write_text("about")


def test_a_mixed_folder(tmp_path: Path) -> None:
    _mixed(tmp_path)
    trace = open_trace(str(tmp_path))
    assert trace.path == str(tmp_path)
    assert [(r.index, r.name, r.file, r.shape, r.dtype) for r in trace] == [
        (0, "audio", "audio.wav", (32,), "float32"),
        (1, "mel", "mel.npy", (2, 3), "float64"),
        (2, "step03/ode.x_after", "step03/ode.x_after.npy", (4,), "float32"),
        (3, "mu", "trace.npz", (3,), "int64"),
        (4, "trace::mel", "trace.npz", (2,), "int64"),
    ]
    assert trace.skipped == ()
    assert trace["trace::mel"].read().tolist() == [0, 1]
    assert "mu" in trace
    assert "trace::mu" not in trace


def test_several_containers(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(npz(mu=np.arange(3)))
    (tmp_path / "b.safetensors").write_bytes(build({"mu": entry()}, bytes(8)))
    assert [r.name for r in open_trace(tmp_path)] == ["a::mu", "b::mu"]
    # What a file is called does not depend on whether its neighbour can be read.
    (tmp_path / "b.safetensors").write_bytes(b"")
    assert [r.name for r in open_trace(tmp_path)] == ["a::mu"]


@pytest.mark.parametrize("suffix", ["npy", "npz", "safetensors", "wav"])
def test_single_files(tmp_path: Path, suffix: str) -> None:
    content = {
        "npy": claim("<f4", "(2,)", bytes(8)),
        "npz": npz(key=np.zeros(2)),
        "safetensors": build({"key": entry()}, bytes(8)),
        "wav": wav(bytes(4)),
    }[suffix]
    path = tmp_path / f"one.{suffix}"
    path.write_bytes(content)
    np.save(tmp_path / "other.npy", np.ones(1))
    (record,) = open_trace(path).records
    assert record.name == ("key" if suffix in ("npz", "safetensors") else "one")
    assert record.shape == (2,)
    assert record.file == path.name


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    np.save(tmp_path / "good.npy", np.ones(2))
    (tmp_path / "bad.npy").write_bytes(b"\x93NUMPY\x01\x00")
    (tmp_path / "weights.pt").write_bytes(b"PK")
    (tmp_path / "log.txt").write_text("hello")
    (tmp_path / "none.npz").write_bytes(npz())
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "loop.npy").symlink_to("loop.npy")
    trace = open_trace(tmp_path)
    assert [r.name for r in trace] == ["good"]
    assert [(s.file, s.code) for s in trace.skipped] == [
        ("bad.npy", "truncated"),
        ("log.txt", "extension"),
        ("loop.npy", "open"),
        ("none.npz", "empty"),
        ("pipe.npy", "not-a-file"),
        ("weights.pt", "format"),
    ]
    assert all(s.sentence.startswith(f"{s.file}: ") for s in trace.skipped)


def test_nothing_readable(tmp_path: Path) -> None:
    assert outcome(tmp_path) == "empty"
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(TraceError) as caught:
        open_trace(tmp_path)
    assert caught.value.code == "empty"
    assert "1 entry was skipped" in caught.value.found
    assert "notes.txt" in caught.value.next_step


def test_missing_paths(tmp_path: Path) -> None:
    assert outcome("") == "not-found"
    with pytest.raises(TraceError) as caught:
        open_trace(tmp_path / "gone")
    assert caught.value.code == "not-found"
    assert "there is no such file or folder" in caught.value.sentence
    assert outcome(tmp_path / "gone.npy") == "not-found"
    assert outcome("/dev/null") == "not-a-file"


def test_two_tensors_of_one_name_are_both_accounted_for(tmp_path: Path) -> None:
    np.save(tmp_path / "a::mu.npy", np.ones(1))
    (tmp_path / "a.npz").write_bytes(npz(mu=np.arange(3)))
    (tmp_path / "b.npz").write_bytes(npz(mu=np.arange(3)))
    trace = open_trace(tmp_path)
    assert sorted(r.name for r in trace) == ["a::mu", "b::mu"]
    assert [s.code for s in trace.skipped] == ["duplicate"]


def test_side_files_of_subfolders_are_said(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    np.save(tmp_path / "sub" / "a.npy", np.ones(1))
    (tmp_path / "sub" / "trace.json").write_text('{"steps": 3}')
    trace = open_trace(tmp_path)
    assert trace.info.steps is None
    assert any("sub/trace.json is not used" in note for note in trace.notes)


def test_the_working_folder_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    monkeypatch.chdir(tmp_path)
    for path in (".", "a.npy"):
        trace = open_trace(path)
        monkeypatch.chdir("/")
        assert trace["a"].read().tolist() == [0, 1, 2]
        monkeypatch.chdir(tmp_path)


def test_framework_of_the_side_file_wins(tmp_path: Path) -> None:
    content = build({"__metadata__": {"format": "pt"}, "a": entry()}, bytes(8))
    (tmp_path / "x.safetensors").write_bytes(content)
    assert open_trace(tmp_path).info.framework == "PyTorch"
    (tmp_path / "trace.json").write_text('{"framework": "JAX"}')
    assert open_trace(tmp_path).info.framework == "JAX"
    (tmp_path / "trace.json").unlink()
    (tmp_path / "y.safetensors").write_bytes(content.replace(b'"pt"', b'"mlx"', 1)[:8] + b"")
    assert open_trace(tmp_path).info.framework == "PyTorch"


def test_progress_counts_the_files(tmp_path: Path) -> None:
    _mixed(tmp_path)
    calls: list[tuple[int, int, str]] = []
    open_trace(tmp_path, progress=lambda *call: calls.append(call))
    assert [call[0] for call in calls] == [0, 1, 2, 3, 4]
    assert {call[1] for call in calls} == {4}
    assert calls[1][2] == "mel.npy"


def test_a_progress_callback_can_stop_the_work(tmp_path: Path) -> None:
    _mixed(tmp_path)

    def stop(done: int, total: int, what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        open_trace(tmp_path, progress=stop)


def test_listings_are_the_same_every_time(tmp_path: Path) -> None:
    _mixed(tmp_path)
    (tmp_path / "bad.npy").write_bytes(b"")
    assert len({repr(open_trace(tmp_path)) for _ in range(20)}) == 1


def test_identity_follows_the_files(tmp_path: Path) -> None:
    _mixed(tmp_path)
    (tmp_path / "bad.npy").write_bytes(b"")
    seen = {open_trace(tmp_path).identity}
    assert len(next(iter(seen))) == 64

    def changed() -> None:
        identity = open_trace(tmp_path).identity
        assert identity not in seen
        seen.add(identity)

    os.utime(tmp_path / "mel.npy", ns=(0, 0))
    changed()
    (tmp_path / "bad.npy").write_bytes(b"x")
    changed()
    (tmp_path / "trace.json").write_text("{}")
    changed()
    (tmp_path / "trace.json").write_text('{"steps": 3}')
    changed()
    (tmp_path / "step03").rename(tmp_path / "step04")
    changed()
    (tmp_path / "audio.wav").unlink()
    changed()
    (tmp_path / "log.txt").write_text("x")
    changed()
    (tmp_path / "linked").symlink_to(tmp_path / "step04")
    changed()


def test_opening_loads_no_slow_package() -> None:
    slow = ("scipy", "librosa", "torch", "soundfile", "matplotlib", "gradio", "mlx", "safetensors")
    code = (
        f"import sys, inspector.io.trace\nprint([name for name in {slow!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("chatterbox-reference", 112),
        ("chatterbox-reference-broken", 87),
        ("python-vs-swift/python", 15),
        ("python-vs-swift/swift", 7),
        ("python-vs-swift", 22),
    ],
)
def test_real_recordings(name: str, count: int) -> None:
    folder = real_trace(name)
    trace = open_trace(folder)
    assert len(trace) == count
    assert (trace.skipped, trace.notes) == ((), ())
    for record in trace:
        # These files are trusted, so the other reader may serve as the judge here.
        expected = np.load(folder / record.file)
        values = record.read()
        assert record.dtype == expected.dtype.name
        assert values.dtype == expected.dtype
        assert values.tobytes() == expected.tobytes()
        assert record.name == record.file.removesuffix(".npy")


@pytest.mark.real
def test_real_order_and_facts() -> None:
    trace = open_trace(real_trace("chatterbox-reference"))
    names = [r.name for r in trace]
    assert names.index("step7_step9_x_after") < names.index("step7_step10_x_after")
    assert trace["step6_encoder_out"].shape == (1, 696, 512)
    assert [r.name for r in trace if r.fortran_order]
    assert open_trace(real_trace("python-vs-swift"))["swift/step8_audio"].dtype == "float32"
