"""The report: a row per group, the bars in words, strict JSON, what was not perfect."""

from __future__ import annotations

from dataclasses import replace

from inspector.report.strict_json import dumps
from inspector.suite.report import SuiteReport, render, table
from inspector.suite.scoring import CaseResult, DivergenceScore, MatchScore
from tests.suite.test_bars import ALL, NAMED, RANDOM

REPORT = SuiteReport(ALL, 3, True, 12.0)


def test_one_row_per_group_in_order():
    rows = table((*ALL, NAMED))
    assert [(row[0], row[1]) for row in rows] == [("healthy", "2"), ("random", "1"),
                                                  ("faults", "1")]  # fmt: skip
    assert rows[0][3] == "100.0 %"
    assert rows[1][7] == "4/4"
    assert rows[2][8:11] == ("1/1", "1/1", "1/1")


def test_a_perfect_report():
    text = render(REPORT)
    assert REPORT.met
    assert "MISSED" not in text and "Not perfect" not in text
    assert text.endswith("3 of 3 cases in 12 s. Every bar is met.\n")


def test_what_is_missed_is_said():
    wrong = replace(
        NAMED, match=MatchScore(100, 98, wrong=2, examples=("a -> b",)),
        verdict=DivergenceScore((), "a", None, True, "", "It differs."),
    )  # fmt: skip
    report = replace(REPORT, results=(*ALL, wrong, CaseResult(wrong.case, error="It broke.")))
    text = render(report)
    assert not report.met
    assert "2 wrong pairs (a -> b)" in text
    assert "false alarm of diff (It differs.)" in text
    assert "It broke." in text
    assert "Not every bar is met." in text


def test_few_complaints_unless_asked_for_all():
    lost = replace(RANDOM, match=MatchScore(20, 5, missed=15))
    report = replace(REPORT, results=(lost,) * 30)
    assert "... and 18 more" in render(report)
    assert render(report, verbose=True).count("15 of 20 tensors") == 30


def test_an_interrupted_run_says_so():
    text = render(replace(REPORT, results=ALL[:2], complete=False, notes=("No demo.",)))
    assert "Stopped early: 2 of 3 cases" in text
    assert "No demo." in text


def test_nothing_measured_is_not_met():
    assert not SuiteReport((), 3, False, 0.0).met


def test_the_document_is_strict_json():
    document = REPORT.to_dict()
    assert dumps(document)
    assert document["groups"][0]["group"] == "healthy"
    assert [bar["met"] for bar in document["bars"]] == [True] * 8
    assert document["cases"][2]["culprit"]["ranks"] == {"euler_sign": 1}
