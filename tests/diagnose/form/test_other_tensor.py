"""What the reference recorded under another name."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form import FormContext, find_forms

DRAW = np.random.default_rng(0)
X, Y = DRAW.standard_normal((2, 1, 20, 50))


def test_the_other_row_is_recognised():
    context = FormContext("BCT", others={"step1_uncond": lambda: Y, "gone": lambda: None})
    best = find_forms(X, Y + 1e-7, context).best
    assert best is not None and best.key == "other_tensor"
    assert best.evidence["tensor"] == "step1_uncond"
    assert "step1_uncond" in best.sentence


def test_a_tensor_that_does_not_fit_is_passed_over():
    context = FormContext("BCT", others={"short": lambda: Y[..., :9], "far": lambda: Y})
    assert all(f.key != "other_tensor" for f in find_forms(X, X + Y, context).ranked)
