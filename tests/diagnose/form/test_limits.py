"""Clipping, lost signs and another floor."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import FormContext, find_forms

X = np.random.default_rng(0).standard_normal((1, 20, 80)).astype(np.float32)


def test_clipping_knows_its_limits():
    best = find_forms(X, np.clip(X, -np.inf, 1.0)).best
    assert best is not None and best.key == "clipping"
    assert best.evidence["high"] == 1.0 and best.evidence["low"] is None
    assert best.residual == 0.0


def test_the_reference_may_stop_at_a_higher_floor():
    deep = X.copy()
    floored = np.maximum(X, np.float32(-0.5))
    report = find_forms(floored, deep, FormContext("BFT"))
    assert report.best is not None and report.best.key == "floor"
    assert report.best.kind == "place" and report.best.evidence["floor"] == -0.5


def test_a_tensor_that_merely_has_a_maximum_is_not_clipped():
    keys = [form.key for form in find_forms(X, (X * 0.9).astype(np.float32)).ranked]
    assert "clipping" not in keys
