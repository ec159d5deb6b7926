import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from inspector.analysis.histograms import error_histogram, value_histogram
from inspector.metrics.chunks import CHUNK

RNG = np.random.default_rng(0)
ANY = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=2, max_side=30))


def test_counts_agree_with_numpy():
    a, b = RNG.standard_normal(2 * CHUNK + 5), RNG.standard_normal(CHUNK) * 2
    found = value_histogram(a, b, bins=50)
    low, high = min(a.min(), b.min()), max(a.max(), b.max())
    for values, counts in ((a, found.reference), (b, found.candidate)):
        expected = np.histogram(values, 50, (low, high))[0]
        # A value on a border may fall on either side of it.
        assert np.abs(counts - expected).sum() <= 4
        assert counts.sum() == values.size
    assert found.edges[0] == low and found.edges[-1] == high


@settings(max_examples=150, deadline=None)
@given(ANY, ANY)
def test_every_finite_value_is_counted_once_and_the_rest_excluded(a, b):
    found = value_histogram(a, b)
    for values, counts, excluded in (
        (a, found.reference, found.excluded_reference),
        (b, found.candidate, found.excluded_candidate),
    ):
        finite = np.isfinite(values)
        assert excluded == values.size - finite.sum()
        assert counts.sum() == finite.sum()
    if found.edges.size:
        assert np.isfinite(found.edges).all()
        assert (np.diff(found.edges) >= 0).all()


@pytest.mark.parametrize("dtype", ["float64", "float16", "float32"])
def test_the_full_range_of_a_dtype_does_not_overflow(dtype):
    top = np.finfo(dtype).max
    found = value_histogram(np.array([-top, 0, top], dtype), np.array([top], dtype), bins=4)
    assert found.reference.tolist() == [1, 0, 1, 1]
    assert found.candidate.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("value", [0.0, 3.5, -1e300, 5e-324])
def test_a_constant_falls_into_the_middle(value):
    found = value_histogram(np.full(9, value), np.full(4, value), bins=11)
    assert found.reference[5] == 9 and found.candidate[5] == 4
    assert found.edges[0] < value < found.edges[-1]


def test_without_finite_values_there_are_no_bins():
    found = value_histogram(np.full(3, np.nan), np.empty(0))
    assert found.edges.size == 0 and found.excluded_reference == 3


def test_integers_bool_and_complex():
    assert value_histogram(np.array([0, 2**63 - 1]), np.array([1]), 2).reference.tolist() == [1, 1]
    flags = value_histogram(np.array([True, False, True]), np.array([False]), 2)
    assert flags.reference.tolist() == [1, 2]
    assert value_histogram(np.array([1 + 9j]), np.array([2 + 0j]), 2).edges[-1] == 2.0


def test_errors_fall_into_their_decade():
    a = np.zeros(6)
    b = np.array([1e-3, -1e-3, 5e-3, 20.0, 0.0, 0.0])
    found = error_histogram(a, b)
    assert found.zeros == 2 and found.counts.sum() == 4
    assert found.edges[0] == -3.0 and found.edges[-1] == 1.5
    assert found.counts[0] == 2
    assert np.diff(found.edges) == pytest.approx(0.25)


@settings(max_examples=150, deadline=None)
@given(ANY.map(np.ravel))
def test_every_error_is_counted_once(a):
    b = np.roll(a, 1)
    found = error_histogram(a, b)
    finite = np.isfinite(a) & np.isfinite(b)
    assert found.excluded == a.size - finite.sum()
    assert found.zeros + found.counts.sum() == finite.sum()
    assert found.zeros == np.count_nonzero(finite & (a == b))
    assert found.counts.size <= 200
    assert found.edges.size in (0, found.counts.size + 1)


def test_equal_arrays_have_no_error_bins():
    found = error_histogram(np.ones(5), np.ones(5))
    assert found.edges.size == 0 and found.zeros == 5


def test_exact_integer_and_complex_errors():
    assert error_histogram(np.array([2**63 - 1]), np.array([2**63 - 2])).edges[0] == 0.0
    found = error_histogram(np.array([0j]), np.array([60 + 80j]))
    assert found.edges.tolist() == [2.0, 2.25]


def test_results_are_read_only_and_plain_json():
    values = value_histogram(np.arange(3.0), np.arange(4.0), 3)
    with pytest.raises(ValueError, match="read-only"):
        values.reference[0] = 1
    text = json.loads(json.dumps(values.to_dict()))
    assert len(text["edges"]) == 4 and text["excluded"] == 0
    errors = json.loads(json.dumps(error_histogram(np.zeros(2), np.ones(2)).to_dict()))
    assert errors["counts"] == [2]
