"""From what a handler returns or raises to an HTTP response.

A handler is a plain function that runs in a thread.  It returns an `Answer` or raises; a
failure becomes ``{"error": sentence}`` with a status from 400 on.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from inspector.errors import InspectorError
from inspector.ui.payload import encode_json

PREFIX = "/inspector"
BINARY = "application/octet-stream"
JSON = "application/json"
NO_STORE = "no-store"
MAX_BODY_BYTES = 64 * 1024

# A run never changes, but its identifier must not outlive the session in a shared cache.
_KEEP = "private, max-age=3600"
_STATUS = {
    "no-run": 404, "no-job": 404, "unknown": 404, "no-plane": 404, "unavailable": 409,
    "busy": 429,
}  # fmt: skip

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a handler found.

    Attributes:
        body: the bytes.
        media_type: their type.
        cache: value of ``Cache-Control``.
    """

    body: bytes
    media_type: str
    cache: str = _KEEP


def json_answer(value: object, cache: str = NO_STORE) -> Answer:
    """`value` as strict JSON, not kept by the browser unless told."""
    return Answer(encode_json(value), JSON, cache)


def endpoint_of(handler: Callable[[Request], Answer]) -> Callable[[Request], Response]:
    """Return an endpoint for requests without a body."""

    def endpoint(request: Request) -> Response:
        return _call(request, lambda: handler(request))

    return endpoint


def endpoint_with_body(
    handler: Callable[[Request, bytes], Answer], limit: int = MAX_BODY_BYTES
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint for requests that carry JSON.

    The type is required because another site's page cannot send it without asking first.

    Args:
        handler: runs in a thread; gets the request and its body.
        limit: largest body in bytes.
    """

    async def endpoint(request: Request) -> Response:
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != JSON:
            return failure(415, "Only JSON is understood here.")
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    return failure(413, f"The request is larger than {limit:,} bytes.")
        except ClientDisconnect:
            return failure(400, "The request broke off.")
        return await run_in_threadpool(_call, request, lambda: handler(request, bytes(body)))

    return endpoint


def respond(request: Request, body: bytes, media_type: str, cache: str) -> Response:
    """The body with its hash as ETag, or 304 when the browser holds it already."""
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"Cache-Control": cache, "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def failure(status: int, sentence: str) -> Response:
    """One sentence about what went wrong."""
    return Response(encode_json({"error": sentence}), status, {"Cache-Control": NO_STORE}, JSON)


def _call(request: Request, work: Callable[[], Answer]) -> Response:
    try:
        answer = work()
    except InspectorError as error:
        return failure(_STATUS.get(error.code, 422), error.sentence)
    except Exception as error:  # noqa: BLE001 - one broken view must not take the page along
        _log.exception("request for %s failed", request.url.path)
        return failure(500, f"This part could not be computed ({type(error).__name__}); the "
                            "terminal of the inspector shows why.")  # fmt: skip
    return respond(request, answer.body, answer.media_type, answer.cache)
