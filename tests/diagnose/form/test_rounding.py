"""Rounding to a grid is recognised bit for bit, and half precision is no mistake."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import find_forms
from inspector.diagnose.weight_grid import round_to

X = np.random.default_rng(0).standard_normal((1, 40, 60)).astype(np.float32)


def _best(candidate):
    best = find_forms(X, candidate).best
    assert best is not None
    return best


def test_rounded_and_cut_bfloat16_differ():
    assert _best(round_to(X, "bfloat16")).key == "rounded_bfloat16"
    cut = (X.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    assert _best(cut).key == "cut_bfloat16"
    assert _best(cut).harmless


def test_a_run_in_half_precision_lies_on_its_grid():
    noise = 4e-4 * np.random.default_rng(1).standard_normal(X.shape)
    best = _best((X + noise).astype(np.float16).astype(np.float32))
    assert (best.key, best.harmless) == ("half_precision", True)
    far = (X + 100 * noise).astype(np.float16).astype(np.float32)
    assert not find_forms(X, far).ranked


def test_levels_are_counted():
    step = (X.max() - X.min()) / 15
    best = _best((X.min() + np.rint((X - X.min()) / step) * step).astype(np.float32))
    assert best.key == "quantised"
    assert best.evidence["levels"] == 16
    pcm = _best((np.rint(X * 32768) / 32768).astype(np.float32))
    assert pcm.key == "quantised" and abs(pcm.evidence["step"] * 32768 - 1) < 1e-6


def test_whole_numbers():
    assert _best(np.trunc(X * 1)).evidence["how"] == "trunc"
