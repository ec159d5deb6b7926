"""Findings and their order."""

from __future__ import annotations

import json

from inspector.analysis.health_finding import Finding, HealthReport, counted, ordered

_ALL = [
    Finding("a", "ok", "A."),
    Finding("b", "note", "B.", severity=10),
    Finding("c", "fail", "C.", {"x": 1.5}, ("t",), 20),
    Finding("d", "fail", "D.", severity=90),
    Finding("e", "note", "E.", severity=30),
]


def test_failures_come_first_and_what_explains_most_before_the_rest() -> None:
    assert [f.check for f in ordered(_ALL)] == ["d", "c", "e", "b", "a"]


def test_the_report_sorts_by_status() -> None:
    report = HealthReport(ordered(_ALL))
    assert report.status == "fail"
    assert [f.check for f in report.failures()] == ["d", "c"]
    assert [f.check for f in report.notes()] == ["e", "b"]
    found = report.find("c")
    assert found is not None and found.values == {"x": 1.5}
    assert report.find("z") is None
    assert HealthReport(ordered(_ALL[:2])).status == "note"
    assert HealthReport((_ALL[0],)).status == "ok"


def test_nothing_checked_is_not_healthy() -> None:
    assert HealthReport().status == "note"


def test_to_dict_is_json() -> None:
    found = json.loads(json.dumps(HealthReport(ordered(_ALL)).to_dict()))
    assert found["findings"][1] == {
        "check": "c", "status": "fail", "sentence": "C.", "values": {"x": 1.5}, "tensors": ["t"],
        "severity": 20,
    }  # fmt: skip


def test_counts_agree_with_their_noun() -> None:
    assert [counted(n, "step") for n in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
