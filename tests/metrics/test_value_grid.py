import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.diagnose.weight_grid import round_to
from inspector.metrics.chunks import CHUNK
from inspector.metrics.value_grid import held_dtype


def normal(count=1000, seed=0):
    return np.random.default_rng(seed).standard_normal(count).astype(np.float32)


rounded = round_to


@pytest.mark.parametrize("grid", ["float16", "bfloat16"])
@pytest.mark.parametrize("stored", ["float32", "float64"])
def test_rounded_values_are_recognised_in_a_wider_dtype(grid, stored):
    values = rounded(normal(2 * CHUNK), grid).astype(stored)
    values[7], values[9] = np.nan, -np.inf
    values[100:5000] = 0.0  # a masked region
    assert held_dtype(values, stored) == grid
    assert held_dtype(values.reshape(2, -1).T, stored) == grid
    values[-1] = np.float32(1.0) + np.float32(2.0**-20)
    assert held_dtype(values, stored) == "float32"


def test_values_in_bfloat16_are_recognised_in_float16():
    values = rounded(np.clip(normal(), -8, 8), "bfloat16")
    values = values[np.abs(values) > 1e-3].astype(np.float16)
    assert held_dtype(values, "float16") == "bfloat16"
    assert held_dtype(normal().astype(np.float16), "float16") == "float16"


def test_values_beyond_float16_are_not_float16():
    values = rounded(normal(), "float16")
    values[3] = 70000.0
    assert held_dtype(values, "float32") == "float32"


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(100), np.ones(100), np.repeat([0.0, 1.0], 50), np.arange(64.0), np.empty(0),
        np.full(10, np.nan), [0.5, 0.25, -4.0, 0.75], [1.0 + 2.0**-10] * 3,
    ],
)  # fmt: skip
def test_masks_counts_and_few_values_tell_nothing(values):
    assert held_dtype(np.asarray(values, np.float32), "float32") == "float32"


@pytest.mark.parametrize("stored", ["int32", "bool", "bfloat16", "float8_e4m3fn", "complex64"])
def test_other_dtypes_are_what_they_are(stored):
    assert held_dtype(np.zeros(3), stored) == stored


def test_float64_that_carries_float32_values_is_float32():
    values = normal(2 * CHUNK).astype(np.float64)
    values[5], values[6] = np.nan, np.inf
    assert held_dtype(values, "float64") == "float32"
    for wrong in (0.1, 1e300, 1e-300):
        other = values.copy()
        other[-1] = wrong
        assert held_dtype(other, "float64") == "float64"
    assert held_dtype(np.empty(0), "float64") == "float32"


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 2**32 - 1), st.integers(4, 200))
def test_float32_values_are_never_taken_for_half_precision(seed, count):
    assert held_dtype(normal(count, seed), "float32") == "float32"


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 2**32 - 1), st.integers(64, 300), st.sampled_from(["float16", "bfloat16"]))
def test_half_precision_is_always_recognised(seed, count, grid):
    assert held_dtype(rounded(normal(count, seed), grid), "float32") == grid
