"""The first divergence is the first tensor that differs, said with its numbers."""

from __future__ import annotations

import numpy as np

from inspector.analysis.tensor import compare_pair
from inspector.diagnose.divergence import find_first_divergence
from inspector.tensors import TensorPair
from tests.runs import record


def comparison(reference, candidate, *, role="", step=None, name="a"):
    left, right = np.asarray(reference), np.asarray(candidate)
    pair = TensorPair(
        record(name, left), record(name, right), "same name", 1.0, step=step, role=role
    )
    return compare_pair(pair)


SAME = comparison(np.ones(4, np.float32), np.ones(4, np.float32))


def noise(seed):
    return np.random.default_rng(seed).standard_normal((1, 80, 50)).astype(np.float32)


def test_agreeing_tensors_have_no_divergence():
    assert find_first_divergence([SAME, SAME]) is None
    assert find_first_divergence([]) is None


def test_the_first_in_order_is_named_with_its_step_and_its_error():
    rows = [
        SAME,
        comparison(np.ones(4, np.float32), 1.5 * np.ones(4, np.float32), step=3, name="late"),
        comparison(np.ones(4, np.float32), np.zeros(4, np.float32), name="later"),
    ]
    found = find_first_divergence(rows)
    assert (found.reference, found.step, found.row, found.passed_before) == ("late", 3, 1, 1)
    assert "late (ODE step 3)" in found.sentence
    assert "0.5" in found.sentence
    assert found.to_dict() == {"reference": "late", "candidate": "late", "step": 3}


def test_independent_noise_is_called_different_noise():
    found = find_first_divergence([comparison(noise(0), noise(1), role="initial_noise")])
    assert "different noise" in found.hint
    scaled = find_first_divergence([comparison(noise(0), 2 * noise(0), role="initial_noise")])
    assert "different noise" not in scaled.hint


def test_the_same_values_elsewhere_are_called_a_permutation():
    found = find_first_divergence([comparison(noise(0), noise(0)[:, ::-1].copy())])
    assert "another order" in found.sentence
    assert "permutation" in found.hint


def test_one_sided_nan_is_counted_not_averaged():
    broken = noise(0)
    broken[0, 3, 4] = np.nan
    found = find_first_divergence([comparison(noise(0), broken)])
    assert "1 values are NaN or Inf on one side only" in found.sentence
