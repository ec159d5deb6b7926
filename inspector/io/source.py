"""The one door through which every input file is opened and read.

Memory-mapping a file that another program truncates kills the process, and a file
that is rewritten while it is read mixes two recordings.  So bytes are read at
positions into our own memory, and the identity of the file (size, modification
time, inode) is compared before and after.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from types import TracebackType

from inspector.errors import TraceError

_OPEN_FLAGS = (
    os.O_RDONLY
    # Opening a FIFO for reading blocks until somebody writes to it, unless O_NONBLOCK.
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_BLOCK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class FileIdentity:
    """What must stay the same between two reads of one file."""

    size: int
    mtime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, facts: os.stat_result) -> FileIdentity:
        """The identity in the result of `os.stat` or `os.fstat`."""
        return cls(facts.st_size, facts.st_mtime_ns, facts.st_ino, facts.st_dev)


@dataclass(frozen=True)
class FileReference:
    """A file whose header was read: where it is and what it must still be.

    Attributes:
        path: absolute path.
        label: name inside the trace, for messages.
        identity: what the file was when it was listed; None before that.
    """

    path: str
    label: str
    identity: FileIdentity | None = None

    def open(self) -> Source:
        """Open the file; it must still be the file that was listed.

        Raises:
            TraceError: ``not-found``, ``open``, ``not-a-file``, ``changed``, ``truncated``.
        """
        return Source(self)


class Source:
    """A regular file opened for positioned reads; use it in a ``with`` block.

    Leaving the block checks that the file did not change meanwhile, also when the
    block failed: garbage read from a half-written file is then reported as a change.
    """

    def __init__(self, reference: FileReference) -> None:
        self.path = reference.path
        self.label = reference.label
        self._descriptor = _open_descriptor(reference)
        try:
            facts = os.fstat(self._descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise TraceError(
                    "not-a-file", self.label, f"this is {_kind(facts.st_mode)}", "a regular file"
                )
            self.identity = FileIdentity.of(facts)
            if reference.identity is not None:
                _compare(self.label, reference.identity, self.identity)
        except BaseException:
            os.close(self._descriptor)
            raise

    @property
    def size(self) -> int:
        """Size of the file when it was opened, in bytes."""
        return self.identity.size

    def reference(self) -> FileReference:
        """A reference that later opens must agree with."""
        return FileReference(self.path, self.label, self.identity)

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes at `offset`; the caller has capped `length`.

        Raises:
            TraceError: ``truncated`` when the file ends before, ``read`` when the disk fails.
        """
        self._check_span(offset, length)
        buffer = bytearray(length)
        self._read_into(memoryview(buffer), offset)
        return bytes(buffer)

    def reader(self, offset: int, length: int) -> SpanReader:
        """A sequential reader of the `length` bytes at `offset`.

        Raises:
            TraceError: ``truncated`` when the file ends before.
        """
        self._check_span(offset, length)
        return SpanReader(self, offset, offset + length)

    def verify(self) -> None:
        """Check that the file is still the one that was opened.

        Raises:
            TraceError: ``truncated`` when it became shorter, else ``changed``.
        """
        _compare(self.label, self.identity, FileIdentity.of(os.fstat(self._descriptor)))

    def _check_span(self, offset: int, length: int) -> None:
        if length < 0 or offset < 0 or offset + length > self.size:
            raise TraceError(
                "truncated",
                self.label,
                f"the file has {self.size:,} bytes",
                f"at least {offset + length:,}",
                "It was probably not written to its end; record it again.",
            )

    def _read_into(self, view: memoryview, offset: int) -> None:
        done = 0
        while done < len(view):
            try:
                count = _read_block(self._descriptor, view[done:], offset + done)
            except OSError as error:
                raise TraceError(
                    "read", self.label, f"the disk refused to read it ({error.strerror})"
                ) from error
            if count == 0:
                self.verify()
                raise TraceError(
                    "truncated",
                    self.label,
                    f"the file ended at byte {offset + done:,}",
                    f"{offset + len(view):,} bytes or more",
                )
            done += count

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None or isinstance(error, TraceError):
                self.verify()
        finally:
            self.close()

    def close(self) -> None:
        """Give the descriptor back; leaving a ``with`` block does it."""
        os.close(self._descriptor)


class SpanReader:
    """Reads a span of a source from its beginning to its end."""

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self._source = source
        self._position = start
        self._stop = stop

    @property
    def remaining(self) -> int:
        """Bytes not read yet."""
        return self._stop - self._position

    def fill(self, view: memoryview) -> None:
        """Fill `view` with the next ``len(view)`` bytes.

        Raises:
            TraceError: ``truncated`` when the span ends before.
        """
        if len(view) > self.remaining:
            raise TraceError(
                "truncated",
                self._source.label,
                f"{self.remaining:,} bytes are left",
                f"{len(view):,}",
            )
        self._source._read_into(view, self._position)
        self._position += len(view)

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes; the caller has capped `length`."""
        buffer = bytearray(length)
        self.fill(memoryview(buffer))
        return bytes(buffer)


def _open_descriptor(reference: FileReference) -> int:
    try:
        return os.open(reference.path, _OPEN_FLAGS)
    except FileNotFoundError as error:
        if reference.identity is not None:
            raise TraceError(
                "changed", reference.label, "the file is gone since the trace was opened"
            ) from error
        if os.path.lexists(reference.path):
            raise TraceError(
                "open", reference.label, "this is a link to a file that does not exist"
            ) from error
        raise TraceError("not-found", reference.label, "there is no such file") from error
    except OSError as error:
        raise TraceError("open", reference.label, _why_not_opened(error)) from error
    except ValueError as error:  # a NUL or an unpaired surrogate in the path
        raise TraceError("open", reference.label, "this is not a possible path") from error


def _why_not_opened(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "you have no permission to read it"
    if error.errno == errno.ELOOP:
        return "this link leads back to itself"
    return f"it cannot be opened ({error.strerror})"


def _read_block(descriptor: int, view: memoryview, offset: int) -> int:
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [view], offset)
    block = os.pread(descriptor, min(len(view), _BLOCK_BYTES), offset)
    view[: len(block)] = block
    return len(block)


def _compare(label: str, before: FileIdentity, after: FileIdentity) -> None:
    if before == after:
        return
    code = "truncated" if after.size < before.size else "changed"
    found = "the file was changed while it was open"
    if before.size != after.size:
        found += f": it had {before.size:,} bytes and now has {after.size:,}"
    raise TraceError(
        code, label, found, next_step="Open the trace again once the recording is complete."
    )


def _kind(mode: int) -> str:
    for test, name in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return name
    return "something else"
