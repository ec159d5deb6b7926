"""What the page's scripts fetch: types, headers, strict JSON, sentences on failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from inspector.ui.routes import ASSETS, make_routes
from inspector.ui.runs import RunCache
from tests.ui.fake_api import DiffOptions, FakeApi, FakeComparison


class Bench:
    """The routes over a fake facade with one opened run."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.runs = RunCache()
        comparison = FakeComparison("r", "c", DiffOptions(), self.api.rows)
        self.run = self.runs.add(comparison, "key").run
        self.client = TestClient(Starlette(routes=make_routes(self.api, self.runs)))
        self.base = f"/inspector/runs/{self.run}"

    def json(self, path: str) -> Any:
        answer = self.client.get(self.base + path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return strict(answer.content)

    def floats(self, src: str) -> np.ndarray:
        answer = self.client.get(src)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/octet-stream"
        return np.frombuffer(answer.content, "<f4")


def strict(data: bytes) -> Any:
    """Decode JSON as a browser does: no NaN, no Infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(f"bare {name} is not JSON")

    return json.loads(data, parse_constant=refuse)


@pytest.fixture
def bench() -> Iterator[Bench]:
    yield Bench()


@pytest.mark.parametrize(
    "path",
    ["/summary.json", "/tensors.json", "/map.json", "/mel.json", "/audio.json", "/tensor/3.json",
     "/views/ode.json"],
)  # fmt: skip
def test_json_is_strict_typed_and_cached(bench: Bench, path: str) -> None:
    bench.json(path)
    before = len(bench.api.calls)
    answer = bench.client.get(bench.base + path)
    assert len(bench.api.calls) == before, "the facade was asked twice for the same thing"
    assert answer.headers["cache-control"].startswith("private, max-age=")
    again = bench.client.get(bench.base + path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_non_finite_numbers_travel_as_words(bench: Bench) -> None:
    assert bench.json("/tensors.json")["columns"]["cosine"][4] == "NaN"
    assert bench.json("/views/ode.json")["tables"][0]["rows"][2][2] == "NaN"


def test_mel_values_are_those_of_the_facade(bench: Bench) -> None:
    meta = bench.json("/mel.json")
    for side, values in zip(("reference", "candidate"), bench.api.mels(), strict=True):
        np.testing.assert_array_equal(bench.floats(meta[side]["src"]), values.ravel())
    assert bench.api.calls.count("page_mel") == 1


def test_audio_is_rendered_only_when_asked(bench: Bench) -> None:
    plain = bench.json("/audio.json")
    rendered = bench.json("/audio.json?render=1")
    assert plain["reference"]["kind"] == "recorded"
    assert rendered["reference"]["kind"] == "griffin-lim"
    assert plain["reference"]["src"] != rendered["reference"]["src"]
    bench.floats(rendered["candidate"]["src"])
    np.testing.assert_array_equal(bench.floats(plain["candidate"]["src"]), bench.api.sounds()[1])
    assert bench.api.calls == ["page_audio False", "page_audio True"]


def test_planes_of_a_tensor(bench: Bench) -> None:
    planes = bench.json("/tensor/41.json")["planes"]
    sides = {
        side: bench.floats(planes[f"{side}_src"])
        for side in ("reference", "candidate", "difference")
    }
    assert len(sides["reference"]) == planes["rows"] * planes["columns"]
    np.testing.assert_allclose(
        sides["candidate"] - sides["reference"], sides["difference"], atol=1e-4
    )


def test_a_tensor_that_cannot_be_compared_has_no_planes(bench: Bench) -> None:
    data = bench.json("/tensor/11.json")
    assert data["planes"] is None
    assert "cannot be reconciled" in data["reason"]
    answer = bench.client.get(f"{bench.base}/tensor/11/reference.f32")
    assert answer.status_code == 404


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_are_png_in_both_themes(bench: Bench, theme: str) -> None:
    figure = bench.json("/views/ode.json")["figures"][0]
    answer = bench.client.get(figure["src"] + f"?theme={theme}")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    bench.client.get(figure["src"] + f"?theme={theme}")
    assert bench.api.calls.count(f"render_figure ode overview {theme}") == 1


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/inspector/runs/unknown/summary.json", 404, "no longer in memory"),
        ("/inspector/runs/..%2f..%2fetc/summary.json", 404, "nothing here"),
        ("{base}/tensor/99999.json", 404, "no such pair"),
        ("{base}/tensor/-1.json", 404, "nothing here"),
        ("{base}/tensor/1e3.json", 404, "nothing here"),
        ("{base}/tensor/41/secret.f32", 404, "none of this kind"),
        ("{base}/mel/difference.f32", 404, "none of this kind"),
        ("{base}/views/nope.json", 404, "no view of this name"),
        ("{base}/figures/ode/nope.png", 404, "no figure of this name"),
        ("{base}/figures/ode/overview.png?theme=pink", 422, "light or dark"),
        ("/inspector/nothing", 404, "nothing here"),
        ("/inspector/", 404, "nothing here"),
    ],
)
def test_failures_are_sentences(bench: Bench, path: str, status: int, words: str) -> None:
    answer = bench.client.get(path.format(base=bench.base))
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"error"}
    assert words in answer.json()["error"]


def test_a_fault_keeps_its_detail_in_the_terminal(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.api.broken_view = "ode"
    answer = bench.client.get(bench.base + "/views/ode.json")
    assert answer.status_code == 500
    assert "ZeroDivisionError" in answer.json()["error"]
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text
    assert bench.client.get(bench.base + "/views/mel.json").status_code == 200


@pytest.mark.parametrize(
    ("name", "kind"),
    [("bus.js", "text/javascript; charset=utf-8"), ("base.css", "text/css; charset=utf-8")],
)
def test_assets_have_their_type_and_are_checked_again(bench: Bench, name: str, kind: str) -> None:
    answer = bench.client.get(f"/inspector/assets/{name}")
    assert answer.content == (ASSETS / name).read_bytes()
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    again = bench.client.get(
        f"/inspector/assets/{name}", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    "name",
    ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "..", "missing.js", ".hidden.js", "app.py",
     "%00.js", "..\\app.py", "..%5capp.py", "/etc/passwd", "bus.js%00.css"],
)  # fmt: skip
def test_only_files_of_the_page_are_served(bench: Bench, name: str) -> None:
    answer = bench.client.get(f"/inspector/assets/{name}")
    assert answer.status_code == 404
    assert b"import" not in answer.content


def test_only_known_endings_are_served(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("notes.txt", "page.html", "script.js"):
        (tmp_path / name).write_text("content")
    (tmp_path / "folder.js").mkdir()
    monkeypatch.setattr("inspector.ui.routes.ASSETS", tmp_path)
    found = {
        name: bench.client.get(f"/inspector/assets/{name}").status_code
        for name in ("notes.txt", "page.html", "script.js", "folder.js")
    }
    assert found == {"notes.txt": 404, "page.html": 404, "script.js": 200, "folder.js": 404}


def test_handlers_run_in_threads() -> None:
    """A coroutine here would block the event loop while NumPy works."""
    import inspect

    for route in make_routes(FakeApi(), RunCache()):
        assert not inspect.iscoroutinefunction(route.endpoint), route.path
        assert route.methods == {"GET", "HEAD"}
