"""Transposes, memory orders and heads that were merged or split without being moved."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import FormContext, find_forms
from tests.real import real_trace

X = np.random.default_rng(0).standard_normal((2, 6, 30, 8)).astype(np.float32)


def _best(reference, candidate, letters=""):
    best = find_forms(reference, candidate, FormContext(letters)).best
    assert best is not None
    assert best.residual == 0.0 and best.confidence == "certain"
    return best


def test_square_axes_exchanged():
    square = X[:, :, :6, 0]
    assert _best(square, square.swapaxes(1, 2).copy()).key == "transposed"
    assert _best(X[0, :, :, 0], X[0, :, :, 0].T.copy()).key == "transposed"


def test_fortran_bytes_in_both_directions():
    there = X.reshape(-1, order="F").reshape(X.shape)
    assert _best(X, there).key == "fortran_order"
    back = _best(there, X)
    assert back.key == "c_order"
    assert back.records == ("FW01",)


def test_heads_merged_without_being_moved_changes_the_shape():
    merged = X.reshape(2, 30, 48)  # [B, H, T, D] read as [B, T, H D]
    right = X.transpose(0, 2, 1, 3).reshape(2, 30, 48)
    best = _best(right, merged, "BTC")
    assert best.key in ("heads_merged", "heads_split") and best.records[0] == "AL01"


def test_a_reshape_in_stored_order_is_only_that():
    assert _best(X, X.reshape(12, 240)).key == "reshaped"


def test_prompt_features_of_a_real_port():
    folder = real_trace("python-vs-swift")
    sides = [np.load(folder / side / "step4_prompt_feat.npy") for side in ("python", "swift")]
    best = _best(sides[0], sides[1].astype(np.float32), "BTC")
    assert best.key == "fortran_order"


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_values_are_in_no_known_order(seed):
    shuffled = np.random.default_rng(seed).permutation(X.reshape(-1)).reshape(X.shape)
    best = find_forms(X, shuffled).best
    assert best is not None and best.key == "same_values" and best.residual is None
