"""What became of one parameter is named; what only looks like a fault is not."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.weight_grid import round_to
from inspector.diagnose.weight_relation import difference, relate_values

RANDOM = np.random.default_rng(0)
WEIGHT = (RANDOM.standard_normal((128, 128)) * 0.3).astype(np.float32)
CONV = (RANDOM.standard_normal((32, 32, 3)) * 0.3).astype(np.float32)
BIAS = (RANDOM.standard_normal(128) * 0.1).astype(np.float32)
NORM = (0.8 + 0.2 * RANDOM.random(128)).astype(np.float32)


def zero_rows(values, rows):
    changed = values.copy()
    changed[rows] = 0
    return changed


def with_one(values, value):
    changed = values.copy()
    changed.reshape(-1)[7] = value
    return changed


def noisy(values, size):
    noise = RANDOM.standard_normal(values.shape) * size * values.std()
    return (values + noise).astype(np.float32)


CASES = {
    "same": (WEIGHT, WEIGHT.copy(), "same", ""),
    "float16": (WEIGHT, round_to(WEIGHT, "float16"), "dtype", "float16"),
    "bfloat16": (WEIGHT, round_to(WEIGHT, "bfloat16"), "dtype", "bfloat16"),
    "nan": (WEIGHT, with_one(WEIGHT, np.nan), "nonfinite", "1 of 16,384"),
    "nan in the reference": (with_one(WEIGHT, np.inf), WEIGHT, "nonfinite", "the reference"),
    "zero": (WEIGHT, WEIGHT * 0, "zero", "everywhere"),
    "zero rows": (WEIGHT, zero_rows(WEIGHT, slice(4, 9)), "zero", "5 of 128 rows"),
    "zero rows of a changed weight": (WEIGHT, zero_rows(noisy(WEIGHT, 0.1), [1]), "zero", "differ"),
    "norm weight 1": (NORM, np.ones(128, np.float32), "initialisation", "exactly 1"),
    "norm bias 0": (BIAS, np.zeros(128, np.float32), "initialisation", "exactly 0"),
    "fresh": (WEIGHT, RANDOM.uniform(-1, 1, (128, 128)).astype("f4") / np.float32(128**0.5),
              "initialisation", "fan-in of 128"),
    "transposed": (WEIGHT, WEIGHT.T.copy(), "transposed", "transposed"),
    "transposed and rounded": (WEIGHT, round_to(WEIGHT.T.copy(), "float16"), "transposed",
                               "rounded to float16"),
    "transposed and noisy": (WEIGHT, noisy(WEIGHT.T, 1e-3), "transposed", "slightly off"),
    "transposed wide": (WEIGHT[:40], WEIGHT[:40].T.copy(), "transposed", "transposed"),
    "flipped": (CONV, CONV[..., ::-1].copy(), "flipped", "reversed"),
    "in and out": (CONV, CONV.transpose(1, 0, 2).copy(), "transposed", "1 0 2"),
    "permuted": (WEIGHT, WEIGHT[np.random.default_rng(1).permutation(128)], "permuted", "rows"),
    "columns": (WEIGHT, WEIGHT[:, ::-1].copy(), "permuted", "columns are reversed"),
    "read on": (WEIGHT[:40], WEIGHT[:40].T.reshape(40, 128), "rearranged", "axes 1 0"),
    "shuffled": (WEIGHT, np.random.default_rng(1).permuted(WEIGHT.reshape(-1)).reshape(128, 128),
                 "rearranged", "other places"),
    "scaled": (WEIGHT, WEIGHT * np.float32(0.125), "scaled", "0.125"),
    "sign": (BIAS, -BIAS, "scaled", "sign"),
    "scaled a little": (WEIGHT, WEIGHT * np.float32(1.01), "scaled", "1.01"),
    "differs": (WEIGHT, noisy(WEIGHT, 0.05), "differs", "0.05"),
    "differs a little": (WEIGHT, noisy(WEIGHT, 1e-6), "differs", "e-0"),
    "another": (WEIGHT, (RANDOM.standard_normal((128, 128)) * 0.2).astype("f4"), "differs", "1."),
    "shape": (WEIGHT, WEIGHT[:, :100].copy(), "shape", "128x100 instead of 128x128"),
    "empty": (np.zeros((0, 3), "f4"), np.zeros((0, 3), "f4"), "same", ""),
    "empty and not": (np.zeros((0, 3), "f4"), np.zeros((1, 3), "f4"), "shape", "1x3"),
    "squeezed": (CONV[..., :1], CONV[..., 0].copy(), "same", "shape"),
    "scalar": (np.array(2, "f4"), np.array(3, "f4"), "scaled", "1.5"),
    "both nan": (with_one(BIAS, np.nan), with_one(BIAS, np.nan), "same", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_relation(case):
    reference, candidate, status, word = CASES[case]
    found = relate_values(reference, candidate)
    assert found.status == status, found
    assert word in found.clause


def test_a_fresh_bias_is_known_by_the_weight_beside_it():
    fresh = (RANDOM.uniform(-1, 1, 128) / 512**0.5).astype(np.float32)
    assert relate_values(BIAS, fresh, weight_shape=(128, 512)).status == "initialisation"
    assert relate_values(BIAS, fresh).status == "differs"


def test_interleaved_heads_are_named():
    moved = WEIGHT.reshape(8, 16, 128).transpose(1, 0, 2).reshape(128, 128)
    found = relate_values(WEIGHT, moved, heads=8)
    assert found.status == "permuted"
    assert "8 heads of 16 are stored channel by channel" in found.clause
    assert found.values["order"][:3] == [0, 16, 32]
    columns = relate_values(WEIGHT.T.copy(), moved.T.copy(), heads=8)
    assert "columns" in columns.clause


def test_a_weight_with_the_reference_s_pattern_is_not_fresh():
    """A reference that is uniform itself, and a candidate that is a little off."""
    uniform = (RANDOM.uniform(-1, 1, (128, 128)) / 128**0.5).astype(np.float32)
    assert relate_values(uniform, noisy(uniform, 1e-3)).status == "differs"


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_quantisation_is_a_rounding(bits, dtype):
    mx = pytest.importorskip("mlx.core", reason="mlx is not installed")
    packed = mx.quantize(mx.array(WEIGHT).astype(getattr(mx, dtype)), group_size=64, bits=bits)
    parts = [packed[0], *(p.astype(mx.float32) for p in packed[1:])]
    values = np.array(mx.dequantize(*parts, group_size=64, bits=bits))
    found = relate_values(WEIGHT, values, quantised=(64, bits))
    assert (found.status, f"{bits} bits" in found.clause) == ("dtype", True)
    assert relate_values(WEIGHT, values[::-1].copy(), quantised=(64, bits)).status != "dtype"
    if bits == 4:
        assert relate_values(WEIGHT, values).status == "dtype"


def test_a_small_change_is_no_quantisation():
    assert relate_values(WEIGHT, noisy(WEIGHT, 1e-3)).status == "differs"


def test_numbers_of_a_difference():
    found = difference(np.array([3, 4], "f4"), np.array([3, 5], "f4"))
    assert found["relative_l2"] == pytest.approx(0.2)
    assert found["max_abs"] == 1
    assert found["norm_ratio"] == pytest.approx(34**0.5 / 5)
    nothing = difference(np.zeros(2, "f4"), np.ones(2, "f4"))
    assert nothing["relative_l2"] == np.inf
    assert difference(np.zeros(2, "f4"), np.zeros(2, "f4"))["norm_ratio"] == 1
