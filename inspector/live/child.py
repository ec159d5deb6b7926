"""Work in a child process that can be stopped at once, even inside one long operation.

MLX computes an operation without ever looking up; only ending its process stops it.  The
child is kept for the next job, with the weights that it was sent.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping
from multiprocessing.connection import Connection

from inspector.blocks.graph import Graph
from inspector.errors import InspectorError, UsageError
from inspector.live.execution import Placement
from inspector.live.messages import decode, encode, graph_values
from inspector.live.user_call import UserCall
from inspector.live.weight_store import WeightStore
from inspector.tensors import Array, Progress

_POLL_S = 0.05
_GRACE_S = 0.5
"""For a child to end by itself, with a program that it started."""
_MAIN = "from inspector.live.worker import main; main()"


class Child:
    """A child process that computes graphs (see `inspector.live.execution.execute`)."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._sent: tuple[str, set[str]] = ("", set())

    @property
    def process_id(self) -> int | None:
        """Number of the running child, None when there is none."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if alive and self._process is not None else None

    def execute(
        self,
        graph: Graph,
        given: Mapping[str, Array],
        weights: WeightStore,
        *,
        placements: Mapping[str, Placement],
        keep: Collection[str],
        progress: Progress | None = None,
    ) -> dict[str, Array]:
        """Compute `graph` in the child; values inside replaced blocks come back too.

        Args:
            graph, given, weights, keep: as for `inspector.live.execution.execute`.
            placements: of every node; implementations must be a `UserCall` or None.
            progress: called about twenty times a second; what it raises ends the child.

        Raises:
            UsageError: as `execute`, or the child ended by itself.
            Cancelled: of the progress callback.
        """
        while not self._lock.acquire(timeout=_POLL_S):
            _report(progress, 0, len(graph), "Waiting for another run")
        try:
            connection = self._start()
            message = self._message(graph, given, weights, placements, keep)
            return self._converse(connection, message, progress, len(graph))
        except InspectorError:
            raise
        except BaseException:
            self._end()
            raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _converse(
        self, connection: Connection, message: bytes, progress: Progress | None, total: int
    ) -> dict[str, Array]:
        # a large message blocks until the child has read it: cancelling must not wait
        sender = threading.Thread(target=_send, args=(connection, message), daemon=True)
        sender.start()
        state = (0, total, "Starting the child process")
        while True:
            _report(progress, *state)
            try:
                if not connection.poll(_POLL_S):
                    continue
                values, arrays = decode(connection.recv_bytes())
            except (EOFError, OSError):
                code = self._process.wait() if self._process is not None else None
                self._end()
                raise UsageError(
                    "child", "child process", f"it ended while computing (exit code {code})",
                    "", "It may have run out of memory; run a smaller part.",
                ) from None  # fmt: skip
            if values["state"] == "done":
                return arrays
            if values["state"] == "failed":
                raise UsageError(*values["error"])
            state = (values["done"], values["total"], values["what"])

    def _message(
        self, graph: Graph, given: Mapping[str, Array], weights: WeightStore,
        placements: Mapping[str, Placement], keep: Collection[str],
    ) -> bytes:  # fmt: skip
        identity, sent = self._sent
        fresh = identity != weights.identity or not identity
        sent = set() if fresh else sent
        wanted = graph.keys()
        keys = [key for key in wanted if key not in sent and key in weights]
        arrays = {f"given:{name}": given[name] for name in graph.inputs if name in given}
        arrays |= {f"weight:{key}": weights.arrays[key] for key in keys}
        self._sent = (weights.identity, sent | set(keys))
        job = {
            "fresh": fresh, "graph": graph_values(graph), "keep": sorted(keep),
            "placements": {name: _placed(placements[name]) for name in placements if name in graph},
        }  # fmt: skip
        return encode(job, arrays)

    def _start(self) -> Connection:
        if self.process_id is not None and self._connection is not None:
            return self._connection
        self._end()
        ours, theirs = multiprocessing.Pipe()
        path = os.pathsep.join(p for p in sys.path if p)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _MAIN, str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )  # fmt: skip
        finally:
            theirs.close()
        self._connection = ours
        return ours

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            # whoever waits for a program notices the closed connection and ends it first
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
            self._process.kill()
            self._process.wait()
        self._process, self._connection, self._sent = None, None, ("", set())


def _send(connection: Connection, message: bytes) -> None:
    # an ended child is noticed where its answer is awaited
    with contextlib.suppress(OSError, ValueError):
        connection.send_bytes(message)


def _placed(where: Placement) -> list[object]:
    call = where.implementation
    described = call.to_dict() if isinstance(call, UserCall) else None
    return [where.backend, where.precision, described]


def _report(progress: Progress | None, done: int, total: int, what: str) -> None:
    if progress is not None:
        progress(done, total, what)


CHILD = Child()
"""The child of this process; it starts at its first job."""
