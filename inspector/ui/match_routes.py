"""The routes of the tab Match: the pairs, the axes of a pair to be, and the mapping file."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from inspector.errors import UsageError
from inspector.ui.answers import (
    JSON,
    NO_STORE,
    PREFIX,
    Answer,
    endpoint_of,
    endpoint_with_body,
    json_answer,
)
from inspector.ui.lab_request import read_object
from inspector.ui.match_request import Pairing, checked_overrides, checked_place
from inspector.ui.runs import OpenRun, RunCache

# A pair is some 20 bytes: room for 50,000 pairs chosen by hand.
_MAX_BODY_BYTES = 1024 * 1024


def make_match_routes(api: Any, runs: RunCache) -> list[Route]:
    """Return the routes of the tab.

    Args:
        api: the facade `inspector.api`, or an object with the same functions.
        runs: the opened comparisons that the routes may speak about.
    """
    handlers = _Handlers(api, runs)
    base = f"{PREFIX}/runs/{{run}}/match"
    return [
        Route(f"{base}.json", endpoint_of(handlers.match), methods=["GET"]),
        Route(f"{base}/axes", endpoint_of(handlers.axes), methods=["GET"]),
        Route(
            f"{base}/mapping", endpoint_with_body(handlers.mapping, _MAX_BODY_BYTES),
            methods=["POST"],
        ),
    ]  # fmt: skip


class _Handlers:
    """From a request to one call of the facade."""

    def __init__(self, api: Any, runs: RunCache) -> None:
        self._api = api
        self._runs = runs
        self._pairing = Pairing(api, runs)

    def match(self, request: Request) -> Answer:
        return Answer(self._pairing.encoded(self._run(request)), JSON)

    def axes(self, request: Request) -> Answer:
        run = self._run(request)
        listed = self._pairing.listed(run)
        places = [
            checked_place(_whole(request.query_params.get(side)), len(listed[side]["names"]), side)
            for side in ("reference", "candidate")
        ]
        return json_answer(self._api.page_match_axes(run.comparison, *places))

    def mapping(self, request: Request, body: bytes) -> Answer:
        run = self._run(request)
        wanted = read_object(body)
        every = wanted.get("all_pairs", False)
        if not isinstance(every, bool):
            raise UsageError("request", "all_pairs", "it has the wrong form", "true or false")
        chosen = checked_overrides(wanted.get("pairs"), self._pairing.listed(run))
        text = self._api.page_mapping(run.comparison, chosen, every)
        return Answer(text.encode(), "application/yaml", NO_STORE)

    def _run(self, request: Request) -> OpenRun:
        return self._runs.get(request.path_params["run"])


def _whole(text: str | None) -> int | str | None:
    """The number in a query, or what stands there instead."""
    return int(text) if text is not None and text.isascii() and text.isdigit() else text
