"""A recording read back, by the package's reader and by the public library."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import safe_open

from inspector.io.trace import open_trace


def read_back(path: Path) -> dict[str, np.ndarray]:
    """Values by name in the order of the file; both readers must find the same names."""
    trace = open_trace(path)
    file = path / "decoder.safetensors" if path.is_dir() else path
    with safe_open(file, "np") as opened:
        assert set(opened.keys()) == {record.name for record in trace}
    assert not trace.skipped
    assert not trace.notes
    return {record.name: record.read() for record in trace}


def metadata(path: Path) -> dict:
    """The free texts of a recording, with its notes as a list."""
    with safe_open(path, "np") as opened:
        found = dict(opened.metadata())
    return {**found, "notes": json.loads(found.get("notes", "[]"))}
