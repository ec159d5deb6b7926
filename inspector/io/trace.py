"""Opens a recording from disk: a folder of arrays, a container or an audio file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from inspector.errors import TraceError
from inspector.io.folder import FolderScan, scan_folder
from inspector.io.formats import READABLE, READERS, extension_of, list_file, stem_of
from inspector.io.listing import Listing, StoredTensor
from inspector.io.rates import check_sample_rate
from inspector.io.sidefile import SIDE_FILE, read_side_file
from inspector.io.source import FileIdentity, FileReference
from inspector.io.trace_names import TraceNames
from inspector.names import show_name
from inspector.tensors import Progress, SkippedFile, TensorRecord, Trace, TraceInfo

_NAMES_IN_NOTE = 3


def open_trace(
    path: str | Path, *, sample_rate_hz: int | None = None, progress: Progress | None = None
) -> Trace:
    """Open a recording; headers are read now, values when a record is read.

    Args:
        path: a folder (subfolders included) of ``.npy``, ``.npz``, ``.safetensors``,
            ``.wav`` and ``.flac`` files, or one such file.  Facts about the whole trace
            come from ``trace.json`` in the folder; beside a single ``x.npz`` from
            ``x.trace.json``, or from ``trace.json`` when no other trace file is there.
        sample_rate_hz: rate of audio stored as tensors, where the side-file says nothing.
        progress: called before every file; may raise `inspector.errors.Cancelled`.

    Returns:
        The trace.  A file or member that cannot be read is in `Trace.skipped`.

    Raises:
        TraceError: ``not-found``, ``open``, ``not-a-file``; ``empty`` when nothing can be
            read; for a single file the code of its reader.
    """
    if sample_rate_hz is not None:
        check_sample_rate(sample_rate_hz)
    given = os.fspath(path)
    if _is_folder(given):
        scan = scan_folder(given, given)
        side_file = SIDE_FILE if scan.side_file else None
        contents = _read_files(Path(given).absolute(), scan.files, side_file, progress)
        _add_refused(contents, scan)
        if not contents.records:
            raise _nothing(given, contents)
    else:
        file = Path(given).absolute()
        side_file = _side_file_beside(file.parent, file.name)
        contents = _read_files(file.parent, (file.name,), side_file, progress)
        if not contents.records:
            raise contents.first_failure or _nothing(given, contents)
    return Trace(
        path=given,
        records=tuple(contents.records),
        info=_with_option(contents, sample_rate_hz),
        skipped=tuple(contents.skipped),
        notes=(*contents.notes, *_tensor_notes(contents.assumptions)),
        identity=contents.digest(),
    )


@dataclass
class _Contents:
    """What was found so far; lives only inside `open_trace`."""

    records: list[TensorRecord] = field(default_factory=list)
    info: TraceInfo = field(default_factory=TraceInfo)
    skipped: list[SkippedFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    assumptions: dict[str, list[str]] = field(default_factory=dict)
    stamps: list[tuple[str, FileIdentity | None]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    frameworks: set[str] = field(default_factory=set)
    first_failure: TraceError | None = None

    def skip(self, file: str, error: TraceError) -> None:
        self.first_failure = self.first_failure or error
        self.skipped.append(SkippedFile(show_name(file), error.code, error.sentence))

    def digest(self) -> str:
        text = repr([(n, (i.size, i.mtime_ns, i.inode) if i else None) for n, i in self.stamps])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_folder(given: str) -> bool:
    if not given:
        raise TraceError("not-found", "path", "no path was given", "a folder or a file")
    try:
        mode = Path(given).stat().st_mode
    except FileNotFoundError as error:
        if not os.path.lexists(given):
            raise TraceError(
                "not-found", given, "there is no such file or folder",
                next_step="Check the path; it is taken from the folder you are in.",
            ) from error  # fmt: skip
        mode = 0
    except (OSError, ValueError):
        mode = 0
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        # Neither a folder nor a file, or out of reach: opening it says which.
        FileReference(given, given).open().close()
    return stat.S_ISDIR(mode)


def _read_files(
    root: Path, files: tuple[str, ...], side_file: str | None, progress: Progress | None
) -> _Contents:
    contents = _Contents()
    if side_file is not None:
        _read_side_file(contents, root, side_file)
        contents.first_failure = None  # a bad side-file does not explain missing tensors
    names = TraceNames(files)
    for number, file in enumerate(files):
        if progress is not None:
            progress(number, len(files), file)
        reference = FileReference(str(root / file), file)
        try:
            listing = list_file(reference)
        except TraceError as error:
            contents.skip(file, error)
            contents.stamps.append((file, _stamp(reference.path)))
        else:
            contents.stamps.append((file, listing.identity))
            _add_listing(contents, names, file, listing)
    if progress is not None:
        progress(len(files), len(files), "")
    if contents.info.framework is None and len(contents.frameworks) == 1:
        contents.info = replace(contents.info, framework=contents.frameworks.pop())
    return contents


def _read_side_file(contents: _Contents, root: Path, side_file: str) -> None:
    reference = FileReference(str(root / side_file), side_file)
    try:
        contents.info, notes, identity = read_side_file(reference)
    except TraceError as error:
        contents.skip(side_file, error)
        contents.stamps.append((side_file, _stamp(reference.path)))
    else:
        contents.notes.extend(notes)
        contents.stamps.append((side_file, identity))


def _add_listing(contents: _Contents, names: TraceNames, file: str, listing: Listing) -> None:
    if listing.framework is not None:
        contents.frameworks.add(listing.framework)
    for member in listing.skipped:
        contents.skip(f"{file}::{member.key}", member.error)
    if not listing.tensors and not listing.skipped:
        contents.skip(file, TraceError("empty", file, "the file holds no tensor"))
    for tensor in listing.tensors:
        name = names.name(file, tensor.key)
        if name in contents.names:
            contents.skip(
                file,
                TraceError("duplicate", name, f"a second tensor of this name is in {file}"),
            )
            continue
        contents.names.add(name)
        contents.records.append(_record(name, file, len(contents.records), tensor))
        if tensor.note:
            contents.assumptions.setdefault(tensor.note, []).append(name)


def _record(name: str, file: str, index: int, tensor: StoredTensor) -> TensorRecord:
    return TensorRecord(
        name=name,
        shape=tensor.shape,
        dtype=tensor.dtype,
        file=file,
        index=index,
        load=tensor.load,
        fortran_order=tensor.fortran_order,
        sample_rate_hz=tensor.sample_rate_hz,
    )


def _add_refused(contents: _Contents, scan: FolderScan) -> None:
    for error in scan.refused:
        contents.skip(error.subject, error)
        contents.stamps.append((error.subject, None))
    for name in scan.nested_side_files:
        contents.notes.append(
            f"{show_name(name)} is not used: only the side-file of the opened folder counts."
        )


def _nothing(given: str, contents: _Contents) -> TraceError:
    found = "there is nothing in it that can be read"
    if contents.skipped:
        first = contents.skipped[0]
        count = len(contents.skipped)
        found += f" ({count:,} {'entry was' if count == 1 else 'entries were'} skipped)"
        return TraceError("empty", given, found, READABLE, f"The first: {first.sentence}")
    return TraceError(
        "empty", given, found, f"{READABLE} files", "Point at the folder that holds the recording."
    )


def _side_file_beside(root: Path, name: str) -> str | None:
    """The side-file of a single file: its own, or that of a folder it has to itself."""
    own = f"{stem_of(name)}.{SIDE_FILE}"
    if os.path.lexists(root / own):
        return own
    if not os.path.lexists(root / SIDE_FILE):
        return None
    try:
        with os.scandir(root) as entries:
            others = any(e.name != name and extension_of(e.name) in READERS for e in entries)
    except OSError:
        return None
    return None if others else SIDE_FILE


def _stamp(path: str) -> FileIdentity | None:
    try:
        return FileIdentity.of(Path(path).stat())
    except (OSError, ValueError):
        return None


def _with_option(contents: _Contents, sample_rate_hz: int | None) -> TraceInfo:
    info = contents.info
    if sample_rate_hz is None:
        return info
    if info.sample_rate_hz is None:
        return replace(info, sample_rate_hz=sample_rate_hz)
    if info.sample_rate_hz != sample_rate_hz:
        contents.notes.append(
            f"The side-file says {info.sample_rate_hz} Hz, so the option {sample_rate_hz} Hz "
            "is not used."
        )
    return info


def _tensor_notes(assumptions: dict[str, list[str]]) -> Iterable[str]:
    for clause, names in assumptions.items():
        shown = ", ".join(show_name(name, 60) for name in names[:_NAMES_IN_NOTE])
        more = len(names) - _NAMES_IN_NOTE
        yield f"{shown}{f' and {more:,} more' if more > 0 else ''}: {clause}."
