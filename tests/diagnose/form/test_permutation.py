"""Exchanged places along one axis are found and named."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import FormContext, find_forms

X = np.random.default_rng(0).standard_normal((2, 24, 50)).astype(np.float32)
CONTEXT = FormContext("BCT")


def _best(candidate, context=CONTEXT):
    best = find_forms(X, candidate, context).best
    assert best is not None
    return best


def test_swapped_rows_of_a_batch():
    best = _best(X[::-1].copy())
    assert (best.key, best.title, best.records[0]) == ("swapped_rows", "Swapped rows", "CF05")


def test_the_order_itself_is_evidence():
    order = np.random.default_rng(3).permutation(24)
    best = _best(X[:, order])
    assert best.key == "permuted" and best.evidence["index"] == order.tolist()
    assert best.residual == 0.0


def test_heads_exchanged_as_blocks():
    blocks = np.arange(24).reshape(8, 3)[[1, 0, 2, 3, 4, 5, 7, 6]].reshape(-1)
    best = _best(X[:, blocks])
    assert best.key == "blocks" and "blocks of 3 channels" in best.sentence.lower()


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_frames_of_another_tensor_are_no_permutation(noise):
    other = np.random.default_rng(9).standard_normal(X.shape).astype(np.float32)
    report = find_forms(X, other + np.float32(noise) * X, CONTEXT)
    assert all(form.key != "permuted" for form in report.ranked)


def test_slices_that_are_alike_stay_where_they_are():
    flat = np.zeros((1, 24, 50), np.float32)
    flat[0, 3] = np.random.default_rng(1).standard_normal(50)
    moved = np.roll(flat, 1, axis=1)
    best = find_forms(flat, moved, CONTEXT).best
    assert best is None or best.key != "permuted"
