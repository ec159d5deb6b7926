"""Sides of unequal length lie on each other, or not."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import FormContext
from inspector.diagnose.form.lengths import find_crop
from inspector.metrics.tolerance import default_tolerance

X = np.random.default_rng(0).standard_normal((1, 20, 100)).astype(np.float32)
CONTEXT = FormContext("BCT")


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (X[..., 3:], "lacks 3 frames at the start"),
        (X[..., :-5], "lacks 5 frames at the end"),
        (np.pad(X, ((0, 0), (0, 0), (2, 1))), "has 2 more frames at the start and has 1 more"),
    ],
)
def test_what_is_missing_and_where(candidate, words):
    crop = find_crop(X, candidate, CONTEXT)
    assert crop is not None and crop.confidence == "certain"
    assert words in crop.sentence
    assert crop.residual == 0.0


def test_tokens_with_a_start_token():
    exact = FormContext("N", tolerance=default_tolerance("int64", "int64", exact=True))
    tokens = np.random.default_rng(0).integers(0, 6561, 50)
    crop = find_crop(tokens, np.concatenate([[6561], tokens]), exact)
    assert crop is not None and "has 1 more places at the start" in crop.sentence


def test_other_values_do_not_line_up():
    other = np.random.default_rng(5).standard_normal((1, 20, 90)).astype(np.float32)
    assert find_crop(X, other, CONTEXT) is None
    assert find_crop(X, other[:, :5], CONTEXT) is None
