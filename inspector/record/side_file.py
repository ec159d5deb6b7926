"""The side-file of a recording: facts that the tensors do not say themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inspector.errors import TraceError, UsageError
from inspector.io.limits import MAX_SIDE_FILE_BYTES
from inspector.io.sidefile import SIDE_FILE, parse_side_file
from inspector.io.source import FileReference
from inspector.io.strict_json import parse_json
from inspector.names import show_name
from inspector.record.stream import refuse_write

CONTAINER = "decoder.safetensors"


def places(path: str | Path) -> tuple[Path, Path]:
    """Where the tensors and the facts of a recording go.

    ``x.safetensors`` has its facts in ``x.trace.json``; a folder gets ``decoder.safetensors``
    and ``trace.json``, which may be there already and is then completed.

    Raises:
        UsageError: ``name`` when the path is neither.
    """
    given = Path(os.fspath(path))
    if given.is_dir() or not given.suffix:
        return given / CONTAINER, given / SIDE_FILE
    if given.suffix != ".safetensors":
        raise UsageError(
            "name", given, f"a recording cannot be a file of type {show_name(given.suffix, 20)}",
            "a name that ends in .safetensors, or a folder",
        )  # fmt: skip
    return given, given.with_name(f"{given.stem}.{SIDE_FILE}")


def known_facts(side_file: Path, facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """The facts already in `side_file`, completed by `facts`, whose word counts.

    Raises:
        UsageError: ``facts`` when one of them is unknown or wrong.
        TraceError: the side-file that is there cannot be read.
    """
    given = dict(facts or {})
    try:
        given = json.loads(json.dumps(given))
        _, notes = parse_side_file(given, "facts")
    except (TypeError, ValueError, TraceError) as error:
        reason = error.found if isinstance(error, TraceError) else str(error)
        expected = error.expected if isinstance(error, TraceError) else "plain JSON values"
        raise UsageError("facts", "facts", reason, expected) from error
    if notes:
        raise UsageError("facts", "facts", notes[0].removeprefix("facts: "), "keys of trace.json")
    old = _read(side_file) if side_file.name == SIDE_FILE and side_file.exists() else {}
    layouts = {**(old.get("layouts") or {}), **(given.get("layouts") or {})}
    return {**old, **given, **({"layouts": layouts} if layouts else {})}


def write_side_file(side_file: Path, facts: Mapping[str, Any], order: Sequence[str]) -> str:
    """Write the facts and the order of execution; return a note, or an empty text.

    An order that would make the file larger than a reader accepts is left out: the tensors
    themselves lie in that order.

    Raises:
        UsageError: ``disk-full`` or ``write``.
    """
    note = ""
    content = {**facts, "order": list(order)}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    if len(text.encode()) > MAX_SIDE_FILE_BYTES:
        content.pop("order")
        text = json.dumps(content, indent=1, ensure_ascii=False)
        note = "The order of execution is not in the side-file, only in the order of the tensors."
    temporary = side_file.with_name(f"{side_file.name}.partial")
    try:
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(side_file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        refuse_write(side_file, error)
    return note


def _read(side_file: Path) -> dict[str, Any]:
    with FileReference(str(side_file), str(side_file)).open() as source:
        raw = source.read(0, min(source.size, MAX_SIDE_FILE_BYTES + 1))
    text = raw.decode("utf-8-sig", "replace")
    value = parse_json(text, str(side_file), "side-file")
    parse_side_file(value, str(side_file))
    return dict(value)
