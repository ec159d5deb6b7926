"""The shared nouns: records read safely, layouts move values, roles turn axes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.tensors import (
    Layout,
    OdeStep,
    OdeTrajectory,
    Roles,
    RoleTensor,
    TensorPair,
    TensorRecord,
    Trace,
    freeze,
)


def record(array: np.ndarray, name: str = "x", index: int = 0) -> TensorRecord:
    return TensorRecord(name, array.shape, str(array.dtype), "a.npy", index, lambda: array)


def numbered(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)


def test_a_frozen_array_cannot_be_written():
    frozen = freeze(np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 1


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_record_reads_c_order_read_only(order):
    read = record(np.asarray(numbered(2, 3, 4), order=order)).read()
    assert read.flags.c_contiguous
    assert not read.flags.writeable
    np.testing.assert_array_equal(read, numbered(2, 3, 4))


def test_a_scalar_stays_a_scalar():
    assert record(np.array(3.0)).read().shape == ()


@pytest.mark.parametrize(
    ("shape", "size"), [((), 1), ((0, 5), 0), ((2, 3), 6), ((2**40, 2**40), 2**80)]
)
def test_the_size_counts_elements_without_overflow(shape, size):
    assert TensorRecord("x", shape, "float32", "a", 0, lambda: np.zeros(0)).size == size


def test_a_trace_finds_its_records_by_name():
    trace = Trace("run", (record(numbered(2), "a"), record(numbered(3), "b", 1)))
    assert (len(trace), "a" in trace, "c" in trace, trace["b"].index) == (2, True, False, 1)
    assert [r.name for r in trace] == ["a", "b"]


def test_a_missing_name_is_one_sentence():
    with pytest.raises(TraceError) as caught:
        Trace("run\n", ())["mel\x1b"]
    assert caught.value.code == "no-tensor"
    assert caught.value.sentence.isprintable()


@given(st.data())
@settings(max_examples=150)
def test_a_layout_does_its_steps_in_order(data):
    array = numbered(*data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    layout, wanted = Layout(), array
    if data.draw(st.booleans()):
        row = data.draw(st.integers(0, wanted.shape[0] - 1))
        layout, wanted = Layout(row=row), wanted[[row]]
    shape = data.draw(st.sampled_from([None, (1, *wanted.shape), (wanted.size,)]))
    if shape is not None:
        wanted = wanted.ravel().reshape(shape)
    axes = data.draw(st.sampled_from([None, tuple(reversed(range(wanted.ndim)))]))
    if axes is not None:
        wanted = np.transpose(wanted, axes)
    crop = None
    if data.draw(st.booleans()):
        crop = tuple((data.draw(st.integers(0, n - 1)), n) for n in wanted.shape)
        for axis, (start, stop) in enumerate(crop):
            wanted = np.take(wanted, range(start, stop), axis=axis)
    layout = Layout(row=layout.row, shape=shape, axes=axes, crop=crop)
    applied = layout.apply(array)
    np.testing.assert_array_equal(applied, wanted)
    assert np.shares_memory(applied, array)
    assert layout.is_identity == (layout.describe() == "as stored")


def test_rows_are_put_in_order_before_the_axes():
    array = numbered(2, 3, 4)
    layout = Layout(axes=(0, 2, 1), rows=(1, 0))
    assert not layout.is_identity
    np.testing.assert_array_equal(layout.apply(array), array[::-1].transpose(0, 2, 1))


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        (Layout(), "as stored"),
        (Layout(letters="BCT"), "as stored"),
        (Layout(row=0), "row 0"),
        (Layout(shape=(1, 80)), "shape 1x80"),
        (Layout(shape=()), "scalar"),
        (Layout(axes=(0, 2, 1)), "axes 0 2 1"),
        (Layout(crop=((0, 1), (2, 5))), "crop 0:1 2:5"),
        (Layout(row=1, axes=(0, 2, 1)), "row 1, axes 0 2 1"),
        (Layout(rows=(1, 0)), "rows 1 0"),
        (Layout(axes=(0, 2, 1), rows=(1, 0)), "rows 1 0, axes 0 2 1"),
    ],
)
def test_a_layout_is_described(layout, text):
    assert layout.describe() == text


def test_a_pair_reads_both_sides_in_the_common_shape():
    left, right = numbered(1, 3, 4), np.repeat(numbered(1, 3, 4).transpose(0, 2, 1), 2, axis=0)
    pair = TensorPair(
        record(left), record(right), "alias", 0.9,
        reference_layout=Layout(letters="BCT"), candidate_layout=Layout(row=0, axes=(0, 2, 1)),
    )  # fmt: skip
    reference, candidate = pair.read()
    np.testing.assert_array_equal(reference, candidate)
    assert pair.describe_layout() == "candidate row 0, axes 0 2 1"
    assert pair.letters == "BCT"


@pytest.mark.parametrize(
    ("left", "right", "text"),
    [
        (Layout(), Layout(), "as stored"),
        (Layout(row=0), Layout(), "reference row 0"),
        (Layout(row=0), Layout(axes=(1, 0)), "reference row 0; candidate axes 1 0"),
    ],
)
def test_both_layouts_are_described(left, right, text):
    pair = TensorPair(record(numbered(2, 2)), record(numbered(2, 2)), "", 1.0, left, right)
    assert pair.describe_layout() == text


@pytest.mark.parametrize(
    ("letters", "shape", "wanted", "expected"),
    [
        ("BCT", (1, 3, 4), "", (1, 3, 4)),
        ("BCT", (1, 3, 4), "FT", (3, 4)),
        ("BTC", (1, 4, 3), "FT", (3, 4)),
        ("BTF", (2, 4, 3), "BCT", (2, 3, 4)),
        ("T", (4,), "BT", (1, 4)),
        ("", (), "N", (1,)),
        ("BT", (1, 4), "BCT", (1, 1, 4)),
    ],
)
def test_a_role_turns_axes_into_the_order_asked_for(letters, shape, wanted, expected):
    read = RoleTensor(record(numbered(*shape)), letters).read(wanted)
    assert read.shape == expected


def test_a_role_moves_values_with_their_axes():
    stored = numbered(1, 4, 3)
    read = RoleTensor(record(stored), "BTC").read("FT")
    np.testing.assert_array_equal(read, stored[0].T)


def test_a_long_axis_is_never_dropped():
    with pytest.raises(TraceError) as caught:
        RoleTensor(record(numbered(2, 3, 4)), "BCT").read("FT")
    assert caught.value.code == "layout"


def test_steps_are_found_by_number():
    trajectory = OdeTrajectory((OdeStep(1), OdeStep(3)))
    assert trajectory.step(3) == OdeStep(3)
    assert trajectory.step(2) is None


def test_roles_are_found_by_name():
    mel = RoleTensor(record(numbered(1, 3, 4)), "BCT")
    roles = Roles({"mel": mel})
    assert roles.get("mel") is mel
    assert roles.get("audio") is None
