"""Judging a guess: what is left, beyond what chance and simpler predictions leave."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form.case import prepare
from inspector.diagnose.form.context import FormContext
from inspector.diagnose.form.guess import Guess, judge
from inspector.metrics.tolerance import default_tolerance


def _arrays():
    draw = np.random.default_rng(0)
    return draw.standard_normal((5, 200)), draw.standard_normal((5, 200))


def test_an_exact_prediction_leaves_nothing():
    x, _ = _arrays()
    case = prepare(x, 3 * x, FormContext())
    found = judge(case, Guess("g", "", "", lambda: 3 * x, 1))
    assert found is not None
    assert (found.energy, found.passes) == (0.0, True)
    assert found.beyond == pytest.approx(1.0)
    assert found.whole == pytest.approx(float(np.square(2 * x).sum()))


def test_predicting_nothing_explains_nothing_of_unrelated_values():
    x, y = _arrays()
    case = prepare(x, y, FormContext())
    found = judge(case, Guess("g", "", "", lambda: 0 * x, 0))
    assert found is not None
    # Half of |y - x| is gone, and yet nothing of the reference is in the candidate.
    assert found.energy == pytest.approx(found.whole / 2, rel=0.2)
    assert abs(found.beyond) < 0.01


def test_random_numbers_are_paid_for():
    x, y = _arrays()
    case = prepare(x, x + y, FormContext())
    per_column = y.mean(axis=0, keepdims=True)
    guess = Guess("g", "", "", lambda: x + per_column, 100)
    found = judge(case, guess)
    assert found is not None
    assert abs(found.beyond) < 0.15
    too_many = Guess("g", "", "", lambda: x + y.mean(axis=0, keepdims=True), 200)
    assert judge(case, too_many) is None


def test_identifiers_count_as_equal_or_not():
    exact = FormContext(tolerance=default_tolerance("int64", "int64", exact=True))
    tokens = np.arange(100).reshape(1, 100)
    found = judge(prepare(tokens, tokens + 1, exact), Guess("g", "", "", lambda: tokens + 1.0))
    assert found is not None and found.passes and found.whole == 100
    near = judge(prepare(tokens, tokens + 1, exact), Guess("g", "", "", lambda: tokens + 1.1))
    assert near is not None and not near.passes and near.energy == 100
