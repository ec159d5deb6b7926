import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.dtypes import STORED_DTYPES
from inspector.metrics.tolerance import (
    coarser_float,
    component,
    default_tolerance,
    dtype_floor,
    dtype_limit,
    given_tolerance,
    widened,
)


@pytest.mark.parametrize(
    ("dtype", "limit"),
    [
        ("float32", 256 * 2.0**-23), ("float64", 256 * 2.0**-52), ("float16", 8 * 2.0**-10),
        ("bfloat16", 8 * 2.0**-7), ("float8_e4m3fn", 4 * 2.0**-3), ("float8_e5m2", 4 * 2.0**-2),
        ("complex64", 256 * 2.0**-23),
    ],
)  # fmt: skip
def test_each_dtype_has_its_own_limit(dtype, limit):
    tolerance = default_tolerance(dtype, dtype, exact=False)
    assert tolerance.rtol == tolerance.atol_scale == limit
    assert tolerance.atol is None


def test_the_float32_limit_lies_between_rounding_and_the_smallest_real_mistake():
    assert 3e-5 < default_tolerance("float32", "float32", exact=False).rtol < 5e-4 / 10


@given(st.sampled_from(STORED_DTYPES), st.sampled_from(STORED_DTYPES))
def test_the_order_of_the_sides_does_not_matter(first, second):
    one = default_tolerance(first, second, exact=False)
    two = default_tolerance(second, first, exact=False)
    assert (one.rtol, one.atol_scale) == (two.rtol, two.atol_scale)
    assert coarser_float(first, second) == coarser_float(second, first)


def test_the_coarser_side_decides():
    assert default_tolerance("float32", "bfloat16", exact=False).rtol == 8 * 2.0**-7
    assert default_tolerance("float16", "float64", exact=False).rtol == 8 * 2.0**-10


@pytest.mark.parametrize("whole", ["int8", "int64", "uint32", "bool"])
def test_integers_are_exact_also_against_floats(whole):
    for pair in ((whole, "float32"), ("float16", whole), (whole, whole)):
        tolerance = default_tolerance(*pair, exact=False)
        assert tolerance.rtol == tolerance.absolute(100.0) == 0.0
        assert whole in tolerance.source


def test_identifiers_stored_as_floats_are_exact():
    tolerance = default_tolerance("float32", "float32", exact=True)
    assert tolerance.rtol == tolerance.absolute(5.0) == 0.0
    assert "identifiers" in tolerance.source


def test_powers_of_two_are_exact():
    assert default_tolerance("float8_e8m0fnu", "float32", exact=False).rtol == 0.0


def test_the_source_says_where_the_limit_comes_from():
    source = default_tolerance("float32", "float32", exact=False).source
    assert source == "256 eps of float32 (3.1e-05), scaled by the RMS of the reference"


def test_the_absolute_part_follows_the_scale_of_the_reference():
    tolerance = default_tolerance("float32", "float32", exact=False)
    assert tolerance.absolute(10.0) == 10 * tolerance.rtol
    assert tolerance.absolute(None) == tolerance.absolute(0.0) == 0.0


def test_given_limits_have_no_hidden_part():
    tolerance = given_tolerance(rtol=1e-3)
    assert (tolerance.rtol, tolerance.absolute(1e9)) == (1e-3, 0.0)
    assert given_tolerance(atol=0.5).absolute(1e9) == 0.5
    assert "1e-03" in tolerance.source or "0.001" in tolerance.source
    assert json.loads(json.dumps(tolerance.to_dict()))["rtol"] == 1e-3


def test_unknown_dtypes_are_refused():
    with pytest.raises(KeyError):
        default_tolerance("float32", "str", exact=False)
    assert component("complex128") == "float64"


def test_expected_errors_lie_well_below_the_limits():
    for dtype, share in (("float32", 16), ("float64", 16), ("float16", 8), ("bfloat16", 8)):
        assert dtype_limit(dtype) == share * dtype_floor(dtype)
        tolerance = default_tolerance(dtype, dtype, exact=False)
        assert (tolerance.relative_l2, tolerance.floor) == (dtype_limit(dtype), dtype_floor(dtype))
        assert tolerance.origin == "dtype"
    assert 1e-6 < dtype_floor("float32") < 3e-5  # what correct ports of the decoder show


def test_the_whole_tensor_has_a_limit_of_its_own():
    tolerance = default_tolerance("float16", "float16", exact=False)
    assert not tolerance.exceeded_by(8 * 2.0**-10)
    assert tolerance.exceeded_by(8.1 * 2.0**-10)
    assert tolerance.exceeded_by(float("nan"))
    assert not tolerance.exceeded_by(None)
    assert not given_tolerance(rtol=1e-9).exceeded_by(1.0)


def test_peaks_may_be_larger_only_where_the_whole_tensor_errs():
    base = default_tolerance("float16", "float16", exact=False)
    assert widened(base, 0.1 * base.rtol).rtol == base.rtol
    assert widened(base, 0.25 * base.rtol).rtol == 2.5 * base.rtol
    assert widened(base, 0.9 * base.rtol).rtol == 4 * base.rtol
    assert widened(base, 0.9 * base.rtol).relative_l2 == base.relative_l2
