"""The server: settings that no environment variable overrides, start, and a clean end."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from inspector.errors import UsageError
from inspector.ui.gallery import Gallery
from inspector.ui.guard import Guard
from inspector.ui.lab_routes import make_lab_routes
from inspector.ui.match_request import Pairing
from inspector.ui.match_routes import make_match_routes
from inspector.ui.opening import Opener, OpenRequest
from inspector.ui.paths import PathPolicy
from inspector.ui.routes import make_routes
from inspector.ui.runs import RunCache
from inspector.ui.uploads import MAX_FILE_BYTES, UploadStore

ADDRESS = "127.0.0.1"
DEFAULT_PORT = 7860
_PORTS_TO_TRY = 20
_GRACE_S = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServeSettings:
    """What a server is started with.

    Attributes:
        start: the pair that a fresh page opens; None = it waits for the user.
        roots: folders whose content may be opened by path, besides the pair itself; the
            working folder when empty.
        port: preferred port; the next free one when it is taken.
        runs_held: how many comparisons stay in memory.
        max_upload_bytes: largest file that may be uploaded.
        checkpoint: weights of the reference of the start pair, unless that names its own.
        config: JSON file with what these weights cannot tell.
    """

    start: OpenRequest | None = None
    roots: tuple[str, ...] = ()
    port: int = DEFAULT_PORT
    runs_held: int = 4
    max_upload_bytes: int = MAX_FILE_BYTES
    checkpoint: str = ""
    config: str = ""

    @property
    def opening(self) -> OpenRequest | None:
        """The start pair with its checkpoint."""
        if self.start is None or self.start.checkpoint or not self.checkpoint:
            return self.start
        return replace(self.start, checkpoint=self.checkpoint, config=self.config)


class RunningServer:
    """A started server: its address, and how to stop it.

    Attributes:
        url: address of the page.
        port: the port it listens on.
    """

    def __init__(self, server: Any, thread: threading.Thread, port: int) -> None:
        self._server = server
        self._thread = thread
        self.port = port
        self.url = f"http://{ADDRESS}:{port}/"

    def stop(self) -> None:
        """Stop the server and wait until its folder is removed."""
        self._server.should_exit = True
        self._thread.join(timeout=10 * _GRACE_S)

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def say_ready(url: str) -> None:
    """Tell the terminal where the page is."""
    sys.stdout.write(f"The inspector is ready: {url} (Ctrl-C ends it)\n")
    sys.stdout.flush()


def run_server(
    settings: ServeSettings,
    *,
    api: Any = None,
    announce: Callable[[str], None] = say_ready,
) -> None:
    """Serve the page until Ctrl-C.

    Args:
        settings: what to serve.
        api: the facade; `inspector.api` when None.
        announce: called with the address when the page can be opened.

    Raises:
        UsageError: a root does not exist, or no port is free.
    """
    with _prepared(settings, api) as (server, listener, port):
        server.when_ready = lambda: announce(f"http://{ADDRESS}:{port}/")
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def start_in_thread(
    settings: ServeSettings, *, api: Any = None, timeout_s: float = 60.0
) -> RunningServer:
    """Serve the page from a background thread; for tests and notebooks.

    Returns when the page answers.

    Raises:
        UsageError: as for `run_server`, or the server did not start in time.
    """
    ready = threading.Event()
    started: dict[str, Any] = {}

    def work() -> None:
        try:
            with _prepared(settings, api) as (server, listener, port):
                started.update(server=server, port=port)
                server.when_ready = ready.set
                server.run(sockets=[listener])
        except Exception as error:  # noqa: BLE001 - handed to whoever starts the server
            started["error"] = error
            if ready.is_set():
                _log.exception("the server stopped")
        finally:
            ready.set()

    thread = threading.Thread(target=work, name="inspector-server", daemon=True)
    thread.start()
    if not ready.wait(timeout_s) or "error" in started:
        raise started.get("error") or UsageError("start", "server", "it did not start in time")
    return RunningServer(started["server"], thread, started["port"])


@contextlib.contextmanager
def _prepared(settings: ServeSettings, api: Any) -> Iterator[tuple[Any, socket.socket, int]]:
    """A server that only needs to run, its socket and its port; cleans up afterwards."""
    uploads = UploadStore()
    try:
        with _quiet_gradio(uploads.incoming):
            listener, port = _listen(settings.port)
            with listener:
                yield _make_server(_make_app(settings, api, uploads, port)), listener, port
    finally:
        uploads.close()


@contextlib.contextmanager
def _quiet_gradio(incoming: Path) -> Iterator[None]:
    """Set what Gradio reads from the environment, and nothing else, for the time of a server.

    Gradio reads some variables at import, some when a page is built and some when it is
    served.  What has an argument is given as an argument; the rest is set here.
    """
    wanted = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": str(incoming)}
    unwanted = (
        "GRADIO_SHARE", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_ROOT_PATH",
        "GRADIO_ALLOWED_PATHS", "GRADIO_BLOCKED_PATHS", "GRADIO_MCP_SERVER", "GRADIO_SSR_MODE",
        "GRADIO_RUN_HISTORY", "GRADIO_HISTORY_BUCKET", "GRADIO_WATCH_DIRS", "GRADIO_VIBE_MODE",
        "GRADIO_LOCAL_DEV_MODE", "GRADIO_PROFILING", "GRADIO_DEBUG",
    )  # fmt: skip
    before = {name: os.environ.get(name) for name in (*wanted, *unwanted)}
    os.environ.update(wanted)
    for name in unwanted:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _make_app(settings: ServeSettings, api: Any, uploads: UploadStore, port: int) -> Guard:
    """The whole application, the guard outermost."""
    import gradio as gr
    from fastapi import FastAPI
    from gradio.themes import Default

    from inspector.ui.app import HEAD, Services, build_app

    if api is None:
        from inspector import api as facade

        api = facade
    runs = RunCache(settings.runs_held)
    start = settings.opening
    gallery = Gallery.from_entries(api.demo_pairs())
    named = () if start is None else (
        start.reference, start.candidate, start.map_path, start.checkpoint, start.config
    )  # fmt: skip
    for name in filter(None, named[3:]):
        if not Path(name).exists():
            raise UsageError(
                "checkpoint", name, "there is no such file", "weights of the reference"
            )
    roots = settings.roots or (str(Path.cwd()),)
    paths = PathPolicy(
        [*roots, *filter(None, named), *gallery.paths(), uploads.root], base=Path.cwd()
    )
    services = Services(
        opener=Opener(api, runs, paths), runs=runs, uploads=uploads,
        views=tuple(api.view_keys()), pairing=Pairing(api, runs), start=start, gallery=gallery,
    )  # fmt: skip
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    application.router.routes.extend(
        [*make_lab_routes(api, runs), *make_match_routes(api, runs), *make_routes(api, runs)]
    )
    gr.mount_gradio_app(
        application, build_app(services), path="/", server_name=ADDRESS, server_port=port,
        root_path="", allowed_paths=[], blocked_paths=[], max_file_size=settings.max_upload_bytes,
        run_history=False, enable_monitoring=False, mcp_server=False, ssr_mode=False, pwa=False,
        footer_links=[], show_error=False, head=HEAD, theme=Default(),
    )  # fmt: skip
    return Guard(application, (f"{ADDRESS}:{port}", f"localhost:{port}"))


def _make_server(application: Guard) -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        """Says when it is ready."""

        when_ready: Callable[[], object] = staticmethod(lambda: None)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                self.when_ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            # uvicorn raises the signal again at its end.  As SIGTERM that would kill the
            # process before its folder is removed; as Ctrl-C it unwinds.
            super().handle_exit(signal.SIGINT if sig == signal.SIGTERM else sig, frame)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # An open page holds a stream for ever; cutting it is no error worth a traceback.
            errors = logging.getLogger("uvicorn.error")
            errors.addFilter(_nothing_to_say)
            try:
                await super().shutdown(sockets=sockets)
            finally:
                errors.removeFilter(_nothing_to_say)

    config = uvicorn.Config(
        application, log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=_GRACE_S,
    )  # fmt: skip
    return Server(config)


def _nothing_to_say(_: logging.LogRecord) -> bool:
    return False


def _listen(preferred: int) -> tuple[socket.socket, int]:
    """A listening socket on the preferred port or the first free one after it."""
    candidates: Sequence[int] = (*range(preferred, min(preferred + _PORTS_TO_TRY, 65536)), 0)
    for port in candidates:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere this option would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener, listener.getsockname()[1]
    raise UsageError(
        "port", str(preferred), "no free port was found", "a free port on this machine"
    )
