"""A bare page with one or more widgets on it, served from memory to a real browser.

No Gradio and no inspector server: what the widgets ask for is exactly what a test puts
into `Harness.runs`, so a test can also serve what a correct server never would.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

ASSETS = Path(__file__).resolve().parents[2] / "inspector" / "ui" / "assets"
PREFIX = "/inspector/"
TYPES = {".js": "text/javascript", ".css": "text/css"}

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>widgets</title>
<link rel="stylesheet" href="/inspector/assets/base.css">
<link rel="stylesheet" href="/inspector/assets/media.css">
<link rel="icon" href="data:,">
<style>body{margin:12px;background:var(--ins-bg)} .slot{margin-bottom:10px}</style>
</head><body><div id="slots"></div><textarea id="typing"></textarea>
<script type="module">
const query = new URLSearchParams(location.search);
if (query.get('dark') === '1') document.body.classList.add('dark');
window.harness = {widgets: {}, bus: []};
for (const name of ['time', 'zoom', 'seek', 'select-row']) {
  addEventListener(`inspector:${name}`, (event) => harness.bus.push([name, event.detail]));
}
harness.mount = async (name, slot) => {
  const {mount} = await import(`/inspector/assets/${name}.js`);
  const watchers = [];
  const run = query.get('run');
  const props = {value: run ? JSON.stringify({run}) : ''};
  mount(slot, props, {trigger() {}, watch: (key, callback) => watchers.push(callback)});
  harness.widgets[name] = {props, set(value) {props.value = value; watchers.forEach((f) => f());}};
};
for (const name of query.get('widgets').split(',')) {
  const slot = Object.assign(document.createElement('div'), {className: 'slot', id: name});
  if (query.get('hidden') === '1') slot.style.display = 'none';
  slots.append(slot);
  await harness.mount(name, slot);
}
harness.ready = true;
</script></body></html>"""


def luts() -> dict[str, list[int]]:
    """Return the colour tables as the real server sends them."""
    import matplotlib

    names = {"magma": "magma", "RdBu_r": "RdBu_r", "berlin": "berlin", "error": "RdYlGn_r"}
    tables = {}
    for key, name in names.items():
        colours = matplotlib.colormaps[name](np.arange(256))[:, :3]
        tables[key] = (colours * 255).round().astype(int).ravel().tolist()
    return tables


class Harness:
    """Serves the assets and `runs`: path below ``runs/`` -> JSON-able value, array or status."""

    def __init__(self) -> None:
        self.runs: dict[str, Any] = {}
        self.requests: list[str] = []
        self._luts = luts()
        harness = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                harness.requests.append(self.path)
                status, kind, body = harness.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet: pytest shows what matters."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def add(self, run: str, **payloads: Any) -> None:
        """Register payloads of `run`: ``mel=...`` becomes ``mel.json``; arrays become bytes."""
        for name, payload in payloads.items():
            suffix = "" if isinstance(payload, np.ndarray) else ".json"
            self.runs[f"{run}/{name}{suffix}"] = payload

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Return status, content type and body for `path`."""
        parts = urlsplit(path)
        if parts.path == "/":
            return 200, "text/html; charset=utf-8", PAGE.encode()
        below = parts.path.removeprefix(PREFIX)
        if below == "luts.json":
            return 200, "application/json", json.dumps(self._luts).encode()
        if below.startswith("assets/"):
            file = ASSETS / Path(below).name
            return 200, TYPES[file.suffix], file.read_bytes()
        key = below.removeprefix("runs/")
        if "render" in parse_qs(parts.query):
            key += "?render"
        payload = self.runs.get(key, 404)
        if isinstance(payload, int):
            return payload, "application/json", json.dumps({"error": f"nothing at {key}"}).encode()
        if isinstance(payload, np.ndarray):
            return 200, "application/octet-stream", payload.astype("<f4").tobytes()
        return 200, "application/json", json.dumps(payload, allow_nan=False).encode()

    @contextmanager
    def page(
        self,
        browser: Any,
        widgets: str,
        run: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        ratio: float = 1,
        hidden: bool = False,
        expect_errors: bool = False,
    ) -> Iterator[Any]:
        """Open a page with `widgets` (comma separated modules) on `run`; check it stays clean.

        Clean: no console error, no exception, no request to another origin.
        """
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=ratio
        )
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(f"exception: {error}"))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith((self.origin, "data:"))
                else problems.append(f"request to {r.url}")
            ),
        )
        try:
            page.goto(
                f"{self.origin}/?widgets={widgets}&run={run}&dark={int(dark)}&hidden={int(hidden)}"
            )
            page.wait_for_function("window.harness?.ready === true")
            if run and not hidden and not expect_errors:
                for name in widgets.split(","):
                    page.wait_for_selector(f"#{name}[data-state=ready]")
            settle(page)
            yield page
            if not expect_errors:
                assert problems == [], problems
        finally:
            context.close()


def settle(page: Any) -> None:
    """Wait until everything that was asked to be drawn is drawn."""
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def read_data(page: Any, widget: str, key: str) -> Any:
    """Return the JSON in ``data-<key>`` of the widget's root, or None."""
    text = page.evaluate(f"document.getElementById('{widget}').dataset['{key}'] ?? null")
    return None if text is None else json.loads(text)
