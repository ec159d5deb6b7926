"""What the tabs Block lab and Culprit fetch and send."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from inspector.ui.lab_routes import make_lab_routes
from inspector.ui.routes import make_routes
from inspector.ui.runs import CheckpointPath, RunCache
from tests.ui.fake_api import DiffOptions, FakeApi, FakeComparison
from tests.ui.fake_lab import LAB_STEPS, PLANTED

SWAPPED = {"block": PLANTED, "step": 2, "swaps": [{"key": "attention-scale", "places": None}]}


class Bench:
    """The routes over a fake facade with one opened run."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.runs = RunCache()
        self.base = self.open("c", CheckpointPath("w.safetensors"))
        routes = [*make_lab_routes(self.api, self.runs), *make_routes(self.api, self.runs)]
        self.client = TestClient(Starlette(routes=routes))

    def open(self, candidate: str, checkpoint: CheckpointPath | None) -> str:
        """The base address of a new run."""
        comparison = FakeComparison("r", candidate, DiffOptions(), self.api.rows)
        run = self.runs.add(comparison, (candidate, checkpoint), checkpoint=checkpoint)
        return f"/inspector/runs/{run.run}"

    def get(self, path: str) -> Any:
        answer = self.client.get(self.base + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def run(self, request: dict[str, Any]) -> Any:
        answer = self.client.post(f"{self.base}/lab/run", json=request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def search(self) -> str:
        answer = self.client.post(f"{self.base}/culprit", json={})
        assert answer.status_code == 200, answer.text
        return answer.json()["job"]

    def wait(self, job: str, *states: str) -> Any:
        tick = threading.Event()
        for _ in range(500):
            status = self.get(f"/culprit/{job}")
            if status["state"] in states:
                return status
            tick.wait(0.01)
        raise AssertionError(f"still {status['state']}")


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.api.lab_gate.set()
    bench.api.culprit_gate.set()


def test_the_lab_and_its_blocks(bench: Bench) -> None:
    lab = bench.get("/lab.json")
    assert lab["available"] is True
    assert lab["steps"] == list(range(1, LAB_STEPS + 1))
    names = [block["name"] for block in lab["blocks"]]
    assert PLANTED in names
    block = bench.get(f"/lab/block/{PLANTED}.json")
    assert [node["label"] for node in block["nodes"]][:2] == ["norm1", "attn1.to_q"]
    missing = bench.client.get(f"{bench.base}/lab/block/nowhere.json")
    assert missing.status_code == 404
    assert "no block of this name" in missing.json()["error"]


def test_without_a_checkpoint_the_lab_says_so(bench: Bench) -> None:
    base = bench.open("other", None)
    assert bench.client.get(f"{base}/lab.json").json()["available"] is False
    bench.base = base
    assert bench.get("/culprit") == {"job": None, "available": False}
    status = bench.wait(bench.search(), "failed")
    assert "no checkpoint is given" in status["sentence"]


def test_a_run_gives_numbers_and_the_values_behind_them(bench: Bench) -> None:
    result = bench.run({**SWAPPED, "effect": True})
    assert result["nodes"][0]["error_candidate"]["relative_l2"] < 1e-6
    size = result["planes"]["rows"] * result["planes"]["columns"]
    planes = {}
    for side in ("reference", "candidate", "run", "difference"):
        answer = bench.client.get(result["planes"][f"{side}_src"])
        assert answer.headers["content-type"] == "application/octet-stream"
        planes[side] = np.frombuffer(answer.content, "<f4")
        assert len(planes[side]) == size
    np.testing.assert_allclose(
        planes["run"] - planes["reference"], planes["difference"], atol=1e-5
    )  # fmt: skip
    mel = np.frombuffer(bench.client.get(result["mel"]["src"]).content, "<f4")
    np.testing.assert_array_equal(mel, bench.api.mels()[1].ravel())
    sound = np.frombuffer(bench.client.get(result["audio"]["src"]).content, "<f4")
    assert len(sound) == result["audio"]["samples"]


def test_a_run_without_effect_has_no_mel(bench: Bench) -> None:
    result = bench.run(SWAPPED)
    assert result["mel"] is None
    assert result["audio"] is None
    answer = bench.client.get(f"{bench.base}/lab/run/{result['id']}/mel.f32")
    assert answer.status_code == 404
    gone = bench.client.get(f"{bench.base}/lab/run/unknown/run.f32")
    assert gone.status_code == 404
    assert "Run the block again" in gone.json()["error"]


def test_the_facade_gets_only_what_was_listed(bench: Bench) -> None:
    bench.run(SWAPPED)
    (request,) = bench.api.lab_requests
    assert request["swaps"] == SWAPPED["swaps"]
    assert request["backend"] == "torch"
    for bad in (
        {**SWAPPED, "per_node": {PLANTED: {"implementation": "evil.py:Name"}}},
        {**SWAPPED, "command": "sh"},
        {**SWAPPED, "block": "nowhere"},
        {"step": 1},
    ):
        answer = bench.client.post(f"{bench.base}/lab/run", json=bad)
        assert answer.status_code == 422
        assert "error" in answer.json()
    assert len(bench.api.lab_requests) == 1


def test_a_failed_run_is_a_sentence(bench: Bench) -> None:
    bench.api.lab_error = "the mask was not recorded"
    answer = bench.client.post(f"{bench.base}/lab/run", json=SWAPPED)
    assert answer.status_code == 422
    assert answer.json()["error"] == f"{PLANTED}: the mask was not recorded."
    assert bench.get("/lab/run")["state"] == "failed"


def test_a_run_can_be_watched_and_cancelled(bench: Bench) -> None:
    assert bench.get("/lab/run") == {"state": "idle"}
    bench.api.lab_gate.clear()
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(bench.run(SWAPPED)))
    thread.start()
    tick = threading.Event()
    for _ in range(500):
        if bench.get("/lab/run").get("done", 0) > 0:
            break
        tick.wait(0.01)
    assert bench.get("/lab/run")["total"] == 100
    assert bench.client.delete(f"{bench.base}/lab/run").json()["state"] == "cancelled"
    thread.join(5)
    assert bench.api.lab_cancelled.is_set()
    assert answers == [{"cancelled": True}]


def test_a_search_narrows_and_ends(bench: Bench) -> None:
    bench.api.culprit_gate.clear()
    job = bench.search()
    assert bench.search() == job, "one search per comparison"
    tick = threading.Event()
    for _ in range(500):
        halfway = bench.get(f"/culprit/{job}")
        if halfway.get("suspects"):
            break
        tick.wait(0.01)
    assert halfway["state"] == "running"
    assert halfway["stage"] == "Error introduced per block"
    assert len(halfway["suspects"]) == 2
    assert len(halfway["log"]) == 5
    assert bench.get("/culprit")["job"] == job, "a page that comes back finds it"
    bench.api.culprit_gate.set()
    status = bench.wait(job, "done")
    assert status["healthy"] is False
    assert status["suspects"][0]["fault"] == "attention-scale"


def test_a_search_can_be_cancelled(bench: Bench) -> None:
    bench.api.culprit_gate.clear()
    job = bench.search()
    status = bench.client.delete(f"{bench.base}/culprit/{job}").json()
    assert status["state"] == "cancelled"
    assert bench.api.culprit_cancelled.wait(5) or not bench.api.culprit_gate.is_set()
    assert bench.get(f"/culprit/{job}")["state"] == "cancelled"


def test_searches_belong_to_their_comparison(bench: Bench) -> None:
    bench.api.culprit_gate.clear()
    job = bench.search()
    other = bench.open("healthy", CheckpointPath("w.safetensors"))
    assert bench.client.get(f"{other}/culprit").json() == {"job": None, "available": True}
    assert bench.client.get(f"{other}/culprit/{job}").status_code == 404
    assert bench.client.delete(f"{other}/culprit/{job}").status_code == 404
    assert bench.get(f"/culprit/{job}")["state"] == "running"


@pytest.mark.parametrize("path", ["lab/run", "culprit"])
def test_a_post_must_be_small_json(bench: Bench, path: str) -> None:
    address = f"{bench.base}/{path}"
    assert bench.client.post(address, content=b"{}").status_code == 415
    assert bench.client.post(address, data={"block": PLANTED}).status_code == 415
    big = bench.client.post(address, json={"block": "x" * 70_000})
    assert big.status_code == 413
    assert "larger than" in big.json()["error"]
    unknown = bench.client.post(f"/inspector/runs/unknown/{path}", json={})
    assert unknown.status_code == 404
