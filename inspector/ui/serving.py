"""``serve``: the Python door to the page, with the options of the command."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from inspector import api
from inspector.errors import UsageError
from inspector.ui.opening import OpenRequest
from inspector.ui.server import DEFAULT_PORT, ServeSettings, run_server, say_ready

DEMO = Path(__file__).resolve().parents[2] / "traces" / "demo"
"""The bundled recordings and their checkpoint, beside the package in a checkout."""

_DEMO_REFERENCE, _DEMO_CANDIDATE = "reference", "story-unloaded-weights"
_DEMO_CHECKPOINT = "decoder.safetensors"


def serve(
    reference: str | Path | None = None,
    candidate: str | Path | None = None,
    *,
    checkpoint: str | Path | None = None,
    config: str | Path | None = None,
    implementation: Sequence[str] = (),
    command: Sequence[str] = (),
    timeout: float = 60.0,
    port: int = DEFAULT_PORT,
    root: tuple[str, ...] = (),
    open_browser: bool = True,
) -> None:
    """Serve the page on 127.0.0.1 until interrupted.

    The options are those of ``inspector serve``.

    Args:
        reference, candidate: traces to open first; the bundled demo when both are None.
        checkpoint: weights of the reference, for the block lab and the culprit search; those
            of the demo when it opens.
        config: JSON file with what the weights cannot tell.
        implementation, command, timeout: your own code for the block lab, as for
            `inspector.api.run_plan`; the page can choose it and cannot name any other.
        port: preferred port; the next free one when it is taken.
        root: folders whose content may be opened by path; the working folder when empty.
            The traces given here may be opened in any case.
        open_browser: open the page in the default browser.

    Raises:
        UsageError: only one of two traces is given, a configuration without its checkpoint,
            the bundled demo is not there, an implementation does not fit, a root does not
            exist, or no port is free.
    """
    first, second = _pair(reference, candidate)
    if config is not None and checkpoint is None:
        raise UsageError(
            "config", config, "a configuration is given without its checkpoint", "",
            "Give the checkpoint too: --checkpoint W --config C.",
        )  # fmt: skip
    if reference is None and checkpoint is None:
        checkpoint = DEMO / _DEMO_CHECKPOINT

    api.offer_implementations(implementation, command, timeout)

    def announce(url: str) -> None:
        say_ready(url)
        if open_browser:
            # In a thread: a text browser in the terminal would block the server.
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    settings = ServeSettings(
        start=OpenRequest(first, second), roots=tuple(root), port=port,
        checkpoint=str(checkpoint or ""), config=str(config or ""),
    )  # fmt: skip
    run_server(settings, announce=announce)


def _pair(reference: str | Path | None, candidate: str | Path | None) -> tuple[str, str]:
    if reference is not None and candidate is not None:
        return str(reference), str(candidate)
    if reference is not None or candidate is not None:
        raise UsageError(
            "pair", reference or candidate, "only one trace is given",
            "a reference and a candidate, or neither for the demo",
        )  # fmt: skip
    first, second = DEMO / _DEMO_REFERENCE, DEMO / _DEMO_CANDIDATE
    if not first.is_dir() or not second.is_dir():
        raise UsageError(
            "demo", "demo", "the bundled traces are not beside this installation", "",
            "Give two traces: inspector serve REFERENCE CANDIDATE.",
        )  # fmt: skip
    return str(first), str(second)
