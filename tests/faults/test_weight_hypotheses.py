"""The candidates for what a layer's weights became."""

from __future__ import annotations

import numpy as np

from inspector.faults.weight_hypotheses import weight_hypotheses

RNG = np.random.default_rng(0)
WEIGHTS = {
    "a.weight": RNG.standard_normal((64, 64)).astype(np.float32),
    "b.weight": RNG.standard_normal((64, 64)).astype(np.float32),
    "c.weight": RNG.standard_normal((64, 32, 3)).astype(np.float32),
    "a.bias": np.zeros(64, np.float32),
}


def test_the_checkpoint_itself_comes_first():
    first = next(iter(weight_hypotheses(WEIGHTS, "a.weight")))
    assert first.kind == "equal"
    assert np.array_equal(first.weight, WEIGHTS["a.weight"])


def test_each_candidate_differs_from_the_others():
    for key in ("a.weight", "c.weight"):
        found = list(weight_hypotheses(WEIGHTS, key, heads=4))
        assert all(h.weight.shape == WEIGHTS[key].shape for h in found)
        for i, one in enumerate(found):
            for two in found[:i]:
                assert not np.array_equal(one.weight, two.weight), (one.detail, two.detail)


def test_only_what_fits_is_offered():
    kinds = {h.kind for h in weight_hypotheses(WEIGHTS, "c.weight")}
    assert kinds == {"equal", "flipped", "transposed", "half"}  # by memory, not by axes
    kinds = {h.kind for h in weight_hypotheses(WEIGHTS, "a.weight", heads=4)}
    assert kinds == {"equal", "transposed", "permuted", "other_block", "half", "quantised"}
    sources = {h.source for h in weight_hypotheses(WEIGHTS, "a.weight")}
    assert sources == {"a.weight", "b.weight"}
