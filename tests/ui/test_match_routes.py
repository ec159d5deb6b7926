"""What the Match tab fetches and sends."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from inspector.ui.match_routes import make_match_routes
from inspector.ui.routes import make_routes
from inspector.ui.runs import RunCache
from tests.ui.fake_api import DiffOptions, FakeApi, FakeComparison
from tests.ui.fake_match import REFERENCE


@pytest.fixture
def bench() -> tuple[TestClient, str]:
    api, runs = FakeApi(), RunCache()
    run = runs.add(FakeComparison("r", "c", DiffOptions(), 3), "key")
    routes = [*make_match_routes(api, runs), *make_routes(api, runs)]
    return TestClient(Starlette(routes=routes)), f"/inspector/runs/{run.run}/match"


def test_the_pairs_are_those_of_the_facade(bench) -> None:
    client, base = bench
    answer = client.get(f"{base}.json")
    assert answer.status_code == 200
    assert answer.json()["reference"]["names"] == list(REFERENCE)
    assert client.get("/inspector/runs/nope/match.json").status_code == 404


def test_axes_of_listed_tensors_only(bench) -> None:
    client, base = bench
    answer = client.get(f"{base}/axes?reference=0&candidate=5")
    assert answer.json()["choices"] == [[0, 1, 2], [1, 0, 2]]
    for query in ("", "?reference=0", "?reference=0&candidate=6", "?reference=-1&candidate=0",
                  "?reference=enc.a&candidate=0", "?reference=²&candidate=0"):  # fmt: skip
        answer = client.get(f"{base}/axes{query}")
        assert answer.status_code == 422, query
        assert "was offered" in answer.json()["error"]


def _send(bench: tuple[TestClient, str], body: Any) -> Any:
    client, base = bench
    return client.post(f"{base}/mapping", json=body)


def test_the_mapping_file_is_text(bench) -> None:
    answer = _send(bench, {"pairs": [[0, 1, [1, 0, 2]]], "all_pairs": True})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/yaml")
    assert answer.text == "all: (('enc.a', 'B', (1, 0, 2)),)\n"
    assert _send(bench, {"pairs": []}).text == "chosen: ()\n"


@pytest.mark.parametrize(
    "body",
    [[], {}, {"pairs": [[0, 17, None]]}, {"pairs": [["enc.a", "B", None]]},
     {"pairs": [], "all_pairs": 1}],
)  # fmt: skip
def test_other_requests_are_refused_with_a_sentence(bench, body) -> None:
    answer = _send(bench, body)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_only_json_is_taken(bench) -> None:
    client, base = bench
    assert client.post(f"{base}/mapping", content=b"{}").status_code == 415
