"""Measure the tools themselves on pairs whose truth is known."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.errors import UsageError
from inspector.report.strict_json import dumps
from inspector.report.writing import write_bytes
from inspector.tensors import Progress

if TYPE_CHECKING:
    from inspector.suite.report import SuiteReport

_MOST_WORKERS = 64


def selftest(
    *,
    level: str = "quick",
    only: str | None = None,
    cases: int | None = None,
    workers: int = 2,
    json: str | Path | None = None,
    progress: Progress | None = None,
) -> SuiteReport:
    """Make scrambled pairs with known truth, put them before the tools, and count.

    The options are those of ``inspector selftest``.

    Args:
        level: ``quick`` or ``full`` set of cases.
        only: regular expression; only cases whose description it finds.
        cases: at most so many cases, spread evenly.
        workers: processes.
        json: also write the JSON document with every case there.
        progress: called as ``progress(done, total, what)``; may raise `Cancelled`.

    Returns:
        The report; after Ctrl-C with what was measured until then.

    Raises:
        UsageError: an option cannot be used.
    """
    from inspector.suite.cases import choose
    from inspector.suite.decoders import has_demo
    from inspector.suite.report import SuiteReport
    from inspector.suite.runner import run_cases

    if not 1 <= workers <= _MOST_WORKERS:
        raise UsageError("workers", "workers", f"it is {workers}", f"1 to {_MOST_WORKERS}")
    started = time.perf_counter()
    chosen = choose(level, only=only, count=cases)
    results, done = run_cases(chosen, workers=min(workers, len(chosen)), progress=progress)
    notes = () if has_demo() else (
        "The trained demo decoder is not installed; only seeded decoders were run.",
    )  # fmt: skip
    report = SuiteReport(results, len(chosen), done, time.perf_counter() - started, notes)
    if json is not None:
        write_bytes(Path(json), (selftest_json(report) + "\n").encode())
    return report


def selftest_json(report: SuiteReport) -> str:
    """The JSON document of a self-test as strict JSON text."""
    return dumps(report.to_dict(), indent=2)


def selftest_text(report: SuiteReport, *, verbose: bool = False) -> str:
    """The tables of a self-test as terminal text."""
    from inspector.suite.report import render

    return render(report, verbose=verbose)
