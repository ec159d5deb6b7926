"""The one door: hostile paths, changes while reading, and no other way to a file."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import inspector.io
import inspector.io.source as source_module
from inspector.errors import TraceError
from inspector.io.source import FileReference
from inspector.io.trace import open_trace
from tests.io.outcome import outcome

_LONG_AGO_NS = 1_000_000_000_000_000_000
_STEP = 64 * 1024


def _file(folder: Path, content: bytes = b"0123456789") -> Path:
    path = folder / "file.npy"
    path.write_bytes(content)
    os.utime(path, ns=(_LONG_AGO_NS, _LONG_AGO_NS))
    return path


def _fails(path: Path) -> TraceError:
    with pytest.raises(TraceError) as caught, FileReference(str(path), "label").open():
        pass
    return caught.value


def test_reads_spans(tmp_path: Path) -> None:
    with FileReference(str(_file(tmp_path)), "label").open() as source:
        assert source.size == 10
        assert source.read(3, 4) == b"3456"
        assert source.read(10, 0) == b""
        reader = source.reader(2, 5)
        assert (reader.take(2), reader.take(3), reader.remaining) == (b"23", b"456", 0)
        with pytest.raises(TraceError) as caught:
            reader.take(1)
        assert caught.value.code == "truncated"


@pytest.mark.parametrize("span", [(0, 11), (10, 1), (11, 0), (-1, 2), (0, -1), (2**63, 1)])
def test_spans_outside_the_file_are_refused(tmp_path: Path, span: tuple[int, int]) -> None:
    with FileReference(str(_file(tmp_path)), "label").open() as source:
        for ask in (source.read, source.reader):
            with pytest.raises(TraceError) as caught:
                ask(*span)
            assert caught.value.code == "truncated"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: os.mkfifo(p), "not-a-file"),
        (lambda p: p.mkdir(), "not-a-file"),
        (lambda p: p.symlink_to("/dev/zero"), "not-a-file"),
        (lambda p: p.symlink_to(p), "open"),
        (lambda p: p.symlink_to(p.parent / "gone"), "open"),
        (lambda p: None, "not-found"),
    ],
    ids=["fifo", "folder", "device", "loop", "dangling", "missing"],
)
def test_what_is_not_a_file(tmp_path: Path, make: Callable[[Path], None], code: str) -> None:
    path = tmp_path / "x.npy"
    make(path)
    assert _fails(path).code == code
    if not path.is_dir():
        assert outcome(path) == code


def test_impossible_paths() -> None:
    for path in ("a\0b.npy", "\ud800.npy", "x" * 5000 + ".npy"):
        assert outcome(path) == "open"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = _file(tmp_path)
    path.chmod(0)
    assert "permission" in _fails(path).sentence


def test_a_linked_file_is_read(tmp_path: Path) -> None:
    link = tmp_path / "link.npy"
    link.symlink_to(_file(tmp_path))
    with FileReference(str(link), "label").open() as source:
        assert source.read(0, 2) == b"01"


def _truncate(path: Path) -> None:
    os.truncate(path, 1000)


def _rewrite(path: Path) -> None:
    content = path.read_bytes()
    with path.open("r+b") as stream:
        stream.write(content[:128] + bytes(len(content) - 128))


def _replace(path: Path) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(path.read_bytes())
    os.utime(fresh, ns=(_LONG_AGO_NS, _LONG_AGO_NS))
    fresh.replace(path)


def _append(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_truncate, "truncated"),
        (_rewrite, "changed"),
        (_replace, "changed"),
        (_append, "changed"),
        (Path.unlink, "changed"),
    ],
)
def test_changed_between_listing_and_reading(
    tmp_path: Path, change: Callable[[Path], None], code: str
) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.ones(50_000))
    os.utime(path, ns=(_LONG_AGO_NS, _LONG_AGO_NS))
    trace = open_trace(path)
    change(path)
    with pytest.raises(TraceError) as caught:
        trace["x"].read()
    assert caught.value.code == code


@pytest.mark.parametrize(("change", "code"), [(_truncate, "truncated"), (_rewrite, "changed")])
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_changed_at_every_64_kilobytes_of_a_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None],
    code: str, kind: str,
) -> None:  # fmt: skip
    values = np.random.default_rng(0).standard_normal(50_000)
    read_block = source_module._read_block
    path = tmp_path / f"x.{kind}"
    for wanted in range(1, values.nbytes // _STEP + 2):
        path.unlink(missing_ok=True)
        if kind == "npy":
            np.save(path, values)
        else:
            np.savez(path, x=values)
        os.utime(path, ns=(_LONG_AGO_NS, _LONG_AGO_NS))
        record = open_trace(path)["x"]
        calls = 0

        def hooked(descriptor: int, view: memoryview, offset: int, wanted: int = wanted) -> int:
            nonlocal calls
            calls += 1
            if calls == wanted:
                change(path)
            return read_block(descriptor, view[:_STEP], offset)

        with monkeypatch.context() as patch:
            patch.setattr(source_module, "_read_block", hooked)
            with pytest.raises(TraceError) as caught:
                record.read()
        assert calls >= wanted
        assert caught.value.code == code


def test_reading_without_preadv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "preadv", raising=False)
    monkeypatch.setattr(source_module, "_BLOCK_BYTES", 3)
    with FileReference(str(_file(tmp_path)), "label").open() as source:
        assert source.read(1, 8) == b"12345678"


def test_a_failing_disk_is_a_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(source_module, "_read_block", fail)
    with pytest.raises(TraceError) as caught, FileReference(str(_file(tmp_path)), "x").open() as s:
        s.read(0, 1)
    assert caught.value.code == "read"
    assert "Input/output error" in caught.value.sentence


def test_descriptors_are_given_back(tmp_path: Path) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not list the descriptors of a process")
    path = tmp_path / "bad.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00\xff\xff")
    os.mkfifo(tmp_path / "pipe.npy")
    before = count()
    for _ in range(20):
        assert outcome(path) == "truncated"
        assert outcome(tmp_path) == "empty"
    assert count() == before


def test_no_other_module_of_the_readers_opens_files() -> None:
    folder = Path(inspector.io.__file__).parent
    forbidden = {"open", "read_bytes", "read_text", "fromfile", "memmap", "fdopen"}
    found = []
    for file in sorted(folder.glob("*.py")):
        if file.name == "source.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                target = node.func
                if isinstance(target, ast.Name) and target.id in forbidden:
                    found.append(f"{file.name}:{node.lineno} {target.id}")
                if isinstance(target, ast.Attribute) and target.attr in forbidden:
                    # `reference.open()` is the door itself.
                    owner = ast.unparse(target.value)
                    if target.attr != "open" or "eference" not in owner:
                        found.append(f"{file.name}:{node.lineno} {owner}.{target.attr}")
    assert found == []
