"""The files below a folder, in a stable order and with bounded work."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import TraceError
from inspector.io.limits import MAX_DEPTH, MAX_FILES
from inspector.io.sidefile import SIDE_FILE

_SILENT_NAMES = re.compile(
    r"\..*|readme.*|license.*|.*\.md|thumbs\.db|desktop\.ini|__macosx|.*\.safetensors\.index\.json",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class FolderScan:
    """What lies below a folder.

    Attributes:
        files: names relative to the folder, with ``/``, in natural order (step2 before
            step10).
        refused: entries that are not followed, with the reason.
        side_file: the folder has a side-file of its own.
        nested_side_files: side-files of subfolders, which are not used.
    """

    files: tuple[str, ...]
    refused: tuple[TraceError, ...] = ()
    side_file: bool = False
    nested_side_files: tuple[str, ...] = ()


def scan_folder(path: str, label: str) -> FolderScan:
    """List the files below `path`; hidden files and known companions are left out.

    Links to files are followed, links to folders are not: they can lead in a circle.

    Raises:
        TraceError: ``open`` when the folder itself cannot be listed; ``count``.
    """
    files: list[str] = []
    refused: list[TraceError] = []
    side_files: list[str] = []
    seen = 0
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(Path(path) / folder) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_FILES:
                        raise TraceError(
                            "count", label, f"the folder holds more than {MAX_FILES:,} files",
                            "one recording",
                        )  # fmt: skip
                    name = f"{folder}/{entry.name}" if folder else entry.name
                    if _SILENT_NAMES.fullmatch(entry.name):
                        continue
                    if not _is_text(name):
                        refused.append(
                            TraceError(
                                "name", name, "the name of this file is not UTF-8 text",
                                next_step="Rename it.",
                            )
                        )  # fmt: skip
                    elif entry.is_dir(follow_symlinks=False):
                        if name.count("/") >= MAX_DEPTH:
                            refused.append(_too_deep(name))
                        else:
                            waiting.append(name)
                    elif _leads_to_folder(entry):
                        refused.append(
                            TraceError("link", name, "links to folders are not followed")
                        )
                    elif entry.name == SIDE_FILE or entry.name.endswith(f".{SIDE_FILE}"):
                        side_files.append(name)
                    else:
                        files.append(name)
        except OSError as error:
            failure = TraceError(
                "open", folder or label, f"this folder cannot be listed ({error.strerror})"
            )
            if not folder:
                raise failure from error
            refused.append(failure)
    return FolderScan(
        files=tuple(sorted(files, key=natural_key)),
        refused=tuple(sorted(refused, key=lambda error: natural_key(error.subject))),
        side_file=SIDE_FILE in side_files,
        nested_side_files=tuple(
            sorted(name for name in side_files if name.endswith(f"/{SIDE_FILE}"))
        ),
    )


def natural_key(name: str) -> tuple[tuple[str | int, ...], str]:
    """A sort key by which numbers inside names count as numbers."""
    parts = re.split(r"([0-9]+)", name)
    # The odd parts are runs of digits; int() refuses more than some thousands of them.
    values = [int(part[:1000]) if i % 2 else part for i, part in enumerate(parts)]
    return tuple(values), name


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself; reading it as a file says so
        return False


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _too_deep(name: str) -> TraceError:
    return TraceError(
        "depth", name, f"this folder lies more than {MAX_DEPTH} levels deep and was not read",
        next_step="Open it by itself.",
    )  # fmt: skip
