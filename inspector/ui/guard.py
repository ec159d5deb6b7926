"""The outermost layer of the server: who may speak to it, and what a page may load.

The server listens on this machine only, yet any web page open in the same browser can
send it requests.  `Guard` lets through what the page itself sends and refuses the rest:
a foreign ``Host`` (DNS rebinding), a foreign ``Origin`` and requests that the browser
marks as started by another site.  It wraps every kind of connection, websockets too,
and sits outside Gradio, whose own answers therefore never reach a refused caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio builds its components with inline scripts and `Function`.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "script-src-attr 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode("ascii")),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

# Routes of Gradio that this page never uses: they fetch, list, record or describe.
_BLOCKED = re.compile(
    r"^/+(?:gradio_api/+)?(?:"
    r"file(?:=|/)|proxy=|stream/|monitoring|runs|run-history|deep_link|openapi\.json|dev/|info"
    r"|custom_component/|process_recording|vibe-|undo-vibe-|profiling|call/|api/|mcp|docs|redoc"
    r")",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further."""

    status: int
    sentence: str


class Guard:
    """Pure ASGI middleware that lets through only what the page of this server sends.

    Args:
        app: the application inside.
        hosts: the exact ``Host`` values, such as ``127.0.0.1:7860``.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.encode("ascii") for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refusal, or pass the connection on with security headers added."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self.judge(scope)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            # Closing before accepting makes the server answer the handshake with 403.
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.sentence})
        else:
            await _answer(refusal, send)

    def judge(self, scope: Scope) -> Refusal | None:
        """Return why this connection is refused, or None when it may pass."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        host = [value for name, value in headers if name == b"host"]
        if len(host) != 1 or host[0] not in self._hosts:
            return Refusal(
                HTTPStatus.MISDIRECTED_REQUEST, "This server does not answer to this host name."
            )
        origin = [value for name, value in headers if name == b"origin"]
        if origin and (len(origin) > 1 or origin[0] != b"http://" + host[0]):
            return Refusal(HTTPStatus.FORBIDDEN, "Requests from other origins are refused.")
        fetch = {
            name: value
            for name, value in headers
            if name in (b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")
        }
        site = fetch.get(b"sec-fetch-site", b"none")
        # A link on another page may open the first page, and nothing else.
        link = (
            scope["type"] == "http"
            and scope["method"] in ("GET", "HEAD")
            and scope["path"] == "/"
            and fetch.get(b"sec-fetch-mode") == b"navigate"
            and fetch.get(b"sec-fetch-dest") == b"document"
        )
        if site not in (b"same-origin", b"none") and not link:
            return Refusal(HTTPStatus.FORBIDDEN, "Requests from other sites are refused.")
        if _BLOCKED.match(scope["path"]):
            return Refusal(HTTPStatus.NOT_FOUND, "There is nothing here.")
        return None


def _with_headers(send: Send) -> Send:
    """Return a `send` that adds the security headers to the start of every answer."""
    names = frozenset(name for name, _ in SECURITY_HEADERS)

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
            message = {**message, "headers": [*kept, *SECURITY_HEADERS]}
        await send(message)

    return guarded


async def _answer(refusal: Refusal, send: Send) -> None:
    body = (refusal.sentence + "\n").encode("ascii")
    await send(
        {
            "type": "http.response.start",
            "status": int(refusal.status),
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode("ascii")),
                (b"cache-control", b"no-store"),
                *SECURITY_HEADERS,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
