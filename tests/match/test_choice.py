"""Layouts chosen by values."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inspector.errors import TraceError
from inspector.match.choice import centred_difference, choose, habit_of, settle
from inspector.match.layouts import reconcile
from inspector.tensors import Layout
from tests.match.build import make_record, shapes_trace, unreadable

RNG = np.random.default_rng(3)


def chosen(reference, candidate, *letters, **options):
    fits = reconcile(reference.shape, candidate.shape, *letters)
    return choose(make_record("r", reference), make_record("c", candidate), fits, **options)


def test_one_fit_needs_no_values():
    for candidate in ((1, 80, 696), (1, 696, 80), (2, 80, 696)):
        left, right = shapes_trace({"a": (1, 80, 696), "b": candidate}).records
        choice = choose(left, right, reconcile(left.shape, right.shape))
        assert choice.mismatch == ""
        assert choice.certainty >= 0.97


def test_equal_axes_are_exchanged_when_the_values_say_so():
    array = RNG.normal(size=(1, 80, 80))
    choice = chosen(array, array.transpose(0, 2, 1) + 1e-4)
    assert choice.candidate == Layout(axes=(0, 2, 1))
    assert choice.certainty == 0.9
    assert any("transposed by mistake" in note for note in choice.notes)


def test_equal_axes_stay_when_the_values_agree_as_stored():
    array = RNG.normal(size=(1, 80, 80))
    exact, near = chosen(array, array.copy()), chosen(array, array + 1e-3)
    assert exact.candidate.is_identity and exact.certainty == 1.0
    assert near.candidate.is_identity and near.certainty == 1.0
    assert exact.notes == near.notes == ()


def test_arrays_with_nan_agree_with_themselves():
    array = np.full((4, 4), np.nan)
    array[0, 1] = 1.0
    assert chosen(array, array.copy()).certainty == 1.0


def test_unrelated_values_leave_equal_axes_open():
    choice = chosen(RNG.normal(size=(1, 80, 80)), RNG.normal(size=(1, 80, 80)))
    assert len(choice.open) == 2


def test_values_choose_between_orders_of_different_shapes():
    array = RNG.normal(size=(2, 2, 3))
    choice = chosen(array, array.transpose(1, 2, 0))
    assert np.array_equal(choice.candidate.apply(array.transpose(1, 2, 0)), array)


def test_letters_do_not_beat_values():
    array = RNG.normal(size=(1, 80, 80))
    assert chosen(array, array.copy(), "BCT", "BTC").candidate.is_identity


def test_open_choices_follow_habit_then_letters_then_storage():
    one, other = RNG.normal(size=(1, 80, 80)), RNG.normal(size=(1, 80, 80))
    shape = one.shape
    lettered = settle(chosen(one, other, "BCT", "BTC"), shape, shape, None)
    assert lettered is not None and lettered.candidate == Layout(axes=(0, 2, 1))
    assert lettered.certainty == 0.7
    usual = settle(chosen(one, other, "BCT", "BCT"), shape, shape, (1, 0))
    assert usual is not None and usual.candidate == Layout(axes=(0, 2, 1))
    stored = settle(chosen(one, other), shape, shape, None)
    assert stored is not None and stored.candidate.is_identity and stored.certainty == 0.6
    assert "equal length" in stored.notes[-1]


def test_a_tie_of_different_shapes_stays_open():
    one, other = RNG.normal(size=(2, 2, 3)), RNG.normal(size=(2, 3, 2))
    choice = chosen(one, other)
    assert len(choice.open) == 2
    assert settle(choice, one.shape, other.shape, None) is None


def test_constant_arrays_are_no_tie():
    one, other = np.ones((2, 2, 3)), np.ones((2, 3, 2))
    assert chosen(one, other).open == ()


def test_rows_are_assumed_and_said_even_when_the_other_row_fits():
    rows = RNG.normal(size=(2, 8, 9))
    choice = chosen(rows[1:], rows)
    assert choice.candidate == Layout(row=0)
    assert "row 1 is not compared" in choice.notes[0]


@pytest.mark.parametrize(("start", "stop", "word"), [(0, 196, "first"), (500, 696, "last")])
def test_a_true_trim_is_found_at_its_end(start, stop, word):
    full = RNG.normal(-6, 2, size=(1, 8, 696))
    choice = chosen(full, full[:, :, start:stop] + 1e-4)
    assert choice.mismatch == ""
    assert choice.reference.crop == ((0, 1), (0, 8), (start, stop))
    assert f"the {word} 196 of the 696 of the reference" in choice.notes[0]


def test_a_trim_that_does_not_agree_is_a_mismatch():
    choice = chosen(RNG.normal(-6, 2, size=400), RNG.normal(-6, 2, size=300))
    assert choice.mismatch == ("The lengths differ: 400 in the reference and 300 in the candidate.")
    assert choice.reference.crop == ((0, 300),)
    assert "first 300" in choice.notes[0]


def test_tokens_are_never_trimmed():
    tokens = np.arange(195)
    choice = chosen(tokens, tokens[:125], trim=False)
    assert choice.mismatch == ("The lengths differ: 195 in the reference and 125 in the candidate.")


def test_shapes_that_do_not_fit_are_a_mismatch():
    choice = chosen(np.zeros((1, 80, 9)), np.zeros((2, 1, 9)))
    assert "1x80x9 and 2x1x9" in choice.mismatch
    assert choice.reference.is_identity and choice.candidate.is_identity


def test_unreadable_values_fall_back_to_lengths():
    record = unreadable("c", (4, 4), TraceError("truncated", "c", "ends early"))
    fits = reconcile((4, 4), (4, 4))
    choice = choose(make_record("r", np.ones((4, 4))), record, fits)
    assert choice.candidate.is_identity and choice.certainty == 0.6
    assert "could not be read" in choice.notes[0]


def test_habit_needs_a_majority():
    assert habit_of(Counter({(1, 0): 3, (0, 1): 1, (0, 1, 2): 9}), 2) == (1, 0)
    assert habit_of(Counter({(1, 0): 1, (0, 1): 1}), 2) is None
    assert habit_of(Counter(), 2) is None


def test_difference_of_unrelated_arrays_is_sqrt_2_at_any_offset():
    one, other = RNG.normal(0, 2, 60_000), RNG.normal(0, 2, 60_000)
    for offset in (0.0, -600.0):
        assert centred_difference(one + offset, other + offset) == pytest.approx(1.414, abs=0.02)


def test_difference_of_kinds_of_values():
    assert centred_difference(np.array([True, False]), np.array([1.0, 0.0])) == 0.0
    assert centred_difference(np.array([1 + 1j, 0]), np.array([1 - 1j, 0])) > 0.5
    assert centred_difference(np.array([np.inf, 1.0]), np.array([np.inf, 1.0])) == 0.0
    assert centred_difference(np.array([np.nan]), np.array([1.0])) == np.inf
    huge = np.array([1e300, -1e300, 2e299])
    assert centred_difference(huge, huge * (1 + 1e-9)) < 1e-6
    assert centred_difference(np.array([1.0, 1.0]), np.array([2.0, 2.0])) == np.inf
    assert centred_difference(np.zeros(0), np.zeros(0)) == 0.0


def test_large_arrays_are_sampled_alike_on_both_sides():
    array = RNG.normal(size=(300, 700)).astype(np.float32)
    assert centred_difference(array, array.T.copy().T) == 0.0


@settings(max_examples=100)
@given(
    hnp.arrays(np.float32, (3, 4), elements=st.floats(-10, 10, width=32)),
    hnp.arrays(np.float32, (3, 4), elements=st.floats(-10, 10, width=32)),
)
def test_difference_is_symmetric_and_zero_for_equal(one, other):
    assert centred_difference(one, one) == 0.0
    assert centred_difference(one, other) == pytest.approx(centred_difference(other, one))


def test_a_nearly_symmetric_array_is_left_open():
    array = RNG.normal(size=(60, 60))
    array = array + array.T
    candidate = (array + 0.3 * RNG.normal(size=(60, 60))).T
    assert len(chosen(array, candidate).open) == 2
