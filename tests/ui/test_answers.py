"""From what a handler returns or raises to an HTTP response."""

from __future__ import annotations

import threading

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from inspector.errors import UsageError
from inspector.ui.answers import JSON, Answer, endpoint_of, endpoint_with_body, json_answer


def _client(handler, *, body: bool = False, limit: int = 100) -> TestClient:
    endpoint = endpoint_with_body(handler, limit) if body else endpoint_of(handler)
    methods = ["POST"] if body else ["GET"]
    return TestClient(Starlette(routes=[Route("/x", endpoint, methods=methods)]))


def test_an_answer_carries_its_hash_and_is_not_sent_twice() -> None:
    client = _client(lambda _: Answer(b"abc", "text/plain"))
    first = client.get("/x")
    assert first.content == b"abc"
    again = client.get("/x", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_answers_that_change_are_not_kept() -> None:
    answer = _client(lambda _: json_answer({"x": float("nan")})).get("/x")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"x": "NaN"}


@pytest.mark.parametrize(
    ("code", "status"),
    [("no-run", 404), ("no-job", 404), ("unavailable", 409), ("busy", 429), ("anything", 422)],
)
def test_a_failure_has_a_status_and_one_sentence(code: str, status: int) -> None:
    def fail(_: Request) -> Answer:
        raise UsageError(code, "block", "it is broken")

    answer = _client(fail).get("/x")
    assert answer.status_code == status
    assert answer.json() == {"error": "block: it is broken."}


def test_a_fault_keeps_its_detail_in_the_terminal(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Request, __: bytes) -> Answer:
        raise ZeroDivisionError("secret detail")

    answer = _client(fail, body=True).post("/x", json={})
    assert answer.status_code == 500
    assert "ZeroDivisionError" in answer.json()["error"]
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text


def test_a_body_arrives_whole_and_in_a_thread() -> None:
    seen = {}

    def handler(_: Request, body: bytes) -> Answer:
        seen.update(body=body, thread=threading.current_thread().name)
        return json_answer({})

    client = _client(handler, body=True)
    assert client.post("/x", content=b'{"a":1}', headers={"Content-Type": JSON}).status_code == 200
    assert seen["body"] == b'{"a":1}'
    assert "worker" in seen["thread"].lower(), "the event loop must stay free"


@pytest.mark.parametrize(
    ("content", "kind", "status", "words"),
    [
        (b"x" * 101, JSON, 413, "larger than 100 bytes"),
        (b"{}", "text/plain", 415, "Only JSON"),
        (b"{}", "application/x-www-form-urlencoded", 415, "Only JSON"),
        (b"x" * 100, "Application/JSON; charset=utf-8", 200, ""),
    ],
)
def test_what_is_too_large_or_no_json_is_refused(
    content: bytes, kind: str, status: int, words: str
) -> None:
    called = []

    def handler(_: Request, body: bytes) -> Answer:
        called.append(body)
        return json_answer({})

    answer = _client(handler, body=True).post("/x", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert words in answer.text
    assert bool(called) == (status == 200)
