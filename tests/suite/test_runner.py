"""Many cases: in order, on several processes, and stopped at any time."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.errors import Cancelled
from inspector.suite import runner
from inspector.suite.case import Case
from inspector.suite.runner import run_cases

CASES = tuple(Case("healthy", level="ode", names=n) for n in ("pytorch", "flat-files", "random"))


def test_results_come_in_the_order_of_the_cases():
    told = []
    results, done = run_cases(CASES, progress=lambda *what: told.append(what[:2]))
    assert done
    assert tuple(result.case for result in results) == CASES
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_two_processes_give_the_same():
    alone, _ = run_cases(CASES)
    together, done = run_cases(CASES, workers=2)
    assert done
    assert [(r.case, r.match, r.verdict) for r in together] == [
        (r.case, r.match, r.verdict) for r in alone
    ]


def test_ctrl_c_keeps_what_was_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(runner.tempfile, "tempdir", str(tmp_path))

    def press(done, _total, _what):
        if done == 2:
            raise KeyboardInterrupt

    results, done = run_cases(CASES, progress=press)
    assert not done
    assert len(results) == 2
    assert list(Path(tmp_path).iterdir()) == []


def test_a_caller_may_cancel():
    def cancel(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        run_cases(CASES, progress=cancel)
