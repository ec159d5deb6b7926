import json
import math
import tracemalloc
import warnings
from dataclasses import fields, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.errors import UsageError
from inspector.metrics.chunks import CHUNK
from inspector.metrics.pairwise import PairMetrics, measure
from inspector.metrics.tolerance import default_tolerance, given_tolerance
from tests.metrics.cases import REAL_DTYPES, draw, near_copy
from tests.metrics.oracle import expect, to_float

DTYPES = (*REAL_DTYPES, "complex64", "complex128")


def compare(reference, candidate, tolerance=None, **options) -> PairMetrics:
    names = reference.dtype.name, candidate.dtype.name
    return measure(
        reference, candidate, reference_dtype=names[0], candidate_dtype=names[1],
        tolerance=tolerance or default_tolerance(*names, exact=False), **options,
    )  # fmt: skip


def close(found, expected, relative=1e-12, absolute=0.0) -> bool:
    if found is None or expected is None:
        return found is expected
    if math.isinf(found) or math.isinf(expected):
        # Just below the largest float the last rounding decides.
        return found == expected or min(abs(found), abs(expected)) > 1.79e308
    size = max(abs(found), abs(expected))
    return abs(found - expected) <= relative * size + max(absolute, 1e-322)


def assert_matches_oracle(reference: np.ndarray, candidate: np.ndarray) -> None:
    m = compare(reference, candidate)
    x = expect(reference, candidate, m.rtol, m.atol)
    assert m.count - m.excluded_count == x.finite
    assert (m.nan_both, m.nan_reference, m.nan_candidate, m.inf_mismatch) == (
        x.nan_both, x.nan_reference, x.nan_candidate, x.inf_mismatch,
    )  # fmt: skip
    assert m.unequal_count == x.unequal
    assert m.exact == (x.unequal == 0)
    for name in ("max_abs", "mean_abs", "rmse", "relative_l2", "norm_ratio", "sign_agreement"):
        found, expected = getattr(m, name), to_float(getattr(x, name))
        assert close(found, expected), (name, found, expected)
    if x.max_relative is not None:
        assert close(m.max_relative, to_float(x.max_relative))
    assert close(m.cosine, to_float(x.cosine), absolute=1e-13)
    if x.well_conditioned:
        assert close(m.correlation, to_float(x.correlation), 1e-9, 1e-9)
        assert close(m.gain, to_float(x.gain), 1e-9, 1e-9 * (m.norm_ratio or 0.0))
    required = to_float(x.required)
    if x.nan_reference + x.nan_candidate + x.inf_mismatch:
        required = None
    elif x.finite and x.unequal == 0:
        required = 0.0
    assert close(m.required_rtol, required)
    assert x.outside[0] <= m.outside_count <= x.outside[1]
    worst = {tuple(int(i) for i in np.unravel_index(f, reference.shape)) for f in x.worst}
    assert m.worst_index in (worst or {None})


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_rational_arithmetic_on_small_pairs_of_every_dtype(seed: int):
    rng = np.random.default_rng(seed)
    for _ in range(500):
        first = DTYPES[rng.integers(len(REAL_DTYPES))]
        second = first if rng.random() < 0.4 else REAL_DTYPES[rng.integers(len(REAL_DTYPES))]
        shape = tuple(int(n) for n in rng.integers(rng.random() > 0.1, 5, rng.integers(0, 4)))
        edges = float(rng.choice([0.0, 0.1, 0.5, 1.0]))
        reference = draw(rng, first, shape, edges)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            candidate = (
                near_copy(rng, reference, second)
                if rng.random() < 0.5
                else draw(rng, second, shape, edges)
            )
        assert_matches_oracle(reference, candidate)


def test_agrees_with_rational_arithmetic_over_several_pieces():
    rng = np.random.default_rng(3)
    reference = (rng.standard_normal(2 * CHUNK + 77) + 100).astype(np.float32)
    candidate = reference + np.float32(1e-3) * rng.standard_normal(reference.size).astype("f4")
    candidate[CHUNK + 5] = np.nan
    assert_matches_oracle(reference, candidate)


def arrays(dtype: str, shape):
    if dtype == "bool" or dtype.startswith(("int", "uint")):
        return hnp.arrays(dtype, shape)
    return hnp.arrays(dtype, shape, elements=hnp.from_dtype(np.dtype(dtype), allow_subnormal=False))


shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), dtype=st.sampled_from(DTYPES), shape=shapes)
def test_a_tensor_equals_itself_in_every_metric(data, dtype, shape):
    x = data.draw(arrays(dtype, shape))
    m = compare(x, x.copy())
    assert m.identical and m.exact and m.within_tolerance and m.symmetric_ok
    assert m.unequal_count == m.outside_count == 0
    assert (m.nan_reference, m.nan_candidate, m.inf_mismatch) == (0, 0, 0)
    finite = m.count - m.excluded_count
    for name in ("max_abs", "mean_abs", "rmse", "required_rtol"):
        assert getattr(m, name) == (0.0 if finite else None), name
    assert m.max_ulp in (0, None)
    assert m.relative_l2 in (0.0, None)
    assert m.norm_ratio in (1.0, None)
    assert m.cosine in (1.0, None)
    assert m.correlation in (1.0, None)
    assert (m.gain, m.offset) in ((1.0, 0.0), (None, None))
    assert m.snr_db is None
    assert m.worst_index is None
    assert m.reference == m.candidate or math.isnan(m.reference.mean or 0.0)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), first=st.sampled_from(DTYPES), second=st.sampled_from(DTYPES), shape=shapes)
def test_exchanging_the_sides_mirrors_every_metric(data, first, second, shape):
    a, b = data.draw(arrays(first, shape)), data.draw(arrays(second, shape))
    m, w = compare(a, b), compare(b, a)
    for name in ("count", "excluded_count", "nonfinite_count", "nan_both", "inf_mismatch",
                 "identical", "exact", "unequal_count", "max_abs", "mean_abs", "rmse", "cosine",
                 "cosine_raw", "correlation", "sign_agreement", "max_ulp", "ulp_dtype",
                 "worst_index", "symmetric_ok"):  # fmt: skip
        assert getattr(m, name) == getattr(w, name), name
    assert (m.nan_reference, m.nan_candidate) == (w.nan_candidate, w.nan_reference)
    assert (m.outside_count, m.outside_count_swapped) == (w.outside_count_swapped, w.outside_count)
    assert (m.reference, m.candidate) == (w.candidate, w.reference)
    if m.norm_ratio and w.norm_ratio and math.isfinite(m.norm_ratio) and m.norm_ratio > 1 / 1e300:
        assert m.norm_ratio * w.norm_ratio == pytest.approx(1.0)


@settings(max_examples=100, deadline=None)
@given(
    data=st.data(), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 2**32 - 1),
    shape=hnp.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=12),
)  # fmt: skip
def test_memory_layout_changes_no_bit_of_the_result(data, dtype, seed, shape):
    rng = np.random.default_rng(seed)
    real = dtype if not dtype.startswith("complex") else "float64"
    with np.errstate(over="ignore"):
        a, b = (draw(rng, real, shape, 0.1).astype(dtype) for _ in range(2))
    axes = data.draw(st.permutations(range(len(shape))))
    moved = np.ascontiguousarray(b.transpose(axes)).transpose(np.argsort(axes))
    swapped = a.astype(a.dtype.newbyteorder(">")) if a.dtype.itemsize > 1 else a
    plain = compare(a, b)
    assert repr(compare(a, moved)) == repr(plain)
    assert repr(compare(np.asfortranarray(a), moved)) == repr(plain)
    other = measure(
        swapped, b, reference_dtype=dtype, candidate_dtype=dtype,
        tolerance=default_tolerance(dtype, dtype, exact=False),
    )  # fmt: skip
    assert repr(other) == repr(plain)


def test_results_repeat_bit_for_bit_over_many_pieces_of_a_transposed_view():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((7, 300, 211)).astype(np.float32)
    b = (a + 1e-4 * rng.standard_normal(a.shape)).astype(np.float32)
    view = np.ascontiguousarray(b.transpose(2, 0, 1)).transpose(1, 2, 0)
    assert a.size > 6 * CHUNK
    assert compare(a, view) == compare(a, b) == compare(a, b)


@settings(max_examples=100, deadline=None)
@given(
    gain=st.floats(0.01, 100), offset=st.floats(-10, 10), seed=st.integers(0, 2**32 - 1),
    size=st.integers(3, 200),
)  # fmt: skip
def test_a_gain_and_an_offset_are_found_again(gain, offset, seed, size):
    reference = np.random.default_rng(seed).standard_normal(size)
    assume(reference.std() > 0.1)
    m = compare(reference, gain * reference + offset)
    assert m.gain == pytest.approx(gain, rel=1e-9, abs=1e-9)
    assert m.offset == pytest.approx(offset, rel=1e-9, abs=1e-9)
    assert m.correlation == pytest.approx(1.0)
    pure = compare(reference, gain * reference)
    assert pure.cosine == pytest.approx(1.0)
    assert pure.norm_ratio == pytest.approx(gain)


def test_the_required_tolerance_passes_and_a_smaller_one_does_not():
    rng = np.random.default_rng(1)
    reference = rng.standard_normal(1000)
    candidate = reference + 1e-3 * rng.standard_normal(1000)
    needed = compare(reference, candidate).required_rtol
    base = default_tolerance("float64", "float64", exact=False)
    for factor, passes in ((1 + 1e-9, True), (1 - 1e-9, False)):
        limit = needed * factor
        m = compare(reference, candidate, replace(base, rtol=limit, atol_scale=limit))
        assert m.within_tolerance is passes
    error = np.abs(candidate - reference)
    rms = np.sqrt(np.mean(reference**2))
    assert needed == pytest.approx(np.max(error / (rms + np.abs(reference))))


def test_the_limits_used_are_stated():
    reference = np.array([3.0, -4.0])
    m = compare(reference, reference + 1e-3, given_tolerance(rtol=1e-3, atol=1e-4))
    assert (m.rtol, m.atol) == (1e-3, 1e-4)
    assert m.outside_count == 0
    scaled = compare(reference, reference)
    assert scaled.atol == pytest.approx(256 * 2.0**-52 * math.sqrt(12.5))


def test_complex_values_use_the_modulus():
    reference = np.array([1 + 1j, 2 - 1j, 0j, -3j], np.complex64)
    candidate = reference + np.array([3 + 4j, 0, 0, 0], np.complex64)
    m = compare(reference, candidate)
    assert m.max_abs == 5.0
    assert m.rmse == pytest.approx(2.5)
    assert m.relative_l2 == pytest.approx(5 / np.linalg.norm(reference))
    dot = np.vdot(reference, candidate).real
    norms = np.linalg.norm(reference) * np.linalg.norm(candidate)
    assert m.cosine == pytest.approx(dot / norms)
    assert m.max_ulp == pytest.approx(2**24, rel=0.5)
    assert m.worst_reference == 1 + 1j
    assert json.loads(json.dumps(m.to_dict()))["worst_reference"] == "(1+1j)"


def test_real_against_complex_compares_with_a_zero_imaginary_part():
    m = compare(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-3j]))
    assert m.max_abs == pytest.approx(1e-3)
    assert m.worst_index == (1,)


def test_shapes_must_agree_and_nothing_is_broadcast():
    for a, b in (((3,), (1,)), ((), (1,)), ((4, 1), (1, 4)), ((0,), (1,))):
        with pytest.raises(UsageError) as failure:
            compare(np.zeros(a), np.zeros(b))
        assert failure.value.code == "shape"


def test_memory_stays_flat():
    a = np.ones((64, CHUNK), np.float32)
    b = a.reshape(CHUNK, 64).T.reshape(64, CHUNK).copy().T.copy().T
    compare(a[:1], b[:1])
    tracemalloc.start()
    compare(a, b)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * CHUNK * 8 < a.size * 8


def test_to_dict_is_plain_json_and_complete():
    m = compare(np.array([1, 2, 3], np.int64), np.array([1, 2, 5], np.int64))
    text = json.loads(json.dumps(m.to_dict()))
    assert set(text) == {f.name for f in fields(PairMetrics)}
    assert text["worst_index"] == [2]
    assert (text["worst_reference"], text["worst_candidate"]) == (3, 5)
    assert text["reference"]["maximum"] == 3
    assert m.max_ulp is None and text["ulp_dtype"] is None


def test_mean_and_variance_keep_their_digits_beside_a_large_mean():
    rng = np.random.default_rng(5)
    small = rng.standard_normal(3 * CHUNK)
    reference = small + 1e8
    m = compare(reference, reference[::-1].copy())
    exact = [Fraction(float(x)) for x in reference[:1000]]
    assert m.reference.std == pytest.approx(reference.std(), rel=1e-9)
    mean = float(sum(exact) / 1000)
    assert compare(reference[:1000], reference[:1000]).reference.mean == pytest.approx(
        mean, rel=1e-15
    )
    assert abs(m.correlation) < 0.02
