"""What lies below a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.io import folder as folder_module
from inspector.io.folder import natural_key, scan_folder


def _make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_natural_order_and_subfolders(tmp_path: Path) -> None:
    _make(tmp_path, "step10.npy", "step2.npy", "step2/b.npy", "step2/a.npy", "B.npy", "notes.txt")
    scan = scan_folder(str(tmp_path), "x")
    assert scan.files == (
        "B.npy", "notes.txt", "step2.npy", "step2/a.npy", "step2/b.npy", "step10.npy",
    )  # fmt: skip
    assert scan.refused == ()


@given(st.lists(st.text(alphabet="ab0123456789²५./_", max_size=12), max_size=6))
def test_the_order_is_total(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)


def test_long_runs_of_digits_have_an_order() -> None:
    assert natural_key("9" * 5000) > natural_key("1")


def test_companions_are_left_out_in_silence(tmp_path: Path) -> None:
    _make(
        tmp_path, ".DS_Store", ".hidden/x.npy", "README.md", "readme.txt", "LICENSE", "Thumbs.db",
        "notes.md", "__MACOSX/x.npy", "model.safetensors.index.json", "a.npy",
    )  # fmt: skip
    scan = scan_folder(str(tmp_path), "x")
    assert (scan.files, scan.refused) == (("a.npy",), ())


def test_side_files_are_told_apart(tmp_path: Path) -> None:
    _make(tmp_path, "trace.json", "x.trace.json", "sub/trace.json", "sub/y.trace.json", "z.json")
    scan = scan_folder(str(tmp_path), "x")
    assert scan.side_file
    assert scan.nested_side_files == ("sub/trace.json",)
    assert scan.files == ("z.json",)
    assert scan_folder(str(tmp_path / "sub"), "x").side_file


def test_depth_is_bounded(tmp_path: Path) -> None:
    _make(tmp_path, "1/2/3/4/in.npy", "1/2/3/4/5/out.npy")
    scan = scan_folder(str(tmp_path), "x")
    assert scan.files == ("1/2/3/4/in.npy",)
    assert [(error.code, error.subject) for error in scan.refused] == [("depth", "1/2/3/4/5")]


@pytest.mark.timeout(10)
def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    _make(tmp_path, "a.npy")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "b.npy").symlink_to(tmp_path / "a.npy")
    (tmp_path / "loop.npy").symlink_to(tmp_path / "loop.npy")
    scan = scan_folder(str(tmp_path), "x")
    assert scan.files == ("a.npy", "b.npy", "gone", "loop.npy")
    assert [(error.code, error.subject) for error in scan.refused] == [("link", "again")]


def test_the_number_of_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, *[f"{i}.npy" for i in range(6)])
    monkeypatch.setattr(folder_module, "MAX_FILES", 6)
    assert len(scan_folder(str(tmp_path), "x").files) == 6
    monkeypatch.setattr(folder_module, "MAX_FILES", 5)
    with pytest.raises(TraceError) as caught:
        scan_folder(str(tmp_path), "x")
    assert caught.value.code == "count"


def test_names_that_are_not_text(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.npy")).write_bytes(b"")
    except OSError:
        pytest.skip("this disk takes only names that are text")
    (error,) = scan_folder(str(tmp_path), "x").refused
    assert error.code == "name"
    assert error.sentence.encode()


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "locked/x.npy", "a.npy")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(folder_module.os, "scandir", refuse)
    scan = scan_folder(str(tmp_path), "x")
    assert scan.files == ("a.npy",)
    assert [(error.code, error.subject) for error in scan.refused] == [("open", "locked")]
    with pytest.raises(TraceError) as caught:
        scan_folder(str(tmp_path / "locked"), "given")
    assert (caught.value.code, caught.value.subject) == ("open", "given")
