"""Who may speak to the server: the guard alone, and in front of a whole server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from inspector.ui.guard import CONTENT_SECURITY_POLICY, Guard

PORT = 7860
HOST = f"127.0.0.1:{PORT}"
OWN = f"http://{HOST}"


async def _application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    headers = [(b"X-Frame-Options", b"ALLOWALL"), (b"access-control-allow-origin", b"*")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"inside"})


def _ask(
    headers: list[tuple[str, str]],
    *,
    path: str = "/inspector/luts.json",
    method: str = "GET",
    kind: str = "http",
) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {
        "type": kind, "method": method, "path": path,
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers],
    }  # fmt: skip
    guard = Guard(_application, [HOST, f"localhost:{PORT}"])
    # In a thread: a browser driven from this one may keep its own event loop running here.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(guard(scope, receive, send))).result()
    return sent


def _status(*args: Any, **kwargs: Any) -> int:
    return _ask(*args, **kwargs)[0]["status"]


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        (HOST, None, 200),
        (HOST, OWN, 200),
        (f"localhost:{PORT}", f"http://localhost:{PORT}", 200),
        # A page of the other name of this machine is another origin.
        (HOST, f"http://localhost:{PORT}", 403),
        (HOST, "http://127.0.0.1:8888", 403),
        (HOST, f"https://{HOST}", 403),
        (HOST, f"http://evil.test:{PORT}", 403),
        (HOST, f"{OWN}.evil.test", 403),
        (HOST, "null", 403),
        (HOST, "", 403),
        # DNS rebinding: the browser believes that evil.test is this machine.
        (f"evil.test:{PORT}", f"http://evil.test:{PORT}", 421),
        (f"evil.test:{PORT}", None, 421),
        ("127.0.0.1", None, 421),
        (f"127.0.0.1:{PORT + 1}", None, 421),
        (f"127.0.0.1:{PORT}.evil.test", None, 421),
        (f"user@127.0.0.1:{PORT}", None, 421),
        (f"[::1]:{PORT}", None, 421),
        (f"LOCALHOST:{PORT}", None, 421),
        (None, None, 421),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_host_and_origin(host: str | None, origin: str | None, status: int, method: str) -> None:
    headers = [("host", host)] if host is not None else []
    headers += [("origin", origin)] if origin is not None else []
    assert _status(headers, method=method) == status


def test_two_hosts_or_two_origins_are_refused() -> None:
    assert _status([("host", HOST), ("host", HOST)]) == 421
    assert _status([("host", HOST), ("origin", OWN), ("origin", OWN)]) == 403


@pytest.mark.parametrize(
    ("site", "mode", "destination", "path", "method", "status"),
    [
        ("same-origin", "cors", "empty", "/inspector/luts.json", "GET", 200),
        ("none", "navigate", "document", "/", "GET", 200),
        ("cross-site", "navigate", "document", "/", "GET", 200),
        ("same-site", "navigate", "document", "/", "GET", 200),
        ("cross-site", "navigate", "document", "/inspector/luts.json", "GET", 403),
        ("cross-site", "navigate", "document", "/", "POST", 403),
        ("cross-site", "navigate", "iframe", "/", "GET", 403),
        ("cross-site", "no-cors", "image", "/", "GET", 403),
        ("cross-site", "no-cors", "empty", "/gradio_api/upload", "POST", 403),
        # Another port of this machine is the same site.
        ("same-site", "cors", "empty", "/inspector/luts.json", "GET", 403),
        ("Same-Origin", "cors", "empty", "/inspector/luts.json", "GET", 403),
    ],
)
def test_requests_that_other_sites_start(
    site: str, mode: str, destination: str, path: str, method: str, status: int
) -> None:
    headers = [
        ("host", HOST), ("sec-fetch-site", site), ("sec-fetch-mode", mode),
        ("sec-fetch-dest", destination),
    ]  # fmt: skip
    assert _status(headers, path=path, method=method) == status


@pytest.mark.parametrize(
    ("headers", "opened"),
    [
        ([("host", HOST), ("origin", OWN)], True),
        ([("host", HOST), ("origin", "http://evil.test")], False),
        ([("host", "evil.test:7860"), ("origin", "http://evil.test:7860")], False),
        ([("host", HOST), ("origin", OWN), ("sec-fetch-site", "cross-site")], False),
    ],
)
def test_websockets_are_guarded_too(headers: list[tuple[str, str]], opened: bool) -> None:
    first = _ask(headers, kind="websocket", path="/gradio_api/anything")[0]
    assert first["type"] == ("websocket.accept" if opened else "websocket.close")


@pytest.mark.parametrize("prefix", ["", "/gradio_api", "//gradio_api"])
@pytest.mark.parametrize(
    "path",
    [
        "/file=http://example.com/x", "/file=/etc/passwd", "/file/etc/passwd",
        "/proxy=http://example.com", "/monitoring", "/monitoring/summary", "/runs", "/runs/",
        "/run-history/connect", "/deep_link", "/openapi.json", "/dev/reload", "/FILE=HTTP://x",
        "/info", "/mcp/", "/docs", "/vibe-code", "/call/open_pair", "/api/open_pair",
    ],
)  # fmt: skip
def test_unused_routes_of_gradio_do_not_exist(prefix: str, path: str) -> None:
    assert _status([("host", HOST), ("origin", OWN)], path=prefix + path) == 404


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/assets/index.js", "/gradio_api/upload", "/gradio_api/queue/join",
     "/inspector/runs/abc/summary.json", "/theme.css", "/gradio_api/startup-events"],
)  # fmt: skip
def test_used_routes_pass(path: str) -> None:
    assert _status([("host", HOST), ("origin", OWN)], path=path) == 200


def test_headers_are_on_every_answer_and_replace_weaker_ones() -> None:
    for headers in ([("host", HOST)], [("host", "evil.test")]):
        start = _ask(headers)[0]
        names = [name.lower() for name, _ in start["headers"]]
        fields = {name.lower(): value for name, value in start["headers"]}
        assert fields[b"content-security-policy"].decode() == CONTENT_SECURITY_POLICY
        assert fields[b"x-content-type-options"] == b"nosniff"
        assert fields[b"referrer-policy"] == b"no-referrer"
        assert fields[b"x-frame-options"] == b"DENY"
        assert names.count(b"x-frame-options") == 1


def test_a_refusal_does_not_reach_the_application() -> None:
    start, body = _ask([("host", HOST), ("origin", "http://evil.test")])
    assert b"inside" not in body["body"]
    assert b"access-control-allow-origin" not in dict(start["headers"])


def test_the_policy_allows_nothing_from_elsewhere() -> None:
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    for name, value in directives.items():
        sources = set(value.split())
        allowed = {"'self'", "'none'", "data:", "blob:", "'unsafe-inline'", "'unsafe-eval'"}
        assert sources <= allowed, name
    assert directives["script-src-attr"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["connect-src"] == "'self'"
