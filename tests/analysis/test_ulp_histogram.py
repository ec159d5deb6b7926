import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analysis.ulp_histogram import ulp_histogram
from inspector.metrics.chunks import CHUNK
from inspector.metrics.ulp import max_ulp

ONE = np.float32(1.0)
STEP = np.float32(2.0**-23)


def test_each_distance_falls_into_its_power_of_two():
    steps = np.array([0, 0, 1, 2, 3, 4, 7, 8, 1024], np.float32)
    found = ulp_histogram(np.full(9, ONE), ONE + steps * STEP, "float32")
    assert found.counts.tolist() == [2, 1, 2, 2, 1, 0, 0, 0, 0, 0, 0, 1]
    assert found.labels[:5] == ("0", "1", "2-3", "4-7", "8-15")
    assert found.labels[-1] == "2^10-"
    assert json.loads(json.dumps(found.to_dict()))["dtype"] == "float32"


def test_values_that_are_not_finite_are_counted_apart():
    left = np.array([1.0, np.nan, 2.0, np.inf], np.float32)
    right = np.array([1.0, np.nan, np.inf, np.inf], np.float32)
    found = ulp_histogram(left, right, "float32")
    assert (found.counts.tolist(), found.excluded) == ([1], 3)


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_nothing_gives_no_bin(shape):
    found = ulp_histogram(np.empty(shape, np.float32), np.empty(shape, np.float32), "float32")
    assert (found.counts.size, found.labels, found.excluded) == (0, (), 0)


def test_the_coarser_grid_counts_fewer_steps():
    left = np.random.default_rng(0).standard_normal(2 * CHUNK + 3).astype(np.float32)
    right = (left * np.float32(1.0005)).astype(np.float32)
    fine, coarse = (ulp_histogram(left, right, d) for d in ("float32", "float16"))
    assert fine.counts.sum() == coarse.counts.sum() == left.size
    assert len(fine.counts) > 12 > 3 > len(coarse.counts) - 1
    again = ulp_histogram(left[::-1], right[::-1], "float32")
    assert again.counts.tolist() == fine.counts.tolist()


def test_opposite_extremes_fit():
    largest = np.array([np.finfo(np.float64).max])
    found = ulp_histogram(largest, -largest, "float64")
    assert found.counts.sum() == 1 and len(found.counts) == 65


def test_complex_parts_count_each():
    left = np.array([1 + 1j], np.complex64)
    assert ulp_histogram(left, left + np.complex64(1j * STEP), "float32").counts.sum() == 2


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 2**32 - 1), st.sampled_from(["float64", "float32", "float16", "bfloat16"]))
def test_the_last_bin_holds_the_largest_distance(seed, dtype):
    random = np.random.default_rng(seed)
    left = random.standard_normal(50).astype(np.float32)
    right = (left + 1e-3 * random.standard_normal(50)).astype(np.float32)
    most = max_ulp(left, right, dtype)
    assert len(ulp_histogram(left, right, dtype).counts) == most.bit_length() + 1
