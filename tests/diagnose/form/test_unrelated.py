"""Other noise, other values, and the same values elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import find_forms

DRAW = np.random.default_rng(0)
X = DRAW.standard_normal((1, 20, 50)).astype(np.float32)


def test_another_draw_of_the_same_noise():
    best = find_forms(X, DRAW.standard_normal(X.shape).astype(np.float32)).best
    assert best is not None and (best.key, best.confidence) == ("other_noise", "likely")
    assert best.records[0] == "RN01" and best.residual is None


def test_weak_values_that_share_nothing_are_unloaded_weights():
    best = find_forms(X, (0.1 * DRAW.standard_normal(X.shape)).astype(np.float32)).best
    assert best is not None and (best.key, best.records[0]) == ("unrelated", "WK02")
    assert best.evidence["spread_ratio"] == pytest.approx(0.1, abs=0.01)


def test_related_values_are_not_called_noise():
    mixed = (0.6 * X + 0.8 * DRAW.standard_normal(X.shape)).astype(np.float32)
    assert not find_forms(X, mixed).ranked


def test_shuffled_values_are_the_same_values():
    best = find_forms(X, DRAW.permutation(X.reshape(-1)).reshape(X.shape)).best
    assert best is not None and best.key == "same_values"
