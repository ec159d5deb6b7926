"""Where the real recordings are, for tests that use them when they are present."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def real_trace(name: str) -> Path:
    """Return the folder of one real recording, or skip the test with a reason.

    The recordings belong to a real port and are not part of this project: they are
    looked for under ``INSPECTOR_REAL_TRACES``, else beside the checkout in
    ``shared/real``.
    """
    root = Path(os.environ.get("INSPECTOR_REAL_TRACES") or _ROOT.parent / "shared" / "real")
    folder = root / name
    if not folder.is_dir():
        pytest.skip(f"real recording '{name}' is not present (set INSPECTOR_REAL_TRACES)")
    return folder
