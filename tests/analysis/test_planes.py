import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.analysis.planes import MAX_CELLS, heat_planes
from inspector.errors import UsageError

RNG = np.random.default_rng(0)


def test_small_arrays_are_drawn_as_they_are():
    a, b = RNG.standard_normal((2, 5, 7)).astype(np.float32)
    planes = heat_planes(a, b)
    assert not planes.pooled
    assert planes.reference.tolist() == a.tolist()
    assert planes.difference.tolist() == (b.astype("f8") - a).tolist()
    assert planes.vmin == min(a.min(), b.min()) and planes.vmax == max(a.max(), b.max())
    assert planes.dmax == np.abs(b.astype("f8") - a).max()
    assert planes.reference.dtype == np.float64


@pytest.mark.parametrize(
    ("letters", "shape", "rows", "columns", "labels"),
    [
        ("BCT", (2, 3, 5), 6, 5, ("batch x channel", "frame")),
        ("BTC", (1, 5, 3), 3, 5, ("channel", "frame")),
        ("T", (5,), 1, 5, ("row", "frame")),
        ("BN", (1, 9), 1, 9, ("batch", "sample")),
        ("", (4, 6), 4, 6, ("row", "index")),
        ("", (), 1, 1, ("row", "index")),
        ("BHTD", (1, 2, 5, 3), 6, 5, ("head x width", "frame")),
    ],
)
def test_frames_run_along_x_and_other_axes_are_stacked(letters, shape, rows, columns, labels):
    a = RNG.standard_normal(shape)
    planes = heat_planes(a, a + 1, letters=letters)
    assert (planes.rows, planes.columns) == (rows, columns)
    assert (planes.row_label, planes.column_label) == labels
    axis = letters.find("T")
    expected = np.moveaxis(a, axis, -1).reshape(rows, columns) if axis >= 0 else a
    assert planes.reference.ravel().tolist() == np.asarray(expected).ravel().tolist()
    assert np.allclose(planes.difference, 1.0)


@settings(max_examples=60, deadline=None)
@given(
    shape=hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=30),
    cells=st.integers(1, 60), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_pooled_cells_hold_mean_and_largest_difference(shape, cells, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal(shape), rng.standard_normal(shape)
    planes = heat_planes(a, b, cells)
    rows, columns = math.prod(shape[:-1]), shape[-1]
    assert planes.rows * planes.columns <= cells
    assert (planes.stored_rows, planes.stored_columns) == (rows, columns)
    left, right = a.reshape(rows, columns), b.reshape(rows, columns)
    for i in range(planes.rows):
        for j in range(planes.columns):
            box = (
                slice(i * planes.row_pool, (i + 1) * planes.row_pool),
                slice(j * planes.column_pool, (j + 1) * planes.column_pool),
            )
            assert planes.reference[i, j] == pytest.approx(left[box].mean())
            assert planes.candidate[i, j] == pytest.approx(right[box].mean())
            error = (right - left)[box].ravel()
            assert planes.difference[i, j] == error[np.abs(error).argmax()]
    assert planes.dmax == np.abs(b - a).max()


def test_large_arrays_are_pooled_below_the_limit_and_keep_a_single_spike():
    a = np.zeros((700, 1100), np.float32)
    b = a.copy()
    b[333, 777] = -5
    planes = heat_planes(a, b)
    assert planes.pooled and planes.rows * planes.columns <= MAX_CELLS
    assert planes.difference.min() == -5 and planes.dmax == 5
    assert planes.difference[333 // planes.row_pool, 777 // planes.column_pool] == -5


@pytest.mark.parametrize("shape", [(300_000,), (3, 300_001), (9000, 3), (1, 600_000)])
def test_long_axes_are_cut_over_several_slabs(shape):
    a = RNG.standard_normal(shape).astype(np.float32)
    planes = heat_planes(a, a * 2)
    assert max(planes.rows, planes.columns) <= 4096
    lengths = np.full(planes.columns, planes.column_pool)
    lengths[-1] = planes.stored_columns - (planes.columns - 1) * planes.column_pool
    if planes.row_pool == 1:
        assert (planes.reference * lengths).sum() == pytest.approx(a.sum(dtype="f8"), abs=1e-6)
    assert planes.dmax == np.abs(a).max()


def test_a_transposed_view_gives_the_same_planes():
    a = RNG.standard_normal((900, 1000))
    view = np.ascontiguousarray(a.T).T
    plain, moved = heat_planes(a, a + 1), heat_planes(view, view + 1)
    assert plain.reference.tolist() == moved.reference.tolist()


def test_nan_stays_visible_and_out_of_the_limits():
    a = np.ones((4, 4))
    b = np.full((4, 4), 2.0)
    b[3, 3], a[0, 0] = np.nan, np.inf
    for cells in (16, 4):
        planes = heat_planes(a, b, cells)
        assert np.isnan(planes.candidate[-1, -1]) and np.isnan(planes.difference[-1, -1])
        assert np.isinf(planes.reference[0, 0])
        assert (planes.vmin, planes.vmax, planes.dmax) == (1.0, 2.0, 1.0)
    nothing = heat_planes(np.full(3, np.nan), np.full(3, np.nan))
    assert nothing.vmin is nothing.vmax is nothing.dmax is None


def test_equal_inf_is_no_difference():
    a = np.array([np.inf, -np.inf, np.inf])
    b = np.array([np.inf, np.inf, 1.0])
    assert heat_planes(a, b).difference.tolist() == [[0.0, np.inf, -np.inf]]


def test_integers_complex_and_empty():
    big = np.array([[2**63 - 1, 5]])
    assert heat_planes(big, big - 1).difference.tolist() == [[-1.0, -1.0]]
    planes = heat_planes(np.array([3 + 4j]), np.array([0j]))
    assert planes.reference.tolist() == [[5.0]] and planes.difference.tolist() == [[5.0]]
    empty = heat_planes(np.zeros((0, 3)), np.zeros((0, 3)))
    assert empty.rows == 0 and empty.vmin is None


def test_shapes_must_agree():
    with pytest.raises(UsageError):
        heat_planes(np.zeros(3), np.zeros(4))


def test_planes_are_read_only_and_the_rest_is_plain_json():
    planes = heat_planes(np.zeros((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="read-only"):
        planes.difference[0, 0] = 1.0
    text = json.loads(json.dumps(planes.to_dict()))
    assert (text["rows"], text["columns"], text["pooled"], text["dmax"]) == (2, 3, False, 1.0)
