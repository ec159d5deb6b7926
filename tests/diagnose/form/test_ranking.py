"""Fewer numbers first, and no certainty where two stories fit."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import FormContext, find_forms

X = np.random.default_rng(0).standard_normal((1, 30, 60)).astype(np.float32)
CONTEXT = FormContext("BCT")


def test_two_stories_that_fit_are_both_only_likely():
    ramp = np.arange(60.0).reshape(1, 60)
    found = find_forms(ramp, ramp + 1, FormContext("BT")).ranked
    assert {form.key for form in found if form.kind == "cause"} == {"offset", "lag"}
    assert all(form.confidence == "likely" for form in found)
    assert "cannot tell it from" in found[0].sentence


def test_one_wrong_value_is_no_certain_cause():
    mask = (np.arange(60) < 40).astype(np.float32)[None]
    longer = (np.arange(60) < 41).astype(np.float32)[None]
    found = find_forms(mask, longer, FormContext("BT")).ranked
    assert found[0].kind == "place"
    assert all(form.confidence != "certain" for form in found if form.kind == "cause")


def test_a_partial_explanation_says_how_much():
    noise = 0.2 * np.random.default_rng(1).standard_normal(X.shape)
    best = find_forms(X, (2 * X + noise).astype(np.float32), CONTEXT).best
    assert best is not None and best.key == "gain"
    assert best.confidence == "likely"
    assert 0.94 < best.explained < 0.98
    assert "of the squared error" in best.sentence


def test_costlier_fits_that_gain_little_are_left_out():
    noise = 0.2 * np.random.default_rng(1).standard_normal(X.shape)
    keys = [form.key for form in find_forms(X, (2 * X + noise), CONTEXT).ranked]
    assert keys == ["gain"]
