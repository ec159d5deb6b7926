"""Relations of recovered weights to the checkpoint: each kind recognised, none invented."""

from __future__ import annotations

import json

import numpy as np
import pytest

from inspector.faults.edit import WeightChange, changed_weights
from inspector.faults.precision import quantised, rounded
from inspector.faults.relations import CLOSE, KINDS, relate

RNG = np.random.default_rng(11)


def _w(*shape):
    return (RNG.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


WEIGHTS = {
    "square.weight": _w(64, 64), "square.bias": RNG.normal(0, 0.1, 64).astype(np.float32),
    "other.weight": _w(64, 64), "other.bias": RNG.normal(0, 0.1, 64).astype(np.float32),
    "wide.weight": _w(128, 64), "conv.weight": _w(48, 32, 3), "cube.weight": _w(32, 32, 3),
}  # fmt: skip


def _changed(key, kind, **settings):
    change = WeightChange(key, kind, tuple(settings.items()))
    return changed_weights(WEIGHTS, (change,))[key].astype(np.float64)


CASES = [
    ("square", "equal", lambda w: w),
    ("square", "transposed", lambda w: w.T),
    ("cube", "transposed", lambda w: w.swapaxes(0, 1)),
    ("wide", "transposed", lambda w: w.reshape(64, 128).T),
    ("conv", "transposed", lambda w: w.reshape(48, 3, 32).swapaxes(1, 2)),
    ("conv", "flipped", lambda w: w[..., ::-1]),
    ("square", "scaled", lambda w: 1.25 * w),
    ("square", "permuted", lambda w: w[RNG.permutation(64)]),
    ("square", "permuted", lambda w: w[:, RNG.permutation(64)]),
    ("conv", "permuted", lambda w: w[:, RNG.permutation(32)]),
    ("square", "permuted", lambda w: w.reshape(4, 16, 64).swapaxes(0, 1).reshape(64, 64)),
    ("square", "other_block", lambda w: WEIGHTS["other.weight"]),
    ("square", "other_block", lambda w: WEIGHTS["other.weight"].T),
    ("square", "rows_zeroed", lambda w: np.where(np.arange(64)[:, None] < 9, 0, w)),
    ("square", "zero", lambda w: 0 * w),
    ("square", "half", lambda w: rounded(w, "float16")),
    ("conv", "half", lambda w: rounded(w, "bfloat16")),
    ("square", "quantised", lambda w: quantised(w, 8, 64)),
    ("wide", "quantised", lambda w: quantised(w, 4, 64)),
    ("square", "fresh", lambda w: _changed("square.weight", "uniform", seed=3)),
    ("conv", "fresh", lambda w: _changed("conv.weight", "uniform", layout="OIK", seed=4)),
    ("square", "unknown", lambda w: RNG.standard_normal(w.shape)),
]


@pytest.mark.parametrize("noise", [0.0, 1e-6, 1e-3])
@pytest.mark.parametrize(("name", "kind", "change"), CASES)
def test_every_kind_is_recognised(name, kind, change, noise):
    weight = WEIGHTS[f"{name}.weight"].astype(np.float64)
    used = np.array(change(weight), np.float64)
    scale = np.sqrt(np.mean(weight**2))
    used = used + noise * scale * RNG.standard_normal(used.shape)
    found = relate(used, None, WEIGHTS, f"{name}.weight", error=noise, heads=4)
    # half precision cannot be told from the checkpoint below the error of the recovery
    hidden = noise > 1e-4 and kind == "half"
    assert found.kind == ("equal" if hidden else kind), found.sentence
    assert found.kind in KINDS
    assert found.bias == "undecided"
    if kind not in ("fresh", "unknown"):
        assert found.residual <= CLOSE + 5 * noise
        assert found.next_residual > 3 * found.residual or kind in ("rows_zeroed", "zero")
    json.dumps(found.to_dict(), allow_nan=False)


def test_the_bias_is_told_apart():
    weight = WEIGHTS["square.weight"]
    for bias, kind in (
        (WEIGHTS["square.bias"], "equal"), (np.zeros(64), "missing"),
        (WEIGHTS["other.bias"], "other_block"), (RNG.uniform(-0.125, 0.125, 64), "random"),
    ):  # fmt: skip
        found = relate(weight, bias.astype(float), WEIGHTS, "square.weight")
        assert (found.kind, found.bias) == ("equal", kind)
    assert "square" in found.sentence


def test_a_gain_is_reported_with_its_size():
    found = relate(-1 * WEIGHTS["square.weight"], None, WEIGHTS, "square.weight")
    assert found.kind == "unknown"  # a sign is no gain
    found = relate(0.5 * WEIGHTS["other.weight"].T, None, WEIGHTS, "square.weight")
    assert found.kind == "other_block"
    assert found.gain == pytest.approx(0.5)
    assert "0.5" in found.detail


def test_an_unknown_lossy_conversion_is_named_by_its_size():
    weight = WEIGHTS["square.weight"]
    noisy = weight * (1 + 0.05 * RNG.standard_normal(weight.shape))
    found = relate(noisy, None, WEIGHTS, "square.weight")
    assert found.kind == "quantised"
    assert "lossy" in found.detail


def test_thousand_unrelated_weights_are_never_explained():
    """Trained-like weights of another model: normal, of many sizes."""
    kinds = set()
    for i in range(200):
        weight = RNG.standard_normal((64, 64)) * 0.01 * 1.05**i
        kinds.add(relate(weight, None, WEIGHTS, "square.weight", heads=4).kind)
    assert kinds == {"unknown"}
