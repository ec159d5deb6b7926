"""Which file is read by which reader, and what is said about the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.errors import TraceError
from inspector.io.formats import CONTAINERS, READABLE, READERS, extension_of, list_file, stem_of
from inspector.io.source import FileReference


def test_extensions_and_stems() -> None:
    assert extension_of("a/B.tar.NPY") == ".npy"
    assert stem_of("a/B.tar.NPY") == "a/B.tar"
    assert extension_of("a.b/c") == ""
    assert stem_of("a.b/c") == "a.b/c"
    assert extension_of(".npy") == ""


def test_the_sentence_names_every_reader() -> None:
    assert all(extension in READABLE for extension in READERS)
    assert set(READERS) > CONTAINERS


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("a.pt", "format", "never opened"),
        ("a.PTH", "format", "safetensors.torch.save_file"),
        ("a.pkl", "format", "pickle"),
        ("a.bin", "format", "pickle"),
        ("a.h5", "format", "numpy.savez"),
        ("a.gguf", "format", "numpy.savez"),
        ("a.mp3", "format", "Convert it to WAV"),
        ("a.txt", "extension", "a .txt file"),
        ("a", "extension", "without an extension"),
        ("a." + "x" * 200, "extension", "is not part of a trace"),
    ],
)
def test_other_files_are_refused_without_being_opened(
    tmp_path: Path, name: str, code: str, words: str
) -> None:
    with pytest.raises(TraceError) as caught:
        list_file(FileReference(str(tmp_path / name), name))  # there is no such file
    assert caught.value.code == code
    assert words in caught.value.sentence
