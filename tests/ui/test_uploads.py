"""Uploaded files become traces in a folder that ends with the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.errors import UsageError
from inspector.ui.uploads import UploadStore


@pytest.fixture
def store():
    store = UploadStore()
    yield store
    store.close()


def _arrive(store: UploadStore, *names: str) -> list[Path]:
    files = []
    for i, name in enumerate(names):
        folder = store.incoming / f"hash{i}"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(name.encode())
        files.append(folder / name)
    return files


def test_several_files_become_one_folder(store: UploadStore) -> None:
    trace = Path(store.gather(_arrive(store, "step1_mel.npy", "trace.json"), "reference"))
    assert {file.name for file in trace.iterdir()} == {"step1_mel.npy", "trace.json"}
    assert (trace / "step1_mel.npy").read_bytes() == b"step1_mel.npy"
    assert store.root in trace.parents


def test_one_file_is_a_trace_by_itself(store: UploadStore) -> None:
    trace = Path(store.gather(_arrive(store, "run.npz"), "candidate"))
    assert trace.is_file()
    assert trace.name == "run.npz"


def test_two_uploads_do_not_mix(store: UploadStore) -> None:
    first = store.gather(_arrive(store, "a.npy", "b.npy"), "reference")
    second = store.gather(_arrive(store, "a.npy", "c.npy"), "reference")
    assert first != second
    assert {file.name for file in Path(second).iterdir()} == {"a.npy", "c.npy"}


@pytest.mark.parametrize("name", ["model.pt", "weights.pkl", "page.html", "noending"])
def test_other_kinds_of_files_are_refused(store: UploadStore, name: str) -> None:
    with pytest.raises(UsageError, match="not part of a trace"):
        store.gather(_arrive(store, name), "reference")


def test_two_files_of_one_name_are_refused(store: UploadStore) -> None:
    with pytest.raises(UsageError, match="two uploaded files have this name"):
        store.gather(_arrive(store, "a.npy", "a.npy"), "reference")


def test_files_from_elsewhere_are_refused(store: UploadStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret.npy"
    secret.write_bytes(b"x")
    link = store.incoming / "link.npy"
    link.symlink_to(secret)
    for file in (secret, link, store.incoming / ".." / ".." / "x.npy"):
        with pytest.raises(UsageError, match="did not come from this upload"):
            store.gather([file], "reference")
    assert secret.exists()


def test_nothing_is_refused(store: UploadStore) -> None:
    with pytest.raises(UsageError, match="no file arrived"):
        store.gather([], "reference")


def test_closing_removes_everything() -> None:
    store = UploadStore()
    store.gather(_arrive(store, "a.npy", "b.npy"), "reference")
    assert store.root.is_dir()
    store.close()
    assert not store.root.exists()


def test_a_checkpoint_may_be_another_kind_of_file(store: UploadStore) -> None:
    checkpoint = Path(store.gather(_arrive(store, "flow.pt"), "checkpoint"))
    assert checkpoint.name == "flow.pt"
    with pytest.raises(UsageError, match="not part of a trace"):
        store.gather(_arrive(store, "flow.pt"), "reference")
    with pytest.raises(UsageError, match="not part of a checkpoint"):
        store.gather(_arrive(store, "sound.wav"), "checkpoint")
