"""The HTTP routes below ``/inspector/``: what the page's own scripts fetch.

Every handler is a plain function, so Starlette runs it in a thread and the event loop
stays free.  Each answers JSON, raw float32, PNG or a file of the page; a failure is
``{"error": sentence}`` with a status from 400 on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inspector.errors import UsageError
from inspector.ui.answers import BINARY, JSON, PREFIX, Answer, endpoint_of, failure, respond
from inspector.ui.payload import encode_float32, encode_json
from inspector.ui.runs import OpenRun, RunCache

ASSETS = Path(__file__).resolve().parent / "assets"

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_THEMES = ("light", "dark")
_SIDES = ("reference", "candidate")
_PLANES = (*_SIDES, "difference")


def make_routes(api: Any, runs: RunCache) -> list[Route]:
    """Return the routes of the page's scripts.

    Args:
        api: the facade `inspector.api`, or an object with the same functions.
        runs: the opened comparisons that the routes may speak about.
    """
    handlers = _Handlers(api, runs)
    paths: Mapping[str, Callable[[Request], Answer]] = {
        "luts.json": handlers.luts,
        "runs/{run}/summary.json": handlers.summary,
        "runs/{run}/tensors.json": handlers.tensors,
        "runs/{run}/map.json": handlers.map,
        "runs/{run}/mel.json": handlers.mel,
        "runs/{run}/mel/{side}.f32": handlers.mel_values,
        "runs/{run}/audio.json": handlers.audio,
        "runs/{run}/audio/{side}.f32": handlers.audio_values,
        "runs/{run}/tensor/{row:int}.json": handlers.tensor,
        "runs/{run}/tensor/{row:int}/{side}.f32": handlers.tensor_values,
        "runs/{run}/views/{view}.json": handlers.view,
        "runs/{run}/figures/{view}/{name}.png": handlers.figure,
    }
    routes = [
        Route(f"{PREFIX}/{path}", endpoint_of(handler), methods=["GET"])
        for path, handler in paths.items()
    ]
    routes.append(Route(PREFIX + "/assets/{name}", _asset, methods=["GET"]))
    # Nothing below the prefix may fall through to Gradio, which would answer with its page.
    routes.append(Route(PREFIX + "/{rest:path}", _nothing, methods=["GET"]))
    return routes


class _Handlers:
    """From a request to one call of the facade, or to what such a call gave before."""

    def __init__(self, api: Any, runs: RunCache) -> None:
        self._api = api
        self._runs = runs
        # matplotlib shares font and text caches between figures: one figure at a time.
        self._drawing = threading.Lock()

    def luts(self, _: Request) -> Answer:
        return Answer(encode_json(self._api.colour_luts()), JSON)

    def summary(self, request: Request) -> Answer:
        return self._json(request, "summary", self._api.page_summary)

    def tensors(self, request: Request) -> Answer:
        return self._json(request, "tensors", self._api.page_tensors)

    def map(self, request: Request) -> Answer:
        return self._json(request, "map", self._api.page_map)

    def mel(self, request: Request) -> Answer:
        run = self._run(request)
        meta, _ = self._arrays(run, ("mel",), lambda: self._api.page_mel(run.comparison))
        return Answer(encode_json(_with_sources(meta, f"{_base(run)}/mel")), JSON)

    def mel_values(self, request: Request) -> Answer:
        run = self._run(request)
        _, arrays = self._arrays(run, ("mel",), lambda: self._api.page_mel(run.comparison))
        return _raw(arrays, request, _SIDES)

    def audio(self, request: Request) -> Answer:
        run, render = self._run(request), _rendered(request)
        meta, _ = self._audio(run, render)
        query = "?render=1" if render else ""
        return Answer(encode_json(_with_sources(meta, f"{_base(run)}/audio", query)), JSON)

    def audio_values(self, request: Request) -> Answer:
        _, arrays = self._audio(self._run(request), _rendered(request))
        return _raw(arrays, request, _SIDES)

    def tensor(self, request: Request) -> Answer:
        run, row = self._run(request), request.path_params["row"]
        meta, arrays = self._tensor(run, row)
        planes = meta.get("planes")
        if planes is not None and arrays:
            sources = {f"{side}_src": f"{_base(run)}/tensor/{row}/{side}.f32" for side in arrays}
            meta = {**meta, "planes": {**planes, **sources}}
        return Answer(encode_json(meta), JSON)

    def tensor_values(self, request: Request) -> Answer:
        _, arrays = self._tensor(self._run(request), request.path_params["row"])
        return _raw(arrays, request, _PLANES)

    def view(self, request: Request) -> Answer:
        run, key = self._run(request), request.path_params["view"]
        view = run.part(
            ("view", key), lambda: self._api.page_view(run.comparison, key), lambda _: 100_000
        )
        figures = [
            {**figure, "src": f"{_base(run)}/figures/{key}/{figure['name']}.png"}
            for figure in view.get("figures", ())
        ]
        return Answer(encode_json({**view, "figures": figures}), JSON)

    def figure(self, request: Request) -> Answer:
        run = self._run(request)
        view, name = request.path_params["view"], request.path_params["name"]
        theme = request.query_params.get("theme", "light")
        if theme not in _THEMES:
            raise UsageError("theme", "theme", "this theme is unknown", "light or dark")

        def draw() -> bytes:
            with self._drawing:
                return self._api.render_figure(run.comparison, view, name, theme)

        return Answer(run.part(("figure", view, name, theme), draw, len), "image/png")

    def _run(self, request: Request) -> OpenRun:
        return self._runs.get(request.path_params["run"])

    def _json(self, request: Request, key: str, make: Callable[[Any], Any]) -> Answer:
        run = self._run(request)
        body = run.part((key, "json"), lambda: encode_json(make(run.comparison)), len)
        return Answer(body, JSON)

    def _audio(self, run: OpenRun, render: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._arrays(
            run, ("audio", render), lambda: self._api.page_audio(run.comparison, render)
        )

    def _tensor(self, run: OpenRun, row: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._arrays(
            run, ("tensor", row), lambda: self._api.page_tensor(run.comparison, row)
        )

    def _arrays(
        self, run: OpenRun, key: tuple[Any, ...], make: Callable[[], Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A description and its float32 values per side; sides without values are left out."""

        def encoded() -> tuple[dict[str, Any], dict[str, bytes]]:
            meta, arrays = make()
            present = {side: array for side, array in arrays.items() if array is not None}
            return meta, {side: encode_float32(array) for side, array in present.items()}

        return run.part(key, encoded, lambda made: sum(map(len, made[1].values())) + 10_000)


def _base(run: OpenRun) -> str:
    return f"{PREFIX}/runs/{run.run}"


def _rendered(request: Request) -> bool:
    return request.query_params.get("render") == "1"


def _with_sources(meta: dict[str, Any], base: str, query: str = "") -> dict[str, Any]:
    """Fill in where the values of each side are; a side that is None stays None."""
    sides = {
        side: {**meta[side], "src": f"{base}/{side}.f32{query}"}
        for side in _SIDES
        if meta.get(side) is not None
    }
    return {**meta, **sides}


def _raw(arrays: Mapping[str, bytes], request: Request, known: tuple[str, ...]) -> Answer:
    side = request.path_params["side"]
    if side not in known or side not in arrays:
        raise UsageError("no-plane", "values", "there are none of this kind here")
    return Answer(arrays[side], BINARY)


def _asset(request: Request) -> Response:
    """A script or style sheet of the page: flat folder, known endings, nothing else."""
    name = request.path_params["name"]
    path = ASSETS / name
    if path.suffix not in _TYPES or path.name != name or not path.is_file():
        return failure(404, "The page has no such file.")
    return respond(request, path.read_bytes(), _TYPES[path.suffix], "no-cache")


def _nothing(_: Request) -> Response:
    return failure(404, "There is nothing here.")
