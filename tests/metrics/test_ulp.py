import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.dtypes import dtype_info
from inspector.metrics.ulp import max_ulp


def grid(dtype: str) -> list[float]:
    """Every finite value of a small dtype in rising order, zeros once, from its bit patterns."""
    if dtype == "float16":
        values = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)
    elif dtype == "bfloat16":
        codes = np.arange(2**16, dtype=np.uint32) << 16
        values = codes.view(np.float32)[(codes & 0x7F80_0000) != 0x7F80_0000]
    elif dtype == "float8_e5m2":
        values = (np.arange(256, dtype=np.uint16) << 8).view(np.float16).astype(np.float64)
    elif dtype == "float8_e8m0fnu":
        values = 2.0 ** (np.arange(255) - 127.0)
    else:  # e4m3fn: bias 7, no Inf, one NaN per sign
        found = []
        for code in range(127):
            exponent, fraction = code >> 3, code & 7
            found.append(
                fraction * 2.0**-9 if exponent == 0 else (1 + fraction / 8) * 2.0 ** (exponent - 7)
            )
        values = np.array(found + [-v for v in found])
    return sorted({float(v) + 0.0 for v in values if np.isfinite(v)})


SMALL = ("float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu")


@pytest.mark.parametrize("dtype", SMALL)
def test_the_distance_counts_the_values_of_the_grid(dtype):
    values = grid(dtype)
    assert values[-1] == dtype_info(dtype).largest
    carrier = np.float16 if dtype == "float16" else np.float32
    rng = np.random.default_rng(0)
    for _ in range(300):
        i, j = rng.integers(0, len(values), 2)
        pair = np.array([values[i]], carrier), np.array([values[j]], carrier)
        assert max_ulp(*pair, dtype) == abs(i - j)
    neighbours = np.array(values)
    assert max_ulp(neighbours[:-1], neighbours[1:], dtype) == 1


@pytest.mark.parametrize(("dtype", "kind"), [("float32", np.float32), ("float64", np.float64)])
def test_neighbours_are_one_step_apart_everywhere(dtype, kind):
    facts = np.finfo(kind)
    for value in (0.0, 1.0, -1.0, facts.tiny, facts.smallest_subnormal, -facts.max, 0.1):
        x = np.array([value], kind)
        assert max_ulp(x, np.nextafter(x, kind(np.inf)), dtype) == 1
        assert max_ulp(np.nextafter(x, kind(np.inf)), x, dtype) == 1


def test_both_zeros_are_the_same_place():
    for dtype in ("float64", "float32", *SMALL[:4]):
        assert max_ulp(np.array([0.0]), np.array([-0.0]), dtype) == 0


def test_the_widest_gap_does_not_wrap():
    top = np.finfo(np.float64).max
    assert max_ulp(np.array([-top]), np.array([top]), "float64") == 2 * 0x7FEF_FFFF_FFFF_FFFF
    single = np.finfo(np.float32).max
    pair = np.array([-single], np.float32), np.array([single], np.float32)
    assert max_ulp(*pair, "float32") == 2 * 0x7F7F_FFFF
    assert max_ulp(np.array([-65504.0]), np.array([65504.0]), "float16") == 2 * 0x7BFF


@settings(max_examples=100)
@given(st.floats(-60000, 60000), st.floats(-60000, 60000))
def test_finer_values_are_rounded_to_the_coarser_grid(a, b):
    rounded = [np.array([x], np.float16) for x in (a, b)]
    assert max_ulp(np.array([a]), np.array([b]), "float16") == max_ulp(*rounded, "float16")


def test_rounding_to_bfloat16_goes_to_even():
    one, step = np.float32(1.0), np.float32(2.0**-7)
    half = np.array([one + step / 2, one + step * 3 / 2], np.float32)
    assert max_ulp(half, np.array([one, one + 2 * step], np.float32), "bfloat16") == 0


def test_values_beyond_the_grid_are_one_step_past_its_largest():
    for dtype in ("float16", "float8_e4m3fn", "float8_e5m2"):
        top = dtype_info(dtype).largest
        with np.errstate(over="ignore"):
            assert max_ulp(np.array([top]), np.array([top * 4]), dtype) == 1
