"""Layouts by shape alone."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.match.layouts import reconcile
from inspector.tensors import Layout


def only(reference, candidate, *letters, **options):
    fits = reconcile(reference, candidate, *letters, **options)
    assert len(fits) == 1
    return fits[0]


def test_equal_shapes_are_taken_as_stored():
    fit = only((1, 80, 696), (1, 80, 696))
    assert fit.reference.is_identity and fit.candidate.is_identity


@pytest.mark.parametrize(
    ("reference", "candidate", "layout"),
    [
        ((1, 80, 696), (1, 696, 80), Layout(axes=(0, 2, 1))),
        ((80, 696), (696, 80), Layout(axes=(1, 0))),
        ((1, 1, 696), (1, 696, 1), Layout(axes=(0, 2, 1))),
        ((1, 8, 696, 64), (1, 696, 8, 64), Layout(axes=(0, 2, 1, 3))),
        ((1,), (), Layout(shape=(1,))),
        ((), (1,), Layout(shape=())),
        ((), (1, 1), Layout(shape=())),
        ((1, 250), (250,), Layout(shape=(1, 250))),
        ((250,), (1, 250), Layout(shape=(250,))),
        ((1, 80, 696), (696, 80), Layout(shape=(1, 696, 80), axes=(0, 2, 1))),
        ((696, 80), (1, 80, 696), Layout(shape=(80, 696), axes=(1, 0))),
        ((1, 80, 696), (1, 80, 1, 696), Layout(shape=(1, 80, 696))),
        ((1, 80, 696), (2, 80, 696), Layout(row=0)),
        ((1, 80, 696), (2, 696, 80), Layout(row=0, axes=(0, 2, 1))),
        ((80, 696), (2, 80, 696), Layout(row=0, shape=(80, 696))),
        ((1, 80), (2, 80), Layout(row=0)),
        ((), (2,), Layout(row=0, shape=())),
        ((0,), (0,), Layout()),
    ],
)
def test_only_the_candidate_moves(reference, candidate, layout):
    fit = only(reference, candidate)
    assert fit.reference.is_identity
    assert fit.candidate == layout


def test_row_0_of_the_reference():
    fit = only((2, 80, 696), (1, 696, 80))
    assert fit.reference == Layout(row=0)
    assert fit.candidate == Layout(axes=(0, 2, 1))
    assert fit.row


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [
        ((1, 80, 696), (2, 1, 696)),
        ((1, 80, 696), (1, 100, 700)),
        ((3, 80), (1, 80)),
        ((4, 6), (2, 12)),
        ((1, 696, 8, 64), (1, 696, 512)),
        ((), (5,)),
        ((0,), (5,)),
        ((1, 80, 696), ()),
    ],
)
def test_shapes_that_do_not_fit(reference, candidate):
    assert reconcile(reference, candidate) == ()


def test_rows_only_when_asked():
    assert reconcile((1, 48000), (2, 48000), rows=False) == ()


def test_square_arrays_can_be_exchanged_unless_forbidden():
    assert [f.order for f in reconcile((80, 80), (80, 80))] == [(0, 1), (1, 0)]
    assert [f.order for f in reconcile((80, 80), (80, 80), equal_axes=False)] == [(0, 1)]
    assert [f.candidate for f in reconcile((1, 80, 80), (1, 80, 80))] == [
        Layout(),
        Layout(axes=(0, 2, 1)),
    ]


def test_a_batch_in_front_is_never_exchanged():
    assert len(reconcile((2, 2, 5), (2, 2, 5))) == 1
    assert len(reconcile((2, 5, 5), (2, 5, 5))) == 2


def test_letters_come_first():
    fits = reconcile((1, 80, 80), (1, 80, 80), "BCT", "BTC")
    assert fits[0].by_letters and fits[0].order == (1, 0)
    fits = reconcile((1, 80, 80), (1, 80, 80), "BFT", "BCT")
    assert fits[0].by_letters and fits[0].order == (0, 1)


def test_trims_of_one_axis():
    head, tail = reconcile((1, 334080), (112320,))
    assert head.reference == Layout(crop=((0, 1), (0, 112320)))
    assert head.candidate == Layout(shape=(1, 112320))
    assert tail.reference == Layout(crop=((0, 1), (334080 - 112320, 334080)))
    head, tail = reconcile((1, 80, 696), (1, 196, 80))
    assert head.candidate == Layout(axes=(0, 2, 1))
    assert tail.reference == Layout(crop=((0, 1), (0, 80), (500, 696)))
    head, tail = reconcile((10,), (14,))
    assert tail.candidate == Layout(crop=((4, 14),))


def test_channels_are_never_trimmed():
    assert reconcile((1, 80, 9), (1, 100, 9), "BCT", "BCT") == ()
    assert reconcile((1, 192), (1, 256), "BC", "BC") == ()
    assert len(reconcile((1, 80, 9), (1, 80, 7), "BCT", "BCT")) == 2


def test_a_row_and_a_trim_together():
    fits = reconcile((1, 80, 696), (2, 80, 196))
    assert [f.crop for f in fits] == ["head", "tail"]
    assert all(f.row and f.candidate.row == 0 for f in fits)


shapes = st.lists(st.integers(1, 4), max_size=4).map(tuple)


@settings(max_examples=200)
@given(shapes, st.data())
def test_a_moved_array_comes_back(shape, data):
    array = np.arange(math.prod(shape)).reshape(shape)
    axes = data.draw(st.permutations(range(len(shape))))
    moved = array.transpose(axes)
    for _ in range(data.draw(st.integers(0, 2))):
        moved = np.expand_dims(moved, data.draw(st.integers(0, moved.ndim)))
    fits = reconcile(array.shape, moved.shape)
    assert fits
    common = [(f.reference.apply(array), f.candidate.apply(moved)) for f in fits]
    assert all(left.shape == right.shape for left, right in common)
    if array.shape != moved.shape:
        assert any(np.array_equal(left, right) for left, right in common)


@settings(max_examples=200)
@given(shapes, shapes)
def test_every_fit_gives_one_shape_and_the_reverse_exists(left, right):
    one, other = np.zeros(left), np.zeros(right)
    fits = reconcile(left, right)
    for fit in fits:
        assert fit.reference.apply(one).shape == fit.candidate.apply(other).shape
    assert bool(fits) == bool(reconcile(right, left))


def test_many_axes_end_at_once():
    assert len(reconcile((2,) * 12, (2,) * 12)) == 1
    assert reconcile((2,) * 11 + (3,), (3,) + (2,) * 11) == ()
