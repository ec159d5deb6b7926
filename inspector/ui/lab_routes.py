"""The routes of the tabs Block lab and Culprit: payloads, runs of the lab, the search.

A run of the lab is answered when it is done and can be stopped meanwhile; the culprit
search runs in the background and is asked for again and again.  At most one of each per
comparison: a new run of the lab stops the one before it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from inspector.errors import Cancelled, UsageError
from inspector.ui.answers import (
    BINARY,
    JSON,
    PREFIX,
    Answer,
    endpoint_of,
    endpoint_with_body,
    json_answer,
)
from inspector.ui.jobs import Job, JobBoard
from inspector.ui.lab_request import checked_request, read_object
from inspector.ui.payload import encode_float32, encode_json
from inspector.ui.runs import OpenRun, RunCache

_PLANES = ("reference", "candidate", "run", "difference")
_LONE = ("mel", "audio")


def make_lab_routes(api: Any, runs: RunCache) -> list[Route]:
    """Return the routes of the two tabs.

    Args:
        api: the facade `inspector.api`, or an object with the same functions.
        runs: the opened comparisons that the routes may speak about.
    """
    handlers = _Handlers(api, runs)
    reading: Mapping[tuple[str, str], Callable[[Request], Answer]] = {
        ("GET", "lab.json"): handlers.lab,
        ("GET", "lab/opening"): handlers.lab_opening,
        ("GET", "lab/block/{block}.json"): handlers.block,
        ("GET", "lab/run"): handlers.run_status,
        ("DELETE", "lab/run"): handlers.run_cancel,
        ("GET", "lab/run/{result}/{name}.f32"): handlers.run_values,
        ("GET", "culprit"): handlers.culprit_newest,
        ("GET", "culprit/{job}"): handlers.culprit_status,
        ("DELETE", "culprit/{job}"): handlers.culprit_cancel,
    }
    sending = {"lab/run": handlers.run, "culprit": handlers.culprit_start}
    base = f"{PREFIX}/runs/{{run}}"
    return [
        *(
            Route(f"{base}/{path}", endpoint_of(handler), methods=[method])
            for (method, path), handler in reading.items()
        ),
        *(
            Route(f"{base}/{path}", endpoint_with_body(handler), methods=["POST"])
            for path, handler in sending.items()
        ),
    ]


class _Handlers:
    """From a request to one call of the facade, or to what such a call gave before."""

    def __init__(self, api: Any, runs: RunCache) -> None:
        self._api = api
        self._runs = runs
        self._lab_jobs = JobBoard()
        self._searches = JobBoard()
        self._openings = JobBoard(most=4)

    def lab(self, request: Request) -> Answer:
        return Answer(self._lab(self._run(request))[1], JSON)

    def lab_opening(self, request: Request) -> Answer:
        """How far `lab` is: the map of a large decoder takes its time."""
        return _status(self._openings.newest(self._run(request).run))

    def block(self, request: Request) -> Answer:
        run = self._run(request)
        return Answer(self._block(run, request.path_params["block"])[1], JSON)

    def run(self, request: Request, body: bytes) -> Answer:
        run = self._run(request)
        wanted = read_object(body)
        lab, _ = self._lab(run)
        block, _ = self._block(run, _listed_block(wanted, lab))
        plan = checked_request(wanted, lab, block)
        job = self._lab_jobs.replace(run.run)
        try:
            meta, arrays = job.run(
                lambda job: self._api.page_lab_run(
                    run.comparison, run.checkpoint, plan, progress=job.progress
                )
            )
        except Cancelled:
            # Asked for by the user: no failure, and nothing for the browser to complain about.
            return json_answer({"cancelled": True})
        return json_answer(self._keep(run, meta, arrays))

    def run_status(self, request: Request) -> Answer:
        return _status(self._lab_jobs.newest(self._run(request).run))

    def run_cancel(self, request: Request) -> Answer:
        job = self._lab_jobs.newest(self._run(request).run)
        if job is not None:
            job.cancel()
        return self.run_status(request)

    def run_values(self, request: Request) -> Answer:
        run, name = self._run(request), request.path_params["name"]

        def gone() -> Any:
            raise UsageError(
                "no-plane", "result", "it is no longer in memory", "", "Run the block again."
            )

        arrays = run.part(("lab", "result", request.path_params["result"]), gone, len)
        if name not in arrays:
            raise UsageError("no-plane", "values", "there are none of this kind here")
        return Answer(arrays[name], BINARY)

    def culprit_start(self, request: Request, body: bytes) -> Answer:
        run = self._run(request)
        read_object(body)

        def search(job: Job) -> dict[str, Any]:
            return self._api.page_culprit(
                run.comparison, run.checkpoint, progress=job.progress, log=job.report
            )

        return json_answer({"job": self._searches.start(run.run, search).key})

    def culprit_newest(self, request: Request) -> Answer:
        """The search that was started last, for a page that comes back."""
        run = self._run(request)
        job = self._searches.newest(run.run)
        found = {"job": None} if job is None else {"job": job.key, **job.status()}
        return json_answer({**found, "available": run.checkpoint is not None})

    def culprit_status(self, request: Request) -> Answer:
        return json_answer(self._search(request).status())

    def culprit_cancel(self, request: Request) -> Answer:
        job = self._search(request)
        job.cancel()
        return json_answer(job.status())

    def _search(self, request: Request) -> Job:
        return self._searches.get(self._run(request).run, request.path_params["job"])

    def _run(self, request: Request) -> OpenRun:
        return self._runs.get(request.path_params["run"])

    def _lab(self, run: OpenRun) -> tuple[dict[str, Any], bytes]:
        def opened(job: Job) -> dict[str, Any]:
            return self._api.page_lab(run.comparison, run.checkpoint, progress=job.progress)

        return self._payload(run, ("lab",), lambda: self._openings.replace(run.run).run(opened))

    def _block(self, run: OpenRun, block: str) -> tuple[dict[str, Any], bytes]:
        return self._payload(
            run, ("lab", "block", block),
            lambda: self._api.page_lab_block(run.comparison, run.checkpoint, block),
        )  # fmt: skip

    @staticmethod
    def _payload(
        run: OpenRun, key: tuple[str, ...], make: Callable[[], dict[str, Any]]
    ) -> tuple[dict[str, Any], bytes]:
        def made() -> tuple[dict[str, Any], bytes]:
            payload = make()
            return payload, encode_json(payload)

        return run.part(key, made, lambda pair: 2 * len(pair[1]))

    @staticmethod
    def _keep(run: OpenRun, meta: Mapping[str, Any], arrays: Mapping[str, Any]) -> dict[str, Any]:
        """Hold the arrays of a result and return its description with their addresses."""
        result = secrets.token_urlsafe(9)
        encoded = {name: encode_float32(a) for name, a in arrays.items() if a is not None}
        run.part(("lab", "result", result), lambda: encoded, lambda e: sum(map(len, e.values())))
        base = f"{PREFIX}/runs/{run.run}/lab/run/{result}"
        found: dict[str, Any] = {**meta, "id": result}
        if meta.get("planes") is not None:
            sources = {f"{n}_src": f"{base}/{n}.f32" for n in _PLANES if n in encoded}
            found["planes"] = {**meta["planes"], **sources}
        for name in _LONE:
            if meta.get(name) is not None:
                found[name] = {**meta[name], "src": f"{base}/{name}.f32"}
        return found


def _status(job: Job | None) -> Answer:
    return json_answer({"state": "idle"} if job is None else job.status())


def _listed_block(wanted: Mapping[str, Any], lab: Mapping[str, Any]) -> str:
    """The wanted block, before anything is computed for it."""
    block = wanted.get("block")
    if not isinstance(block, str) or block not in {b["name"] for b in lab.get("blocks", ())}:
        raise UsageError("unlisted", "block", "it is not one of those that the page was offered")
    return block
