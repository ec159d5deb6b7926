"""Long work in the background: progress, partial results, cancelling, bounds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from inspector.errors import Cancelled, UsageError
from inspector.ui.jobs import Job, JobBoard


def _until(condition: Callable[[], bool]) -> None:
    """Wait for another thread."""
    tick = threading.Event()
    for _ in range(500):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not happen in 5 s")


class Gated:
    """Work that reports progress until its gate opens."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun = threading.Event()

    def __call__(self, job: Job) -> dict[str, Any]:
        job.progress(1, 4, "Weights")
        job.report({"log": ["inputs agree"], "suspects": [1, 2, 3]})
        self.begun.set()
        while not self.gate.wait(0.01):
            job.progress(2, 4, "Blocks")
        return {"healthy": False, "suspects": [1]}


def test_progress_and_partial_results_are_seen_while_it_runs() -> None:
    work = Gated()
    job = JobBoard().start("a", work)
    work.begun.wait(5)
    status = job.status()
    assert status["state"] == "running"
    assert (status["log"], status["suspects"]) == (["inputs agree"], [1, 2, 3])
    _until(lambda: job.status()["stage"] == "Blocks")
    assert (job.status()["done"], job.status()["total"]) == (2, 4)
    work.gate.set()
    _until(lambda: job.status()["state"] == "done")
    assert job.status()["suspects"] == [1]
    assert job.status()["log"] == ["inputs agree"]
    assert job.status()["healthy"] is False


def test_cancelling_is_told_at_once_and_ends_the_work() -> None:
    work = Gated()
    job = JobBoard().start("a", work)
    work.begun.wait(5)
    job.cancel()
    assert job.status()["state"] == "cancelled"
    assert job.status()["suspects"] == [1, 2, 3], "what was found until then stays"
    _until(lambda: not job.alive)
    job.report({"suspects": []})
    assert job.status()["suspects"] == [1, 2, 3]


def test_a_result_that_comes_after_the_cancelling_does_not_count() -> None:
    job = Job()

    def work(job: Job) -> dict[str, Any]:
        job.cancel()
        return {"healthy": True}

    with pytest.raises(Cancelled):
        job.run(work)
    assert job.status()["state"] == "cancelled"
    assert "healthy" not in job.status()


def test_a_failure_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def usage(job: Job) -> None:
        raise UsageError("x", "checkpoint", "it has no weights")

    def fault(job: Job) -> None:
        raise ZeroDivisionError("secret detail")

    board = JobBoard()
    first, second = board.start("a", usage), board.start("b", fault)
    _until(lambda: not first.alive and not second.alive)
    assert first.status()["state"] == second.status()["state"] == "failed"
    assert first.status()["sentence"] == "checkpoint: it has no weights."
    assert "ZeroDivisionError" in second.status()["sentence"]
    assert "secret detail" not in str(second.status())
    _until(lambda: "secret detail" in caplog.text)


def test_one_purpose_has_one_running_job() -> None:
    work = Gated()
    board = JobBoard()
    job = board.start("a", work)
    assert board.start("a", work) is job
    work.gate.set()
    _until(lambda: job.status()["state"] == "done")
    again = board.start("a", work)
    assert again is not job
    assert board.newest("a") is again
    with pytest.raises(UsageError, match="no longer there"):
        board.get("a", job.key)
    with pytest.raises(UsageError, match="no longer there"):
        board.get("b", again.key)
    assert board.get("a", again.key) is again


def test_replacing_stops_the_one_before() -> None:
    board = JobBoard()
    first = board.replace("a")
    second = board.replace("a")
    with pytest.raises(Cancelled):
        first.progress(0, 1, "x")
    second.progress(0, 1, "x")
    assert board.newest("a") is second


def test_work_that_is_still_stopping_counts() -> None:
    """A framework call cannot be interrupted: many clicks must not pile up threads."""
    board = JobBoard(most=2)
    hold = threading.Event()
    jobs = [board.start(i, lambda job: {"held": hold.wait(5)}) for i in range(2)]
    for job in jobs:
        job.cancel()
    with pytest.raises(UsageError, match="still busy"):
        board.start("third", lambda job: {})
    hold.set()
    _until(lambda: not any(job.alive for job in jobs))
    board.start("third", lambda job: {})


def test_only_the_newest_are_remembered() -> None:
    board = JobBoard(kept=3)
    for i in range(6):
        board.replace(i).run(lambda job: None)
    assert [i for i in range(6) if board.newest(i)] == [3, 4, 5]
