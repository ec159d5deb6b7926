import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.metrics.numbers import choose_scale, is_wide, parts_of, subtract

INT64 = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([-(2**63), 2**63 - 1, 2**53]))
UINT64 = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([2**63, 2**63 + 1, 2**64 - 1]))


def difference(reference: np.ndarray, candidate: np.ndarray) -> float:
    one, two = reference.astype(np.float64), candidate.astype(np.float64)
    return float(subtract(reference, candidate, one, two, np.empty(reference.shape))[0])


@settings(max_examples=200, deadline=None)
@given(a=st.one_of(INT64, UINT64), b=st.one_of(INT64, UINT64), near=st.integers(-3, 3))
def test_differences_of_64_bit_integers_are_exact(a, b, near):
    for x, y in ((a, b), (a, a + near)):
        if not (-(2**63) <= y < 2**64):
            continue
        arrays = [np.array([v], np.int64 if v < 2**63 else np.uint64) for v in (x, y)]
        found, expected = difference(*arrays), y - x
        assert (found == 0) == (expected == 0)
        assert found == pytest.approx(expected, rel=1e-15)
        if abs(expected) < 2**53:
            assert found == expected


@pytest.mark.parametrize(
    ("integer", "other"),
    [
        (np.int64(2**53 + 1), 2.0**53),
        (np.int64(2**63 - 1), 2.0**63),
        (np.uint64(2**64 - 1), 2.0**64),
        (np.int64(-(2**63)), -(2.0**63) - 2048),
        (np.uint64(2**64 - 1), 2.0**64 + 4096),
        (np.int64(7), 7.5),
        (np.uint64(2**63), 2.0**63),
    ],
)
def test_a_64_bit_integer_against_a_float_is_exact(integer, other):
    found = difference(np.array([integer]), np.array([other]))
    whole = int(other * 2) - int(integer) * 2
    assert found == whole / 2
    assert difference(np.array([other]), np.array([integer])) == -whole / 2


@pytest.mark.parametrize("far", [2.0**65, -(2.0**65), 1e300, 2.0**100 + 0.5])
def test_floats_far_from_every_integer_keep_their_rounded_difference(far):
    assert difference(np.array([5], np.int64), np.array([far])) == far - 5


def test_narrow_numbers_subtract_as_float64():
    assert difference(np.array([127], np.int8), np.array([-128], np.int8)) == -255
    assert difference(np.array([3], np.uint8), np.array([5], np.uint8)) == 2
    assert difference(np.array([60000], "f2"), np.array([-60000], "f2")) == -120000
    assert difference(np.array([True]), np.array([False])) == -1


def test_only_64_bit_integers_are_wide():
    wide = [d for d in "?bBhHiIqQefdFD" if is_wide(np.dtype(d))]
    assert wide == ["q", "Q"]


def test_parts_of_complex_are_its_two_numbers():
    real, imaginary = parts_of(np.array([1 + 2j]))
    assert (real[0], imaginary[0]) == (1.0, 2.0)
    assert len(parts_of(np.array([1.0]))) == 1


@given(st.floats(min_value=5e-324, allow_infinity=False))
@settings(max_examples=200)
def test_a_scale_makes_squares_safe(largest):
    scale = choose_scale(largest)
    assert np.frexp(scale)[0] == 0.5
    square = (largest * scale) ** 2
    assert 1e-250 < square < 1e250
    if 1e-100 < largest < 1e100:
        assert scale == 1.0


def test_nothing_to_scale():
    assert choose_scale(0.0) == choose_scale(float("inf")) == choose_scale(float("nan")) == 1.0
