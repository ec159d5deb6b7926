"""Long work that a page starts, watches and can stop."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from inspector.errors import Cancelled, InspectorError, UsageError

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Job:
    """One piece of work: how far it is, what it has found so far, and how to stop it.

    The work runs in some thread and calls `progress` and `report`; other threads call
    `status` and `cancel`.

    Attributes:
        key: unguessable identifier.
    """

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(12)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._status: dict[str, Any] = {"state": "running", "stage": "", "done": 0, "total": 0}
        self._alive = True

    @property
    def alive(self) -> bool:
        """True until the work has really ended, which may be after it was cancelled."""
        return self._alive

    def progress(self, done: int, total: int, what: str) -> None:
        """Note how far the work is.

        Raises:
            Cancelled: somebody wants it to stop.
        """
        if self._stop.is_set():
            raise Cancelled
        with self._lock:
            self._status |= {"stage": what, "done": done, "total": total}

    def report(self, partial: Mapping[str, Any]) -> None:
        """Show what has been found so far; an entry replaces the one of the same name."""
        with self._lock:
            if self._status["state"] == "running":
                self._status |= {**partial, "state": "running"}

    def status(self) -> dict[str, Any]:
        """State, progress and what was found so far."""
        with self._lock:
            return dict(self._status)

    def cancel(self) -> None:
        """Stop the work at its next report; whoever asks is told so at once."""
        self._stop.set()
        self._end("cancelled")

    def run(self, work: Callable[[Job], T]) -> T:
        """Do the work in this thread.

        Raises:
            Cancelled: it was stopped; also when it came to its end meanwhile.
        """
        try:
            result = work(self)
            if self._stop.is_set():
                raise Cancelled
        except Cancelled:
            self._end("cancelled")
            raise
        except InspectorError as error:
            self._end("failed", sentence=error.sentence)
            raise
        except Exception as error:
            self._end("failed", sentence=f"It ended because of a fault in the inspector "
                      f"({type(error).__name__}); its terminal shows where.")  # fmt: skip
            raise
        finally:
            self._alive = False
        self._end("done")
        return result

    def _end(self, state: str, **found: Any) -> None:
        with self._lock:
            if self._status["state"] == "running":
                self._status |= {**found, "state": state}


class JobBoard:
    """The newest job for each purpose, such as the culprit search of one comparison.

    Args:
        most: how many may run at the same time, those that are just stopping included.
        kept: how many are remembered; the oldest that has ended leaves first.
    """

    def __init__(self, most: int = 2, kept: int = 16) -> None:
        self._most = most
        self._kept = kept
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._alive: set[Job] = set()
        self._lock = threading.Lock()

    def replace(self, purpose: Hashable) -> Job:
        """Return a new job for `purpose`; the one before it is stopped.

        Raises:
            UsageError: code ``busy``: too many are running.
        """
        with self._lock:
            earlier = self._jobs.get(purpose)
            if earlier is not None:
                earlier.cancel()
            return self._add(purpose)

    def start(self, purpose: Hashable, work: Callable[[Job], Mapping[str, Any]]) -> Job:
        """Return the job that runs for `purpose`; when there is none, start `work` in a thread.

        What the work returns is reported as its last finding.

        Raises:
            UsageError: code ``busy``: too many are running.
        """
        with self._lock:
            running = self._jobs.get(purpose)
            if running is not None and running.status()["state"] == "running":
                return running
            job = self._add(purpose)

        def search(job: Job) -> None:
            job.report(work(job))

        def body() -> None:
            try:
                job.run(search)
            except (Cancelled, InspectorError):
                pass  # the status tells
            except Exception:  # noqa: BLE001 - the status tells that, the terminal where
                _log.exception("a job failed")

        threading.Thread(target=body, name="inspector-job", daemon=True).start()
        return job

    def newest(self, purpose: Hashable) -> Job | None:
        """The job started last for `purpose`, or None."""
        with self._lock:
            return self._jobs.get(purpose)

    def get(self, purpose: Hashable, key: str) -> Job:
        """Return the job `key` of `purpose`.

        Raises:
            UsageError: code ``no-job``: never started, or replaced by another.
        """
        job = self.newest(purpose)
        if job is None or job.key != key:
            raise UsageError("no-job", "job", "it is no longer there", "", "Start it again.")
        return job

    def _add(self, purpose: Hashable) -> Job:
        self._alive = {job for job in self._alive if job.alive}
        if len(self._alive) >= self._most:
            raise UsageError(
                "busy", "run", "the inspector is still busy with earlier work", "",
                "Wait a moment or cancel what runs.",
            )  # fmt: skip
        job = Job()
        self._alive.add(job)
        self._jobs[purpose] = job
        self._jobs.move_to_end(purpose)
        ended = [p for p, j in self._jobs.items() if not j.alive]
        for old in ended[: max(0, len(self._jobs) - self._kept)]:
            del self._jobs[old]
        return job
