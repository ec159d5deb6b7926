"""One self-erasing progress line on a terminal, nothing elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from inspector.names import show_name
from inspector.tensors import Progress

_INTERVAL_S = 0.1


@contextlib.contextmanager
def terminal_progress() -> Iterator[Progress | None]:
    """Yield a progress callback that rewrites one line of stderr; None when it is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    last = 0.0

    def report(_done: int, _total: int, what: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _INTERVAL_S:
            last = now
            sys.stderr.write(f"\r\x1b[K{show_name(what, 78)}")
            sys.stderr.flush()

    try:
        yield report
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
