"""A lag is found with its sign, and nowhere where nothing moved."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import FormContext, find_forms
from inspector.diagnose.form.shift import best_lag


@pytest.mark.parametrize("lag", [-9, -1, 1, 3, 20])
def test_the_lag_of_frames(lag):
    x = np.random.default_rng(0).standard_normal((1, 80, 100)).astype(np.float32)
    best = find_forms(x, np.roll(x, lag, 2) * 1, FormContext("BCT")).best
    padded = np.zeros_like(x)
    padded[..., max(lag, 0) : 100 + min(lag, 0)] = x[..., max(-lag, 0) : 100 - max(lag, 0)]
    best = find_forms(x, padded, FormContext("BCT")).best
    assert best is not None and best.key == "lag"
    assert best.evidence["lag_frames"] == lag
    assert best.residual == 0.0
    assert ("late" in best.sentence) is (lag > 0)


def test_sound_lags_by_samples():
    x = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    best = find_forms(x, np.concatenate([np.zeros(37, np.float32), x[:-37]]), FormContext("N")).best
    assert best is not None and best.evidence["lag_samples"] == 37


def test_lengths_may_differ():
    x = np.random.default_rng(0).standard_normal((100, 3))
    assert best_lag(x, x[7:]) == -7
    assert best_lag(x, x[:-7]) == 0
    assert best_lag(x[7:], x) == 7


def test_unrelated_values_have_no_lag():
    draw = np.random.default_rng(0)
    assert best_lag(draw.standard_normal((100, 9)), draw.standard_normal((100, 9))) == 0
    assert best_lag(np.zeros((50, 2)), np.zeros((50, 2))) == 0
