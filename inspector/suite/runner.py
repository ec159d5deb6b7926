"""Runs many cases, on several processes when asked, and can be stopped at any time."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

from inspector.suite.case import Case
from inspector.suite.running import Workplace
from inspector.suite.scoring import CaseResult
from inspector.tensors import Progress, silent

_WORKPLACE: Workplace | None = None
"""Of a worker process."""


def run_cases(
    cases: Sequence[Case], *, workers: int = 1, progress: Progress | None = None
) -> tuple[tuple[CaseResult, ...], bool]:
    """Run cases until all are done or the run is interrupted.

    Args:
        cases: what to run.
        workers: processes; 1 runs in this one.
        progress: called after each case; may raise `inspector.errors.Cancelled`.

    Returns:
        The results in the order of the cases, and whether all cases were run: False after
        Ctrl-C.
    """
    report = progress or silent
    results: dict[int, CaseResult] = {}
    done = True
    with tempfile.TemporaryDirectory(prefix="inspector-selftest-") as folder:
        started = _in_processes if workers > 1 else _here
        with closing(started(cases, Path(folder), workers)) as made:
            try:
                for index, result in made:
                    results[index] = result
                    report(len(results), len(cases), result.case.describe())
            except KeyboardInterrupt:
                done = False
    return tuple(results[i] for i in sorted(results)), done


def _here(
    cases: Sequence[Case], folder: Path, _workers: int
) -> Generator[tuple[int, CaseResult], None, None]:  # fmt: skip
    workplace = Workplace(folder)
    for index, case in enumerate(cases):
        yield index, workplace.run(case)


def _in_processes(
    cases: Sequence[Case], folder: Path, workers: int
) -> Generator[tuple[int, CaseResult], None, None]:
    # fresh interpreters: frameworks with threads of their own do not survive a fork
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _prepare, (str(folder),)) as pool:
        yield from pool.imap_unordered(_run, enumerate(cases))


def _prepare(folder: str) -> None:
    global _WORKPLACE
    # Ctrl-C reaches every process of a terminal; the first one stops the others
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _WORKPLACE = Workplace(Path(folder))


def _run(numbered: tuple[int, Case]) -> tuple[int, CaseResult]:
    index, case = numbered
    if _WORKPLACE is None:
        raise RuntimeError("the process was not prepared")
    return index, _WORKPLACE.run(case)
