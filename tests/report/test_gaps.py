"""What was not compared is told in few lines."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.comparison import compare_traces
from inspector.report.gaps import gap_lines
from tests import runs


def gaps(names, **options):
    run = runs.healthy_run()
    rng = np.random.default_rng(3)
    extra = {name: rng.standard_normal((1, 7, 11)).astype(np.float32) for name in names}
    found = compare_traces(runs.trace({**run, **extra}), runs.trace(run))
    return list(gap_lines(found, **options))


def test_few_are_listed_with_their_reasons():
    lines = gaps(["alpha", "beta"])
    assert [line.split(": ")[:2] for line in lines] == [
        ["  reference", "alpha"], ["  reference", "beta"],
    ]  # fmt: skip


def test_many_of_one_reason_are_one_line():
    names = [f"step7_step1_mid_blocks.{i}.0" for i in range(6)]
    (line,) = gaps(names)
    assert line.startswith(f"  reference: 6 tensors ({names[0]}, {names[1]}, and 4 more): ")
    whole = gaps(names, verbose=True)
    assert len(whole) == 6
    assert all(name in line for name, line in zip(names, whole, strict=True))


def test_nothing_missing_is_nothing_said():
    assert gaps([]) == []


def test_equal_tensors_are_told_in_one_line():
    rng = np.random.default_rng(6)
    reference, candidate = {}, {}
    for i in range(5):
        value = rng.standard_normal((3, 50)).astype(np.float32)
        for j in range(2):
            reference[f"q{i}{j}"], candidate[f"z{7 * i % 5}{j}w"] = value, value.copy()
    found = compare_traces(runs.trace(reference), runs.trace(candidate))
    assert len(found.match.ambiguous) == 5
    (line,) = gap_lines(found)
    assert "5 groups of equal tensors" in line
    assert len(list(gap_lines(found, verbose=True))) == 5
