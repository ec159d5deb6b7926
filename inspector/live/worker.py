"""The child process: computes what it is sent, one job after the other."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from inspector.errors import InspectorError
from inspector.live.execution import Placement, execute
from inspector.live.messages import decode, encode, read_graph
from inspector.live.user_call import UserCall
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array

_PARENT_S = 0.5


class Worker:
    """Answers jobs with messages.

    Args:
        send: gets every message to the parent.
    """

    def __init__(self, send: Any) -> None:
        self._send = send
        self._weights: dict[str, Array] = {}
        self._store = WeightStore(self._weights)

    def answer(self, message: bytes) -> None:
        """Compute one job of `inspector.live.child.job_message` and send what comes of it."""
        try:
            values, arrays = self._compute(*decode(message))
            self._send(encode({"state": "done", **values}, arrays))
        except InspectorError as error:
            failure = [error.code, error.subject, error.found, error.expected, error.next_step]
            self._send(encode({"state": "failed", "error": failure}, {}))
        except Exception as error:  # noqa: BLE001 - the parent has to hear of anything
            found = f"computing failed with {type(error).__name__}: {error}"
            self._send(encode({"state": "failed", "error": ["fault", "child process", found]}, {}))

    def _compute(
        self, job: Mapping[str, Any], arrays: Mapping[str, Array]
    ) -> tuple[dict[str, Any], dict[str, Array]]:
        if job["fresh"]:
            self._weights = {}
            self._store = WeightStore(self._weights)
        given = {}
        for name, array in arrays.items():
            kind, _, rest = name.partition(":")
            (self._weights if kind == "weight" else given)[rest] = array
        per_node, calls = {}, []
        for name, (backend, precision, call) in job["placements"].items():
            made = None if call is None else UserCall.from_dict(call, self._progress)
            per_node[name] = Placement(backend, precision, made)
            calls += [made] if made is not None else []
        found = execute(
            read_graph(job["graph"]), given, self._store, per_node=per_node,
            keep=job["keep"], progress=self._progress,
        )  # fmt: skip
        seen = {name: value for call in calls for name, value in call.seen.items()}
        return {}, {**seen, **found}

    def _progress(self, done: int, total: int, what: str) -> None:
        self._send(encode({"state": "running", "done": done, "total": total, "what": what}, {}))


def main() -> None:
    """Serve jobs from the connection whose number is the first argument, until it closes."""
    connection = Connection(int(sys.argv[1]))
    parent = int(sys.argv[2])
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    worker = Worker(connection.send_bytes)
    with contextlib.suppress(EOFError, OSError):
        while True:
            worker.answer(connection.recv_bytes())
    os._exit(0)  # at once: nothing is left to clean up, and a framework takes its time


def _end_with(parent: int) -> None:
    """End this process soon after its parent, whatever it is computing."""
    while os.getppid() == parent:
        time.sleep(_PARENT_S)
    os._exit(1)
