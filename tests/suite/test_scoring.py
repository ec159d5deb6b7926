"""Scores: a planted wrong pair, a lost partner and a false alarm each cost something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.diagnose.divergence import FirstDivergence
from inspector.diagnose.suspect import CulpritReport
from inspector.diagnose.verdict import Verdict
from inspector.faults.registry import faults
from inspector.live.introduced import IntroducedMap
from inspector.match.matching import Ambiguous
from inspector.suite.case import Case
from inspector.suite.scoring import (
    CaseResult,
    CulpritScore,
    DivergenceScore,
    score_culprit,
    score_match,
    score_verdict,
)
from inspector.suite.truth import Truth, find_truth
from inspector.tensors import Layout, TensorPair
from tests.diagnose.searches import suspect_of
from tests.suite.pairs import matched, record, side, values

STATE = "step01/ode.x_after"
ONE = side(values(), {"initial_noise": "a", STATE: "b", "mel": "c"})
TWO = side(values(), {"initial_noise": "x", STATE: "y", "mel": "z"})
TRUTH = find_truth(ONE, TWO, names_tell=True)


def pair(reference, candidate, confidence=1.0, **options):
    return TensorPair(record(ONE, reference), record(TWO, candidate), "r", confidence, **options)


RIGHT = [pair(name, name) for name in ONE.names]


def score(*pairs, truth=TRUTH, ambiguous=()):
    return score_match(replace(matched(*pairs), ambiguous=ambiguous), truth, ONE, TWO)


def test_a_perfect_match():
    found = score(*RIGHT)
    assert (found.true_pairs, found.correct, found.wrong, found.missed) == (3, 3, 0, 0)


def test_a_planted_wrong_pair_lowers_the_score():
    found = score(pair("initial_noise", STATE), pair(STATE, "initial_noise"), RIGHT[2])
    assert (found.correct, found.wrong) == (1, 2)
    assert found.examples == ("a -> y", "b -> x")


def test_without_confidence_it_is_no_claim():
    found = score(pair("initial_noise", STATE, 0.49), *RIGHT[1:])
    assert (found.correct, found.wrong, found.hesitant) == (2, 0, 1)


def test_axes_on_the_wrong_axes_are_wrong():
    turned = pair("mel", "mel", candidate_layout=Layout(axes=(0, 2, 1)))
    found = score(*RIGHT[:2], turned)
    assert (found.correct, found.laid_wrong) == (2, 1)


def test_a_partner_that_does_not_exist_is_wrong():
    truth = Truth({"a": "x", "b": "y"}, frozenset(), frozenset())
    found = score(*RIGHT, truth=truth)
    assert (found.true_pairs, found.correct, found.wrong) == (2, 2, 1)


def test_lost_and_needlessly_flagged_tensors_are_counted():
    found = score(RIGHT[0], ambiguous=(Ambiguous(("b",), ("y", "z"), ""),))
    assert (found.correct, found.flagged_needlessly, found.missed) == (1, 1, 1)


def test_a_true_ambiguity_must_be_flagged():
    truth = replace(TRUTH, ambiguous=frozenset({"b", "c"}))
    claimed = score(*RIGHT, truth=truth)
    assert (claimed.true_pairs, claimed.correct, claimed.wrong) == (1, 1, 0)
    assert (claimed.ambiguous, claimed.flagged) == (2, 0)
    hesitant = score(RIGHT[0], pair(STATE, STATE, 0.3), truth=truth,
                     ambiguous=(Ambiguous(("c",), ("y", "z"), ""),))  # fmt: skip
    assert hesitant.flagged == 2


def verdict(first="", code=0):
    found = FirstDivergence(first, "c", 1, 0, 0, "") if first else None
    return Verdict("different" if first else "same", "It is.", found, "", {}, code)


def test_the_first_divergence_is_one_of_those_that_may_be_named():
    truth = replace(TRUTH, first=frozenset({"b", "c"}))
    assert score_verdict(verdict("c", 1), truth).right is True
    assert score_verdict(verdict("a", 1), truth).right is False
    assert score_verdict(verdict(), truth).right is False
    assert score_verdict(verdict(), TRUTH).right is None


def report(*suspects, **options):
    return CulpritReport(suspects, **{"healthy": False, "introduced": IntroducedMap((), ()),
                                      **options})  # fmt: skip


def culprit(planted, *named, level="blocks", **options):
    case = Case("x", faults=planted, level=level)
    suspects = tuple(suspect_of(key) for key in named)
    return score_culprit(report(*suspects, **options), case, {k: faults()[k] for k in planted})


def test_the_place_of_the_planted_fault():
    found = culprit(("euler_sign",), "kernel_flipped", "euler_sign")
    assert found.ranks == {"euler_sign": 2}
    assert (found.within(1), found.within(3)) == (False, True)
    assert not culprit(("euler_sign",), "kernel_flipped").within(3)
    assert culprit(("euler_sign",), "euler_sign").within(1)


def test_controls_take_no_place_and_what_is_alike_counts():
    case = Case("x", faults=("euler_sign",))
    planted = {"euler_sign": faults()["euler_sign"]}
    control = suspect_of("run_in_float16", kind="control")
    found = score_culprit(report(control, suspect_of("euler_sign")), case, planted)
    assert found.within(1)
    alike = score_culprit(report(suspect_of("other", alike=("euler_sign",))), case, planted)
    assert alike.within(1)


def test_two_faults_need_two_places():
    both = ("euler_sign", "kernel_flipped")
    assert culprit(both, "kernel_flipped", "euler_sign").within(1)
    assert not culprit(both, "kernel_flipped", "x", "euler_sign").within(1)
    assert not culprit(both, "kernel_flipped").within(3)


@pytest.mark.parametrize(
    ("key", "level", "nameable"),
    [("attention_unloaded", "ode", False), ("attention_unloaded", "blocks", True),
     ("bias_invented", "blocks", False), ("bias_invented", "ops", True),
     ("euler_sign", "ode", True)],
)  # fmt: skip
def test_what_a_level_can_tell(key, level, nameable):
    assert culprit((key,), level=level).nameable is nameable


def test_a_planted_false_alarm_is_seen():
    calm = CaseResult(Case("x"), verdict=DivergenceScore((), "", None, False, ""))
    assert calm.false_alarms == ()
    alarmed = replace(calm, verdict=DivergenceScore((), "", None, True, ""))
    assert alarmed.false_alarms == ("diff",)
    accused = replace(calm, culprit=CulpritScore({}, (), True, False, False, ("x",)))
    assert accused.false_alarms == ("culprit",)
    faulty = replace(alarmed, case=Case("x", faults=("euler_sign",)))
    assert faulty.false_alarms == ()


def test_a_mistake_of_the_reference_is_laid_to_it():
    case = Case("x", faults=("euler_sign",), side="reference")
    shown = DivergenceScore(("b",), "b", True, True, "reference")
    named = CaseResult(case, verdict=shown, culprit=CulpritScore({}, (), True, True, True, ()))
    assert named.reference_right is True
    accused = replace(named, culprit=CulpritScore({}, (), True, False, True, ("x",)))
    assert accused.reference_right is False
    assert replace(named, case=replace(case, side="candidate")).reference_right is None
