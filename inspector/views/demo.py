"""The bundled gallery: pairs that show one mistake each, or none."""

from __future__ import annotations

import json
from pathlib import Path

DEMO = Path(__file__).resolve().parents[2] / "traces" / "demo"
_PATHS = ("reference", "candidate", "checkpoint")


def read_gallery(folder: Path = DEMO) -> list[dict[str, str]]:
    """Entries of ``gallery.json`` with full paths; none where the demo is not installed."""
    listing = folder / "gallery.json"
    if not listing.is_file():
        return []
    entries = json.loads(listing.read_text(encoding="utf-8"))
    return [
        {key: str(folder / value) if key in _PATHS else value for key, value in entry.items()}
        for entry in entries
    ]
