import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.metrics.chunks import CHUNK
from inspector.metrics.profile import axis_profiles


@settings(max_examples=60, deadline=None)
@given(
    shape=hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=7),
    seed=st.integers(0, 2**32 - 1),
)
def test_sums_per_index_agree_with_plain_numpy(shape, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal(shape), rng.standard_normal(shape)
    a[rng.random(shape) < 0.1] = np.nan
    b[rng.random(shape) < 0.1] = np.inf
    finite = np.isfinite(a) & np.isfinite(b)
    with np.errstate(invalid="ignore"):
        error = np.where(finite, np.abs(b - a), 0)
    for axis, profile in enumerate(axis_profiles(a, b, range(len(shape)))):
        others = tuple(i for i in range(len(shape)) if i != axis)
        assert profile.count.tolist() == finite.sum(others).tolist()
        assert profile.largest.tolist() == error.max(others).tolist()
        assert np.allclose(profile.error_energy, (error**2).sum(others))
        energy = (np.where(finite, a, 0) ** 2).sum(others)
        assert np.allclose(profile.reference_energy, energy)


@pytest.mark.parametrize("shape", [(3, 5, CHUNK // 4), (2, CHUNK + 3), (CHUNK, 3)])
def test_many_pieces_give_the_same_sums(shape):
    rng = np.random.default_rng(1)
    a = rng.standard_normal(shape).astype(np.float32)
    b = a + rng.standard_normal(shape).astype(np.float32)
    error = b.astype(np.float64) - a
    for axis, profile in enumerate(axis_profiles(a, b, range(a.ndim))):
        others = tuple(i for i in range(a.ndim) if i != axis)
        assert np.allclose(profile.error_energy, (error**2).sum(others), rtol=1e-12)
        assert profile.count.sum() == a.size


def test_the_worst_index_holds_its_share_of_the_error():
    a = np.zeros((2, 3, 4))
    b = a.copy()
    b[0, 1, 2], b[1, 1, 3] = 3.0, 1.0
    frames, channels = axis_profiles(a, b, (2, 1))
    assert frames.worst() == (2, 0.9)
    assert channels.worst() == (1, 1.0)
    assert axis_profiles(a, a, (2,))[0].worst() is None
    tie = axis_profiles(np.zeros(3), np.array([0.0, 2.0, -2.0]), (0,))[0]
    assert tie.worst() == (1, 0.5)


def test_a_region_has_its_own_numbers():
    a = np.array([[1.0, 2.0, 2.0], [0.0, 0.0, 0.0]])
    b = np.array([[1.0, 2.0, 5.0], [0.0, 4.0, 0.0]])
    frames, rows = axis_profiles(a, b, (1, 0))
    part = frames.select(np.array([False, True, True]))
    assert (part.count, part.max_abs) == (4, 4.0)
    assert part.rmse == pytest.approx(2.5)
    assert part.relative_l2 == pytest.approx(5 / np.sqrt(8))
    assert rows.select(slice(1, 2)).relative_l2 is None
    empty = frames.select(np.zeros(3, bool))
    assert (empty.count, empty.max_abs, empty.rmse) == (0, None, None)
    assert json.loads(json.dumps(part.to_dict()))["count"] == 4


def test_scales_keep_extreme_squares_in_range():
    a, b = np.full(4, 1e200), np.array([1e200, 2e200, 1e200, 1e200])
    scale = 2.0**-660
    (profile,) = axis_profiles(a, b, (0,), error_scale=scale, reference_scale=scale)
    part = profile.select(slice(None))
    assert part.rmse == pytest.approx(5e199)
    assert part.relative_l2 == pytest.approx(0.5)
    assert profile.worst() == (1, 1.0)


def test_errors_beyond_float64_still_have_a_worst_place():
    top = np.finfo(np.float64).max
    (profile,) = axis_profiles(np.array([1.0, top]), np.array([2.0, -top]), (0,))
    assert profile.worst() == (1, 1.0)


def test_integers_and_complex_values():
    (profile,) = axis_profiles(np.array([2**63 - 1, 0]), np.array([2**63 - 2, 0]), (0,))
    assert profile.error_energy.tolist() == [1.0, 0.0]
    (profile,) = axis_profiles(np.array([0j, 1j]), np.array([3 + 4j, 1j]), (0,))
    assert profile.largest.tolist() == [5.0, 0.0]
    assert profile.error_energy.tolist() == [25.0, 0.0]


def test_results_are_read_only():
    (profile,) = axis_profiles(np.zeros(2), np.ones(2), (0,))
    with pytest.raises(ValueError, match="read-only"):
        profile.error_energy[0] = 1.0
