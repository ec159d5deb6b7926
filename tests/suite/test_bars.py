"""Bars: met, missed, not measured."""

from __future__ import annotations

from dataclasses import replace

from inspector.suite.bars import Share, called_healthy, measure, named_within
from inspector.suite.case import Case
from inspector.suite.scoring import CaseResult, CulpritScore, DivergenceScore, MatchScore

NAMED = CaseResult(
    Case("healthy"), MatchScore(100, 100), DivergenceScore((), "", None, False, ""), seconds={}
)  # fmt: skip
RANDOM = replace(NAMED, case=Case("random", names="random"), match=MatchScore(
    20, 20, ambiguous=4, flagged=4))  # fmt: skip
FAULTY = CaseResult(
    Case("faults", faults=("euler_sign",)), MatchScore(10, 10),
    DivergenceScore(("b",), "b", True, True, ""),
    CulpritScore({"euler_sign": 1}, (), True, False, False, ("euler_sign",)),
)  # fmt: skip
ALL = (NAMED, RANDOM, FAULTY)


def met(*results):
    return [bar.met for bar in measure(results)]


def test_every_bar_is_met_by_perfect_results():
    assert met(*ALL) == [True] * 8


def test_what_was_not_measured_is_not_missed():
    assert met(NAMED) == [True, None, True, None, None, None, True, True]
    assert Share(0, 0).percent is None


def missed(*results):
    return [i for i, ok in enumerate(met(*results)) if ok is False]


def test_each_planted_failure_misses_its_bar():
    assert missed(replace(NAMED, match=MatchScore(100, 96, missed=4)), RANDOM, FAULTY) == [0]
    assert missed(NAMED, replace(RANDOM, match=MatchScore(20, 18, missed=2)), FAULTY) == [1]
    assert missed(*ALL, replace(NAMED, match=MatchScore(1, 1, wrong=1))) == [2]
    assert missed(*ALL, replace(NAMED, match=MatchScore(1, 1, laid_wrong=1))) == [2]
    assert missed(*ALL, replace(RANDOM, match=MatchScore(ambiguous=2, flagged=1))) == [3]
    wrong = replace(FAULTY, verdict=DivergenceScore(("b",), "c", False, True, ""))
    assert missed(*ALL, wrong) == [4]
    other = replace(FAULTY, culprit=CulpritScore({"euler_sign": 2}, (), True, False, False, ()))
    assert missed(*ALL, other) == [5]
    alarm = replace(NAMED, verdict=DivergenceScore((), "a", None, True, ""))
    assert missed(*ALL, alarm) == [6]
    assert missed(*ALL, CaseResult(Case("x"), error="It broke.")) == [7]


def test_only_what_shows_and_can_be_named_counts():
    silent = replace(FAULTY, verdict=DivergenceScore((), "", None, False, ""))
    blind = replace(FAULTY, culprit=replace(FAULTY.culprit, nameable=False))
    reference = replace(FAULTY, case=replace(FAULTY.case, side="reference"))
    assert named_within((silent, blind, reference), 1) == Share(0, 0)


def test_a_mistake_that_is_called_healthy_is_counted():
    cleared = replace(FAULTY, culprit=replace(FAULTY.culprit, healthy=True))
    assert called_healthy((FAULTY, cleared)) == 1
