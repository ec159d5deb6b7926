import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.metrics.chunks import CHUNK
from inspector.metrics.side import describe, summarise


def test_the_usual_numbers():
    stats = describe(np.array([[1.0, -2.0], [0.0, 5.0]], np.float32))
    assert (stats.count, stats.minimum, stats.maximum, stats.mean) == (4, -2.0, 5.0, 1.0)
    assert stats.std == pytest.approx(math.sqrt(6.5))
    assert stats.rms == pytest.approx(math.sqrt(7.5))
    assert (stats.percent_positive, stats.percent_zero, stats.unique_hint) == (50.0, 25.0, 4)


def test_nan_and_inf_are_counted_and_left_out():
    stats = describe(np.array([np.nan, np.inf, -np.inf, 2.0, 4.0, np.nan]))
    assert (stats.nan_count, stats.inf_count, stats.finite_count) == (2, 2, 2)
    assert (stats.minimum, stats.maximum, stats.mean, stats.std) == (2.0, 4.0, 3.0, 1.0)
    assert stats.percent_positive == 100.0


@pytest.mark.parametrize("array", [np.empty((3, 0)), np.array([np.nan, np.inf])])
def test_without_finite_values_there_are_no_statistics(array):
    stats = describe(array)
    names = ("minimum", "maximum", "mean", "std", "rms", "percent_positive", "percent_zero")
    assert all(getattr(stats, name) is None for name in names)
    assert stats.count == array.size


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "uint8"])
def test_a_constant_has_no_spread(dtype):
    value = np.array(0.1).astype(dtype).item()
    stats = describe(np.full(3 * CHUNK // 2, value, dtype))
    assert stats.std == 0.0
    assert stats.mean == value and stats.rms == abs(value)
    assert stats.unique_hint == 1


def test_integers_keep_their_exact_range():
    stats = describe(np.array([-(2**63), 2**63 - 1, 2**53 + 1]))
    assert (stats.minimum, stats.maximum) == (-(2**63), 2**63 - 1)
    assert describe(np.array([2**64 - 1], np.uint64)).maximum == 2**64 - 1


def test_narrow_types_do_not_overflow():
    assert describe(np.ones(70000, np.float16)).mean == 1.0
    assert describe(np.full(1000, 60000, np.float16)).rms == pytest.approx(60000)
    assert describe(np.full(1000, -128, np.int8)).mean == -128.0
    assert describe(np.full(10, 1e30, np.float32)).rms == pytest.approx(1e30)


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1e308, 5e-324])
def test_the_extremes_of_float64_neither_overflow_nor_vanish(scale):
    values = np.array([1.0, -1.0, 1.0, 1.0]) * scale
    stats = describe(values)
    assert stats.rms == pytest.approx(scale)
    assert stats.mean == pytest.approx(scale / 2, abs=5e-324)
    assert stats.maximum == scale


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(allow_infinity=False,
                                                                     allow_nan=False)))  # fmt: skip
def test_agrees_with_rational_arithmetic(values):
    stats = describe(values)
    exact = [Fraction(float(v)) for v in values]
    mean = sum(exact) / len(exact)
    square = sum(v * v for v in exact) / len(exact)
    peak = float(np.abs(values).max())
    assert stats.mean is not None and stats.rms is not None
    assert abs(Fraction(stats.mean) - mean) <= Fraction(peak) / 10**13 + Fraction(1, 10**320)
    if square:
        ratio = Fraction(stats.rms) ** 2 / square if stats.rms > 1e-300 else Fraction(1)
        assert abs(ratio - 1) < Fraction(1, 10**12)


def test_complex_counts_by_real_part_and_modulus():
    stats = describe(np.array([3 + 4j, -3 - 4j]))
    assert (stats.minimum, stats.maximum, stats.mean) == (-3.0, 3.0, 0.0)
    assert stats.rms == stats.std == 5.0
    assert stats.percent_positive == 50.0
    assert stats.unique_hint is None


@pytest.mark.parametrize(("distinct", "hint"), [(2, 2), (16, 16), (17, None), (5000, None)])
def test_few_distinct_values_are_counted(distinct, hint):
    values = np.arange(3 * CHUNK) % distinct
    assert describe(values.astype(np.float32)).unique_hint == hint
    late = np.zeros(2 * CHUNK)
    late[-distinct:] = np.arange(distinct)
    assert describe(late).unique_hint == hint


def test_a_transposed_view_gives_the_same_bits():
    values = np.random.default_rng(0).standard_normal((400, 500))
    copy = np.ascontiguousarray(values.T)
    assert describe(copy.T) == describe(values)


def test_with_a_partner_only_common_finite_elements_count():
    values = np.array([1.0, 1e308, 3.0, np.nan])
    partner = np.array([1.0, np.inf, 1.0, 1.0])
    sums = summarise(values, partner)
    assert (sums.stats.mean, sums.largest, sums.scale) == (2.0, 3.0, 1.0)


def test_to_dict_is_plain_json():
    text = json.loads(json.dumps(describe(np.array([1, 0])).to_dict()))
    assert text["percent_zero"] == 50.0 and text["maximum"] == 1
