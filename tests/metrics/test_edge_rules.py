"""One test per rule about numbers at the edges, by number of the rule."""

import math
import struct

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.metrics.pairwise import PairMetrics, measure
from inspector.metrics.tolerance import Tolerance, default_tolerance

NAN, INF = float("nan"), float("inf")


def compare(reference, candidate, *, dtypes=None, tolerance=None, **options) -> PairMetrics:
    a, b = np.asarray(reference), np.asarray(candidate)
    names = dtypes or (a.dtype.name, b.dtype.name)
    return measure(
        a, b, reference_dtype=names[0], candidate_dtype=names[1],
        tolerance=tolerance or default_tolerance(*names, exact=False), **options,
    )  # fmt: skip


@pytest.mark.parametrize(("one", "two"), [((4, 1), (1, 4)), ((), (1,)), ((0,), (1,))])
def test_rule_1_nothing_is_broadcast(one, two):
    with pytest.raises(UsageError):
        compare(np.zeros(one), np.zeros(two))


def test_rule_2_values_are_compared_as_stored_across_dtypes():
    m = compare(np.array([0.1], np.float32), np.array([0.1], np.float64))
    assert not m.exact
    assert m.max_abs == pytest.approx(abs(0.1 - float(np.float32(0.1))))
    same = compare(np.array([0.5], np.float32), np.array([0.5], np.float64))
    assert same.exact and not same.identical


def test_rule_3_nothing_is_summed_in_the_stored_type():
    ones = np.ones(70000, np.float16)
    m = compare(ones, ones * 2)
    assert (m.mean_abs, m.rmse, m.reference.mean) == (1.0, 1.0, 1.0)
    wide = compare(np.full(3, 1e30, np.float32), np.full(3, -1e30, np.float32))
    assert wide.rmse == pytest.approx(2e30)


def test_rule_4_nan_on_both_sides_is_equal_by_default_and_never_passes_alone():
    both = compare([1.0, NAN], [1.0, NAN])
    assert both.exact and both.within_tolerance and both.nan_both == 1
    strict = compare([1.0, NAN], [1.0, NAN], nan_differs=True)
    assert not strict.exact and not strict.within_tolerance and strict.worst_index == (1,)
    loose = Tolerance(1e9, 1e9, 1e9, "anything")
    m = compare([1.0, 2.0, 3.0], [9.0, NAN, 3.0], tolerance=loose)
    assert m.nan_candidate == 1 and not m.within_tolerance
    assert m.worst_index == (1,) and m.required_rtol is None
    assert math.isnan(m.worst_candidate)


def test_rule_4_payload_and_sign_of_a_nan_are_ignored_but_not_the_bits():
    odd = np.array([0xFFC0_0001], np.uint32).view(np.float32)
    m = compare(np.array([NAN], np.float32), odd)
    assert m.exact and not m.identical


def test_rule_5_equal_inf_is_equal_and_unequal_inf_is_its_own_class():
    assert compare([INF, -INF, 1.0], [INF, -INF, 1.0]).exact
    m = compare([INF, 1.0, 2.0], [-INF, INF, 2.5])
    assert m.inf_mismatch == 2 and not m.within_tolerance
    assert (m.excluded_count, m.count) == (2, 3)
    assert m.max_abs == 0.5 and m.worst_index == (0,)


def test_rule_6_signed_zero_is_equal_in_value_and_different_in_bits():
    m = compare([0.0], [-0.0])
    assert m.exact and m.max_abs == 0.0 and not m.identical
    assert m.sign_agreement == 1.0


def test_rule_7_identical_only_from_bits_and_equal_dtypes():
    x = np.array([1.0, 2.0], np.float32)
    assert compare(x, x.copy()).identical
    assert not compare(x, x.astype(np.float64)).identical
    assert not compare(x, x.copy(), dtypes=("bfloat16", "float32")).identical


def test_rule_8_both_directions_are_run():
    tolerance = Tolerance(0.095, 0.0, 0.0, "given")
    m = compare([1.0], [1.1], tolerance=tolerance)
    assert (m.outside_count, m.outside_count_swapped) == (1, 0)
    assert not m.symmetric_ok
    back = compare([1.1], [1.0], tolerance=tolerance)
    assert (back.outside_count, back.outside_count_swapped) == (0, 1)
    assert compare([1.0], [1.0], tolerance=tolerance).symmetric_ok
    both_fail = compare([1.0, 1.0], [1.1, 9.0], tolerance=tolerance)
    assert (both_fail.outside_count, both_fail.outside_count_swapped) == (2, 1)
    assert both_fail.symmetric_ok


def test_rule_8_an_error_equal_to_the_limit_passes():
    limit = Tolerance(0.25, 0.0, 0.5, "given")
    m = compare([2.0, 2.0], [3.0, np.nextafter(3.0, 4.0)], tolerance=limit)
    assert m.outside_count == 1 and m.allclose_fraction == 0.5


def test_rule_9_no_hidden_absolute_tolerance():
    assert not compare([1e-9], [2e-9]).within_tolerance
    assert not compare([1e-30, 1e-30], [1e-30, 1.1e-30]).within_tolerance
    m = compare(np.float32([2.0, -2.0]), np.float32([2.0, -2.0]))
    assert m.atol == pytest.approx(2 * 256 * 2.0**-23)


def test_rule_10_a_zero_reference_leaves_relative_numbers_undefined():
    m = compare([0.0, 0.0], [0.0, 1e-9])
    assert m.relative_l2 is m.snr_db is m.max_relative is m.norm_ratio is m.required_rtol is None
    assert not m.within_tolerance and m.max_abs == 1e-9
    partial = compare([0.0, 2.0], [1.0, 3.0])
    assert partial.max_relative == 0.5 and partial.zero_reference_count == 1


def test_rule_11_cosine_is_undefined_for_a_zero_norm_and_clamped():
    assert compare([0.0, 0.0], [1.0, 1.0]).cosine is None
    assert compare([1.0, 1.0], [0.0, 0.0]).cosine is None
    rng = np.random.default_rng(0)
    for _ in range(200):
        x = rng.standard_normal(7)
        m = compare(x, x * 3.3)
        assert m.cosine is not None and m.cosine_raw is not None
        assert -1.0 <= m.cosine <= 1.0
        assert m.cosine_raw == pytest.approx(m.cosine, abs=1e-14)
        assert m.norm_ratio == pytest.approx(3.3)


def test_rule_12_snr_of_equal_tensors_is_exact_and_not_infinite():
    m = compare([1.0, 2.0], [1.0, 2.0])
    assert m.snr_db is None and m.exact
    assert compare([1.0], [1.1]).snr_db == pytest.approx(20.0)


def test_rule_13_finite_differences_do_not_overflow():
    m = compare(np.float16([60000]), np.float16([-60000]))
    assert m.max_abs == 120000.0
    top = np.finfo(np.float64).max
    beyond = compare([top, 1.0], [-top, 1.0])
    assert beyond.max_abs == INF and beyond.worst_index == (0,)
    assert beyond.relative_l2 == pytest.approx(2.0) and beyond.cosine < 0
    large = compare([1e200, 2e200], [1e200, 2.2e200])
    assert large.relative_l2 == pytest.approx(0.2 / math.sqrt(5))
    assert large.rmse == pytest.approx(2e199 / math.sqrt(2))


def test_rule_14_denormals_are_kept():
    tiny = float(np.finfo(np.float32).smallest_subnormal)
    m = compare(np.float32([0.0, tiny]), np.float32([tiny, tiny]))
    assert m.max_abs == tiny and m.max_ulp == 1 and m.unequal_count == 1
    assert m.rmse == pytest.approx(tiny / math.sqrt(2))


def test_rule_15_ulp_in_the_coarser_dtype():
    half = np.float16([1.0, 2.0])
    single = half.astype(np.float32) + np.float32(2.0**-10)
    m = compare(half, single)
    assert m.ulp_dtype == "float16" and m.max_ulp == 1
    narrow = compare(np.float32([1.0]), np.float32([1.0 + 2.0**-7]), dtypes=("bfloat16",) * 2)
    assert (narrow.ulp_dtype, narrow.max_ulp) == ("bfloat16", 1)
    assert compare([0.0], [-0.0]).max_ulp == 0
    assert compare([NAN, 1.0], [2.0, 1.0]).max_ulp == 0
    assert compare([1, 2], [1, 3]).max_ulp is None


@pytest.mark.parametrize(
    ("dtype", "one", "two", "difference"),
    [
        ("int8", 127, -128, 255), ("int8", -128, 0, 128), ("uint8", 3, 5, 2),
        ("int64", -(2**63), 2**63 - 1, 2**64), ("uint64", 2**63, 2**63 + 1, 1),
        ("bool", True, False, 1),
    ],
)  # fmt: skip
def test_rule_16_integer_differences_are_exact(dtype, one, two, difference):
    m = compare(np.array([one], dtype), np.array([two], dtype))
    assert m.max_abs == difference and m.unequal_count == 1
    assert not m.within_tolerance
    assert (m.worst_reference, m.worst_candidate) == (one, two)


def test_rule_16_mixed_integers_and_floats_are_exact():
    m = compare(np.array([2**53 + 1]), np.array([2.0**53]))
    assert m.max_abs == 1.0 and not m.exact
    tokens = np.array([0, 5, 6561], np.int32)
    assert compare(tokens, tokens.astype(np.float32)).exact


@pytest.mark.parametrize("shape", [(0,), (3, 0, 2)])
def test_rule_17_empty_tensors_are_equal_without_statistics(shape):
    m = compare(np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    assert m.exact and m.count == 0
    assert m.max_abs is m.mean_abs is m.rmse is m.relative_l2 is m.cosine is None
    assert m.allclose_fraction is m.sign_agreement is m.max_ulp is m.worst_index is None
    assert m.reference.mean is None


def test_rule_18_results_repeat_bit_for_bit_whatever_the_layout():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 600, 500))
    plain = compare(a, b)
    for other in (np.asfortranarray(b), np.ascontiguousarray(b.T).T, b.astype(">f8")):
        found = measure(
            a, other, reference_dtype="float64", candidate_dtype="float64",
            tolerance=default_tolerance("float64", "float64", exact=False),
        )  # fmt: skip
        assert found == plain
    assert struct.pack("d", compare(a, b).rmse or 0) == struct.pack("d", plain.rmse or 0)


def test_rule_19_the_first_worst_element_in_c_order_with_full_digits():
    a = np.zeros((2, 3), np.float32)
    b = np.float32([[0, 0.1, 0], [-0.1, 0, 0.1]])
    for candidate in (b, np.asfortranarray(b)):
        m = compare(a, candidate)
        assert m.worst_index == (0, 1)
        assert np.float32(float(repr(m.worst_candidate))) == np.float32(0.1)
