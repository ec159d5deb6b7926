"""Fixtures shared by the tests of the page: one real browser for the whole session."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.ui.fake_api import FakeApi


def _give_up(reason: str) -> None:
    """Skip, or fail where a browser is required."""
    if os.environ.get("INSPECTOR_REQUIRE_BROWSER") == "1":
        pytest.fail(f"a browser is required here: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; skips with its reason where there is none.

    ``INSPECTOR_CHROMIUM`` names the executable, else the usual places are looked at, else
    the one that playwright installed.  ``INSPECTOR_REQUIRE_BROWSER=1`` turns a missing
    browser into a failure.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        _give_up("playwright is not installed")
        return
    executable = os.environ.get("INSPECTOR_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(
                executable_path=executable,
                headless=True,
                args=["--no-sandbox", "--autoplay-policy=document-user-activation-required"],
            )
        except Error as error:
            _give_up(f"Chromium did not start: {str(error).splitlines()[0]}")
            return
        yield started
        started.close()


@dataclass
class Site:
    """A running server over the fake facade.

    Attributes:
        url: address of the page.
        api: the fake facade.
        folder: allowed root with the traces ``reference``, ``candidate`` and broken ones.
        lookups: host names that the server process looked up.
    """

    url: str
    api: FakeApi
    folder: Path
    lookups: list[str] = field(default_factory=list)


def make_traces(folder: Path) -> None:
    """Write small traces that the fake facade pretends to read."""
    for name in ("reference", "candidate", "unreadable", "fault", "other", "healthy", "strange"):
        (folder / name).mkdir()
        (folder / name / "a.npy").write_bytes(name.encode())
    for name in ("weights.safetensors", "config.json"):
        (folder / name).write_bytes(b"weights")


def demo_entries(folder: Path) -> list[dict[str, Any]]:
    """A gallery of two of the pairs."""
    return [
        {
            "key": key, "title": title, "sentence": sentence,
            "reference": str(folder / "reference"), "candidate": str(folder / candidate),
            "checkpoint": str(folder / "weights.safetensors"),
        }
        for key, title, sentence, candidate in (
            ("story", "Weights never loaded", "Attention weights never reached their modules: "
             "half of the values are positive and the states stay at N(0, 1).", "candidate"),
            ("healthy", "Healthy MLX port", "Two correct decoders, apart by rounding.", "healthy"),
        )
    ]  # fmt: skip


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all tests of the page."""
    from inspector.ui.opening import OpenRequest
    from inspector.ui.server import ServeSettings, start_in_thread

    folder = tmp_path_factory.mktemp("allowed")
    make_traces(folder)
    api = FakeApi()
    api.demos = demo_entries(folder)
    start = OpenRequest(
        str(folder / "reference"), str(folder / "candidate"),
        checkpoint=str(folder / "weights.safetensors"),
    )  # fmt: skip
    lookups: list[str] = []
    original = socket.getaddrinfo

    def recorded(host: Any, *args: Any, **kwargs: Any) -> Any:
        lookups.append(str(host))
        return original(host, *args, **kwargs)

    socket.getaddrinfo = recorded
    try:
        settings = ServeSettings(start=start, roots=(str(folder),), port=7870)
        with start_in_thread(settings, api=api) as server:
            yield Site(server.url, api, folder, lookups)
    finally:
        socket.getaddrinfo = original


class Tab:
    """A page of the browser that records what must not happen.

    Attributes:
        page: the playwright page.
        problems: console errors, page errors and requests that left the machine.
    """

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.problems.append(f"request: {request.url}")

    def open(self, query: str = "", ready: str = "#ins-summary .ins-verdict") -> Any:
        """Load the page and wait until `ready` is visible."""
        self.page.goto(self.url + query)
        self.page.locator(ready).wait_for(state="visible", timeout=30_000)
        return self.page


@pytest.fixture(scope="session")
def screen(browser: Any) -> Iterator[Any]:
    """One browser profile, 1440 x 900, so that Gradio's scripts are loaded once."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def tab(screen: Any, site: Site) -> Iterator[Tab]:
    """A fresh page; console errors and requests off the machine fail the test."""
    opened = Tab(screen.new_page(), site.url)
    yield opened
    opened.page.close()
    assert opened.problems == []


@pytest.fixture
def lab(tab: Tab, site: Site) -> Iterator[Any]:
    """The tab Block lab of a fresh page."""
    from tests.ui.lab_tab import Lab

    yield Lab(tab, site)
    site.api.lab_gate.set()
    site.api.lab_error = ""
