"""Which files and folders a path field may open.

A path typed into the page is opened by this program with the rights of its user, so it
must lie inside folders that were named at the start.  Everything else, whether it exists
or not, gets one and the same answer, so that the answer reveals nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import UsageError
from inspector.names import show_name

_MAX_ENTRIES = 100_000
_MAX_DEPTH = 8
# Kernel interfaces are never traces, also when somebody allows the whole disk.
_NEVER = ("/proc", "/sys", "/dev")


@dataclass(frozen=True)
class AllowedPath:
    """A file or folder inside the allowed roots.

    Attributes:
        path: absolute path without links.
        fingerprint: (relative name, size in bytes, modification time in ns) of every
            file below, sorted; equal fingerprints mean that nothing was touched.
    """

    path: str
    fingerprint: tuple[tuple[str, int, int], ...]


class PathPolicy:
    """The folders whose content may be opened by path.

    Args:
        roots: folders, or single files, that may be opened.
        base: folder that relative paths start from; the first root when not given.

    Raises:
        UsageError: a root does not exist.
    """

    def __init__(self, roots: Iterable[str | Path], base: str | Path | None = None) -> None:
        real = tuple(dict.fromkeys(os.path.realpath(root) for root in roots))
        for root in real:
            if not Path(root).exists():
                raise UsageError(
                    "root", root, "this allowed folder does not exist", "an existing folder"
                )
        self.roots = real
        self._base = os.path.realpath(base) if base else (real[0] if real else os.sep)

    def resolve(self, text: str, field: str) -> AllowedPath:
        """Return the file or folder that `text` names.

        Args:
            text: what was typed: absolute, or relative to the base folder.  ``~`` and
                variables are not expanded.
            field: name of the path field, for the message.

        Raises:
            UsageError: code ``path``, the same for everything outside or missing; code
                ``link`` for a folder that holds a link leading out of the roots.
        """
        typed = text.strip().strip("\"'")
        if not typed:
            raise UsageError(
                "path", field, "no path is given", "a file or a folder", self._where_to_look()
            )
        real = self._inside(typed)
        if real is None:
            raise UsageError(
                "path", field, "there is nothing to open at this place inside the allowed folders",
                "a trace folder or file", self._where_to_look(),
            )  # fmt: skip
        return AllowedPath(real, tuple(sorted(self._files(real, field))))

    def recheck(self, allowed: AllowedPath, field: str) -> None:
        """Make sure that nothing was exchanged since `resolve`.

        Raises:
            UsageError: the place is gone, leads elsewhere, or its files changed.
        """
        try:
            same = self.resolve(allowed.path, field) == allowed
        except UsageError:
            same = False
        if not same:
            raise UsageError(
                "changed", field, "the files changed while they were being read",
                "files at rest", "Wait until the recording is written, then open it again.",
            )  # fmt: skip

    def _inside(self, typed: str) -> str | None:
        """The real path of `typed` if it exists and lies inside a root, else None."""
        try:
            real = os.path.realpath(Path(self._base, typed), strict=True)
            mode = Path(real).stat().st_mode
        except (OSError, ValueError):
            return None
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return None
        return real if self._covers(real) else None

    def _covers(self, real: str) -> bool:
        """True when `real`, a path without links, is a root or lies below one."""
        if any(real == never or real.startswith(never + "/") for never in _NEVER):
            return False
        return any(real == root or real.startswith(root.rstrip(os.sep) + os.sep)
                   for root in self.roots)  # fmt: skip

    def _files(self, real: str, field: str) -> Iterator[tuple[str, int, int]]:
        """Every regular file at or below `real`, without following folders out of it."""
        if not Path(real).is_dir():
            yield _entry("", real)
            return
        seen = 0
        pending = [(real, 0)]
        while pending:
            folder, depth = pending.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = list(listing)
            except OSError:
                continue  # the reader names what it cannot read
            for entry in entries:
                seen += 1
                if seen > _MAX_ENTRIES:
                    raise UsageError(
                        "count", field, f"more than {_MAX_ENTRIES:,} files in this folder",
                        "one recorded run", "Name the folder of the run itself.",
                    )  # fmt: skip
                target = os.path.realpath(entry.path)
                if not self._covers(target):
                    raise UsageError(
                        "link", field, f"{show_name(entry.name)} is a link that leaves the "
                        "allowed folders", "files inside the allowed folders",
                        self._where_to_look(),
                    )  # fmt: skip
                if entry.is_dir(follow_symlinks=False):
                    if depth < _MAX_DEPTH:
                        pending.append((entry.path, depth + 1))
                elif Path(target).is_file():
                    yield _entry(os.path.relpath(entry.path, real), target)

    def _where_to_look(self) -> str:
        shown = ", ".join(show_name(root) for root in self.roots[:4])
        return (
            f"Allowed: {shown or 'nothing'}. Start the server with --root FOLDER to allow another."
        )


def _entry(relative: str, path: str) -> tuple[str, int, int]:
    try:
        facts = Path(path).stat()
    except OSError:
        return relative, -1, -1
    return relative, facts.st_size, facts.st_mtime_ns
