"""A safetensors file written one tensor at a time, in bounded memory.

The format wants the table of contents before the values (huggingface.co/docs/safetensors,
"Format").  So room for the largest table that readers accept is set aside first, filled with
spaces, which the format allows after the table; every tensor appends its values to the file
and its entry to the table.  What is on disk is therefore complete but for the last brace at
any time (see `inspector.record.recovery`), and the finished file gets its name only when it
is whole.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NoReturn

from inspector.errors import UsageError
from inspector.io.limits import MAX_SAFETENSORS_HEADER_BYTES, MAX_TENSORS
from inspector.record.values import StoredValue

PARTIAL = ".partial"
CODES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e8m0fnu": "F8_E8M0",
    "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64",
    "uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64",
    "bool": "BOOL", "complex64": "C64",
}  # fmt: skip
_FULL = {errno.ENOSPC: "disk-full", errno.EDQUOT: "disk-full", errno.EFBIG: "disk-full"}
_METADATA_ROOM = 64 * 1024
_REWRITTEN_BELOW = 256 * 1024 * 1024
_BLOCK = 1024 * 1024


class TableFull(Exception):
    """The table of contents has no room for another tensor."""


class TensorStream:
    """Writes ``<path>.partial`` and renames it to `path` when it is finished.

    Args:
        path: name of the finished file.
        metadata: free texts, in case the writing never comes to its end.
        table_bytes: room for the table of contents.

    Raises:
        UsageError: ``exists`` when such a partial file is there; ``disk-full`` or ``write``.
    """

    def __init__(self, path: Path, metadata: Mapping[str, str], table_bytes: int = 0) -> None:
        self.path = path
        self.partial = path.with_name(path.name + PARTIAL)
        self.count = 0
        self.value_bytes = 0
        self._room = table_bytes or MAX_SAFETENSORS_HEADER_BYTES
        self._entries: list[bytes] = []
        self._table_end = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            refuse_write(path.parent, error)
        try:
            self._file: BinaryIO = self.partial.open("xb", buffering=0)
        except FileExistsError as error:
            raise UsageError(
                "exists", self.partial, "this recording was not finished, or is still running",
                "one recording at a time",
                "Save what it holds with inspector.record.recover_recording, or delete it.",
            ) from error  # fmt: skip
        except OSError as error:
            refuse_write(self.partial, error)
        try:
            self._write(0, self._room.to_bytes(8, "little"))
            for at in range(0, self._room, _BLOCK):
                self._write(8 + at, b" " * min(_BLOCK, self._room - at))
            self._put_entry(b"{" + _entry("__metadata__", dict(metadata)))
        except BaseException:
            self.discard()
            raise

    def add(self, name: str, value: StoredValue) -> None:
        """Append one tensor; `name` is new.

        Raises:
            TableFull: the file holds as many tensors as a reader accepts.
            UsageError: ``disk-full`` or ``write``; what was there before stays readable.
        """
        size = len(value.data)
        entry = b"," + _entry(
            name,
            {
                "dtype": CODES[value.dtype],
                "shape": list(value.shape),
                "data_offsets": [self.value_bytes, self.value_bytes + size],
            },
        )
        too_long = self._table_end + len(entry) > self._room - _METADATA_ROOM
        if self.count >= MAX_TENSORS or too_long:
            raise TableFull
        self._write(8 + self._room + self.value_bytes, value.data)
        self._put_entry(entry)
        self._entries.append(entry)
        self.value_bytes += size
        self.count += 1

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Complete the table, give the file its name.

        Raises:
            UsageError: ``disk-full`` or ``write``.
        """
        table = b"{" + _entry("__metadata__", dict(metadata)) + b"".join(self._entries) + b"}"
        if len(table) > self._room:  # notes without end; the tensors matter more
            table = b"{" + _entry("__metadata__", {}) + b"".join(self._entries) + b"}"
        source = self.partial
        if self.value_bytes <= _REWRITTEN_BELOW:
            source = self._rewrite(table) or source
        if source == self.partial:
            self._write(8, table.ljust(self._table_end))  # what follows is spaces already
        try:
            self._file.truncate(8 + self._room + self.value_bytes)
            os.fsync(self._file.fileno())
            self._file.close()
            source.replace(self.path)
            if source != self.partial:
                self.partial.unlink()
        except OSError as error:
            refuse_write(self.path, error)

    def discard(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self.partial.unlink(missing_ok=True)

    def _rewrite(self, table: bytes) -> Path | None:
        """A copy without the spare room; None when the disk has no space for it."""
        copy = self.partial.with_name(f"{self.partial.name}.short")
        table = table.ljust(-(-len(table) // 8) * 8)
        try:
            with open(self.partial, "rb") as source, open(copy, "wb") as target:
                source.seek(8 + self._room)
                target.write(len(table).to_bytes(8, "little") + table)
                left = self.value_bytes
                while left:
                    block = source.read(min(left, _BLOCK))
                    if not block:
                        raise OSError(errno.EIO, "the values are gone")
                    target.write(block)
                    left -= len(block)
                target.flush()
                os.fsync(target.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                copy.unlink(missing_ok=True)
            return None
        return copy

    def _put_entry(self, entry: bytes) -> None:
        self._write(8 + self._table_end, entry)
        self._table_end += len(entry)

    def _write(self, offset: int, data: bytes | memoryview) -> None:
        view = memoryview(data)
        try:
            self._file.seek(offset)
            done = 0
            while done < len(view):
                done += self._file.write(view[done : done + _BLOCK]) or 0
        except OSError as error:
            with contextlib.suppress(OSError):  # give the space of the torn tensor back
                self._file.truncate(8 + self._room + self.value_bytes)
            refuse_write(self.path, error)


def _entry(name: str, fields: Mapping[str, object]) -> bytes:
    return f"{json.dumps(name)}:{json.dumps(fields, separators=(',', ':'))}".encode()


def refuse_write(path: Path, error: OSError) -> NoReturn:
    """Say what the disk refused, as one sentence.

    Raises:
        UsageError: ``disk-full`` or ``write``.
    """
    if error.errno in _FULL:
        raise UsageError(
            "disk-full", path, "the disk is full, or the file larger than allowed",
            "room for the recording",
            "Free space, or record less: include, level, steps, rows, max_bytes.",
        ) from error  # fmt: skip
    raise UsageError(
        "write", path, f"it cannot be written ({error.strerror})", "a folder you may write to"
    ) from error
