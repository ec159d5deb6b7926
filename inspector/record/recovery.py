"""Saves a recording whose program was killed before it came to the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inspector.errors import TraceError, UsageError
from inspector.io.limits import MAX_SAFETENSORS_HEADER_BYTES
from inspector.record.side_file import known_facts, places, write_side_file
from inspector.record.stream import PARTIAL, refuse_write


def recover_recording(path: str | Path) -> Path:
    """Give the tensors of an unfinished recording their file.

    Args:
        path: what the recorder was given, or the file ``....safetensors.partial`` itself.

    Returns:
        The file, which now opens like any other; its metadata says that it is not complete.

    Raises:
        UsageError: ``not-found`` when there is no unfinished recording; ``write``.
        TraceError: ``header`` when it holds nothing that can be read.
    """
    given = str(path)
    file, side_file = places(given.removesuffix(PARTIAL))
    partial = file.with_name(file.name + PARTIAL)
    if not partial.is_file():
        raise UsageError("not-found", partial, "there is no unfinished recording of this name")
    try:
        with open(partial, "r+b") as stream:
            room = int.from_bytes(stream.read(8), "little")
            if not 0 < room <= MAX_SAFETENSORS_HEADER_BYTES:
                raise _nothing(partial)
            table = read_partial_table(stream.read(room).decode("utf-8", "replace"), partial)
            metadata = table.pop("__metadata__", {})
            size = stream.seek(0, 2) - 8 - room
            while table and _end(table) > size:
                table.popitem()
            if not table:
                raise _nothing(partial)
            text = json.dumps({"__metadata__": metadata, **table}, separators=(",", ":"))
            stream.seek(8)
            stream.write(text.encode().ljust(room))
            stream.truncate(8 + room + _end(table))
        facts = known_facts(side_file, None)
        framework = metadata.get("framework")
        if framework:
            facts["framework"] = framework
        write_side_file(side_file, facts, list(table))
        partial.replace(file)
    except OSError as error:
        refuse_write(partial, error)
    return file


def read_partial_table(text: str, subject: Path) -> dict[str, Any]:
    """Entries of a table of contents that lacks its end; a torn last entry is dropped.

    Raises:
        TraceError: ``header`` when not one entry can be read.
    """
    text = text.rstrip(" \0")
    for end in ("", "}"):
        try:
            return json.loads(text + end)
        except ValueError:
            continue
    while (cut := text.rfind(',"')) > 0:
        text = text[:cut]
        try:
            return json.loads(text + "}")
        except ValueError:
            continue
    raise _nothing(subject)


def _end(table: dict[str, Any]) -> int:
    return next(reversed(table.values()))["data_offsets"][1] if table else 0


def _nothing(subject: Path) -> TraceError:
    return TraceError("header", subject, "it holds no tensor", "an unfinished recording")
