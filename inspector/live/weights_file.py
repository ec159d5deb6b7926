"""The tensors of a weights file, or of the shards of one in a folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from inspector.errors import TraceError
from inspector.io.folder import scan_folder
from inspector.io.formats import CONTAINERS, extension_of, list_file
from inspector.io.source import FileReference
from inspector.io.zip_directory import STORED, read_directory
from inspector.names import show_name
from inspector.tensors import Progress, SkippedFile, TensorRecord

TORCH_FILES = frozenset({".pt", ".pth", ".ckpt", ".bin"})
READABLE_WEIGHTS = ".safetensors, .npz, .pt, .pth, .ckpt or .bin"

_MOST_TORCH_BYTES = 8 * 1024**3


@dataclass(frozen=True)
class WeightsFile:
    """Named tensors of one set of weights.

    Attributes:
        path: as given.
        records: tensors in stored order; names are unique.
        metadata: free texts of the file.
        framework: who wrote it, when the format says so.
        skipped: tensors that cannot be read, with reasons.
        identity: hash over names, sizes and times of the files.
    """

    path: str
    records: tuple[TensorRecord, ...]
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    framework: str | None = None
    skipped: tuple[SkippedFile, ...] = ()
    identity: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was not read."""
        if not self.skipped:
            return ()
        return (
            f"{len(self.skipped):,} tensors of the file cannot be read. The first: "
            f"{self.skipped[0].sentence}",
        )


def open_weights(path: str | Path, progress: Progress | None = None) -> WeightsFile:
    """List the tensors of a weights file; values are read when a record is read.

    Args:
        path: a ``.safetensors`` or ``.npz`` file, a file of ``torch.save`` (read as a whole
            now), or a folder that holds such files as shards.
        progress: called before every file; may raise `inspector.errors.Cancelled`.

    Raises:
        TraceError: the file cannot be read; ``duplicate`` when two shards share a name.
    """
    given = os.fspath(path)
    files = _shards(given)
    records: dict[str, TensorRecord] = {}
    skipped: list[SkippedFile] = []
    metadata: dict[str, str] = {}
    frameworks: set[str] = set()
    stamps: list[object] = []
    for number, (file, label) in enumerate(files):
        if progress is not None:
            progress(number, len(files), label)
        found = _read_file(file, label)
        for record in found.records:
            if record.name in records:
                raise TraceError(
                    "duplicate", record.name,
                    f"{label} and {records[record.name].file} both hold it", "one tensor per name",
                    "Give the file that you mean instead of the folder.",
                )  # fmt: skip
            records[record.name] = record
        skipped += found.skipped
        metadata |= found.metadata
        frameworks |= {found.framework} if found.framework else set()
        stamps.append((label, found.identity))
    if not records:
        raise TraceError("empty", given, "there is no tensor in it", READABLE_WEIGHTS)
    return WeightsFile(
        given, tuple(records.values()), MappingProxyType(metadata),
        frameworks.pop() if len(frameworks) == 1 else None, tuple(skipped),
        hashlib.sha256(repr(stamps).encode("utf-8", "surrogatepass")).hexdigest(),
    )  # fmt: skip


def _shards(given: str) -> list[tuple[str, str]]:
    """Absolute paths and labels of the files to read."""
    if not given:
        raise TraceError("not-found", "path", "no path was given", "a checkpoint")
    try:
        folder = Path(given).is_dir()
    except (OSError, ValueError):
        folder = False  # opening it says why
    if not folder:
        return [(str(Path(given).absolute()), Path(given).name or given)]
    names = [
        name
        for name in scan_folder(given, given).files
        if "/" not in name and extension_of(name) in CONTAINERS | TORCH_FILES
    ]
    if not names:
        raise TraceError(
            "empty", given, "there is no checkpoint in this folder", f"{READABLE_WEIGHTS} files",
            "Give the file itself.",
        )  # fmt: skip
    return [(str(Path(given).absolute() / name), name) for name in names]


def _read_file(path: str, label: str) -> WeightsFile:
    reference = FileReference(path, label)
    extension = extension_of(path)
    if extension in TORCH_FILES:
        return _read_torch(reference)
    if extension not in CONTAINERS:
        reference.open().close()
        raise TraceError(
            "format", label, "its extension is not that of a checkpoint", READABLE_WEIGHTS
        )
    listing = list_file(reference)
    records = tuple(
        TensorRecord(t.key or label, t.shape, t.dtype, label, i, t.load, t.fortran_order)
        for i, t in enumerate(listing.tensors)
    )
    skipped = tuple(
        SkippedFile(f"{label}::{show_name(m.key)}", m.error.code, m.error.sentence)
        for m in listing.skipped
    )
    return WeightsFile(
        label, records, listing.metadata, listing.framework, skipped, repr(listing.identity)
    )


def _read_torch(reference: FileReference) -> WeightsFile:
    """Read a file of ``torch.save``; its archive is checked before torch sees a byte."""
    with reference.open() as source:
        if source.read(0, min(2, source.size)) != b"PK":
            raise TraceError(
                "format", source.label, "this is not an archive as torch.save writes it",
                "a file of PyTorch 1.6 or later",
                "Convert it to .safetensors in a program that you trust.",
            )  # fmt: skip
        if source.size > _MOST_TORCH_BYTES:
            raise TraceError(
                "budget", source.label, f"the file has {source.size:,} bytes",
                f"at most {_MOST_TORCH_BYTES:,}", "Convert it to .safetensors.",
            )  # fmt: skip
        # torch stores its members as they are; a deflated one can claim any size.
        for member in read_directory(source):
            if member.method != STORED:
                raise TraceError(
                    "method", f"{source.label}::{member.name}", "this member is compressed",
                    "stored members, as torch.save writes them",
                )  # fmt: skip
        content = source.read(0, source.size)
        identity = repr(source.identity)
    try:
        # Imported here: loading torch takes seconds, and other formats do not need it.
        from inspector.blocks.torch_checkpoint import read_torch_checkpoint
    except ImportError as error:
        raise TraceError(
            "format", reference.label, "reading it needs the package torch", "torch installed"
        ) from error
    records, skipped = read_torch_checkpoint(content, reference.label)
    return WeightsFile(
        reference.label, records, framework="PyTorch", skipped=skipped, identity=identity
    )
