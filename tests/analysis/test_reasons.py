import numpy as np
import pytest

from inspector.analysis.reasons import (
    near_one,
    number,
    place,
    reason_different,
    reason_same,
    reason_within,
    shape_text,
    value_text,
)
from inspector.metrics.pairwise import PairMetrics, measure
from inspector.metrics.tolerance import default_tolerance, given_tolerance
from tests.analysis.tensor_pairs import pair

TOLERANCE = default_tolerance("float64", "float64", exact=False)


def metrics(reference, candidate, tolerance=TOLERANCE) -> PairMetrics:
    return measure(
        np.asarray(reference), np.asarray(candidate),
        reference_dtype="float64", candidate_dtype="float64", tolerance=tolerance,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "undefined"), (0.00012345, "0.000123"), (float("inf"), "> 1.8e308"), (2, "2"),
        (6.02e23, "6.02e+23"), (0.0, "0"),
    ],
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.99999, "1 - 1.0e-05"), (1.00002, "1 + 2.0e-05"), (0.5, "0.5"),
     (None, "undefined"), (-1.0, "-1")],
)  # fmt: skip
def test_a_cosine_never_rounds_to_one(value, text):
    assert near_one(value) == text


def test_places_shapes_and_values():
    assert place((0, 3)) == "[0, 3]"
    assert shape_text((1, 80, 696)) == "1 x 80 x 696"
    assert shape_text(()) == "scalar"
    assert float(value_text(0.1 + 0.2)) == 0.1 + 0.2


def test_why_the_same():
    zeros = np.zeros(2)
    assert reason_same(metrics(zeros, zeros), pair(zeros, zeros)) == "Bit for bit identical."
    negative = reason_same(metrics(zeros, -zeros), pair(zeros, -zeros))
    assert "not all bits" in negative
    other = reason_same(metrics(zeros, -zeros), pair(zeros, np.float32(zeros)))
    assert "float64 and float32" in other


def test_why_within():
    text = reason_within(metrics([1.0], [1.0 + 1e-15]), TOLERANCE)
    assert "1.11e-15" in text and TOLERANCE.source in text


def test_why_different_names_every_problem_in_order():
    found = metrics([1.0, np.nan, np.inf, 2.0], [9.0, 1.0, 2.0, np.nan])
    text = reason_different(found, TOLERANCE, lengths="The lengths differ", rearranged=True)
    order = ["NaN only in the reference", "NaN only in the candidate", "Inf against",
             "The lengths differ", "another order", "the largest error is 8"]  # fmt: skip
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert "first at [1]" in text


def test_why_different_gives_the_place_with_both_values():
    text = reason_different(metrics([1.0, 0.1], [1.0, 0.3]), TOLERANCE)
    assert "at [1]: 0.1 against 0.3" in text
    assert "a tolerance of" in text and "would have passed" in text


def test_what_would_have_passed_says_its_scale_beside_given_limits():
    limit = given_tolerance(rtol=1e-6)
    text = reason_different(metrics([2.0], [2.2], limit), limit)
    assert "a tolerance of 0.05, scaled by the RMS of the reference, would have passed" in text
    assert "a tolerance of 0.05 would have passed" in reason_different(
        metrics([2.0], [2.2]), TOLERANCE
    )


def test_errors_beyond_float64_are_written_so():
    top = np.finfo(np.float64).max
    text = reason_different(metrics([top, 1.0], [-top, 1.0]), TOLERANCE)
    assert "the largest error is > 1.8e308" in text


def test_a_zero_reference_is_said():
    text = reason_different(metrics([0.0], [1.0]), TOLERANCE)
    assert "the reference is all zero" in text


def test_a_one_way_verdict_is_said():
    limit = given_tolerance(rtol=0.095)
    assert "exchanged" in reason_different(metrics([1.0], [1.1], limit), limit)
    assert "exchanged" not in reason_different(metrics([1.0], [2.0], limit), limit)
