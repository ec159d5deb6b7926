"""NaN and infinity are counted and placed; the rest is still looked at."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import FormContext, find_forms

X = np.random.default_rng(0).standard_normal((1, 20, 50)).astype(np.float32)
CONTEXT = FormContext("BCT")


def test_nan_in_some_frames():
    spoilt = X.copy()
    spoilt[..., [3, 4, 9]] = np.nan
    best = find_forms(X, spoilt, CONTEXT).best
    assert best is not None and best.key == "nan_candidate"
    assert "60 of 1,000" in best.sentence and "3 of 50 frames (3 to 4, 9)" in best.sentence


def test_the_finite_rest_keeps_its_form():
    spoilt = (2 * X).astype(np.float32)
    spoilt[..., 0] = np.inf
    keys = [form.key for form in find_forms(X, spoilt, CONTEXT).ranked]
    assert set(keys) == {"gain", "infinite_candidate"}


def test_nan_throughout_and_on_both_sides():
    nothing = np.full_like(X, np.nan)
    best = find_forms(X, nothing, CONTEXT).best
    assert best is not None and best.sentence == "Every value of the candidate is NaN."
    assert find_forms(nothing, nothing, CONTEXT).unexplained == "Every value is equal."
    both = X.copy()
    both[..., 0] = np.nan
    best = find_forms(both, -both, CONTEXT).best
    assert best is not None and best.key == "sign"
