"""A side that holds nothing says so first."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import FormContext, find_forms

X = np.random.default_rng(0).standard_normal((2, 20, 50)).astype(np.float32)
CONTEXT = FormContext("BCT")


def _best(candidate, reference=X):
    best = find_forms(reference, candidate, CONTEXT).best
    assert best is not None and best.confidence == "certain"
    return best


def test_zero_and_constant():
    assert _best(np.zeros_like(X)).key == "zeros"
    assert _best(np.full_like(X, 2.5)).sentence == "The candidate is 2.5 everywhere."


def test_a_zero_reference_is_named_too():
    best = _best(X, np.zeros_like(X))
    assert best.key == "reference_constant"
    assert best.residual is None


def test_equal_frames_and_rows():
    assert _best(np.repeat(X[..., :1], 50, 2)).key == "frozen"
    assert _best(np.concatenate([X[:1], X[:1]])).key == "equal_rows"


def test_zeroed_frames_and_one_zeroed_row():
    frames = X.copy()
    frames[..., :12] = 0
    best = _best(frames)
    assert best.key == "zeroed" and best.evidence["count"] == 12
    row = X.copy()
    row[1] = 0
    assert _best(row).records[0] == "MK17"


def test_a_tensor_with_zeros_on_both_sides_is_not_zeroed():
    padded = X.copy()
    padded[..., 40:] = 0
    keys = [form.key for form in find_forms(padded, 2 * padded, CONTEXT).ranked]
    assert "zeroed" not in keys
