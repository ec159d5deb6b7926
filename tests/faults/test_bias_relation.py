"""What became of a bias."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.faults.bias_relation import BIAS_KINDS, relate_bias

RNG = np.random.default_rng(0)
BIAS = RNG.normal(0.02, 0.1, 256)
WEIGHTS = {
    "a.weight": np.zeros((256, 64)), "a.bias": BIAS.astype(np.float32),
    "b.weight": np.zeros((256, 64)), "b.bias": RNG.normal(0, 0.1, 256),
    "free.weight": np.zeros((256, 64)), "tiny.weight": np.zeros((256, 64)),
    "tiny.bias": np.full(256, 1e-9),
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "bias", "kind"),
    [
        ("a", BIAS, "equal"),
        ("a", BIAS.astype(np.float16).astype(float), "equal"),
        ("a", np.zeros(256), "missing"),
        ("a", WEIGHTS["b.bias"], "other_block"),
        ("a", RNG.uniform(-0.125, 0.125, 256), "random"),
        ("a", BIAS[::-1], "other"),
        ("a", None, "undecided"),
        ("free", np.full(256, 1e-9), "none"),
        ("free", RNG.uniform(-0.125, 0.125, 256), "invented"),
        ("tiny", np.zeros(256), "undecided"),
        ("tiny", np.ones(256), "other"),
    ],
)
def test_kinds(key, bias, kind):
    found, clause = relate_bias(bias, WEIGHTS, f"{key}.weight", 64, 1e-7)
    assert found == kind
    assert found in BIAS_KINDS
    assert clause.startswith(("its", "it", "the"))


def test_an_error_larger_than_the_bias_decides_nothing():
    assert relate_bias(np.zeros(256), WEIGHTS, "a.weight", 64, 0.2)[0] == "undecided"
    assert relate_bias(BIAS + 0.01, WEIGHTS, "a.weight", 64, 0.02)[0] == "equal"
