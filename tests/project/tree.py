"""The files of the project, as a fresh clone holds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_GENERATED = {"__pycache__", "build", "dist", "screenshots"}
_HIDDEN_KEPT = {".ci", ".gitignore"}
_BINARY = {".safetensors", ".wav", ".png", ".npy", ".npz", ".flac"}


def files(root: Path = ROOT) -> Iterator[Path]:
    """Every file under `root` that belongs to the project, in a fixed order."""
    for entry in sorted(root.iterdir()):
        hidden = entry.name.startswith(".") and entry.name not in _HIDDEN_KEPT
        if hidden or entry.name in _GENERATED or entry.name.endswith((".egg-info", ".pyc")):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from files(entry)
        elif entry.is_file():
            yield entry


def text_files(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Relative path and content of every text file under `root`."""
    for file in files(root):
        if file.suffix not in _BINARY:
            yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")


def python_modules(root: Path, package: str) -> list[str]:
    """Relative paths of the modules of `package` under `root`."""
    return [f.relative_to(root).as_posix() for f in files(root / package) if f.suffix == ".py"]
