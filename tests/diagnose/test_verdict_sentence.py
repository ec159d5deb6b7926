"""The verdict's clauses count rightly and name sides."""

from __future__ import annotations

import pytest

from inspector.diagnose.verdict_sentence import incomplete, undecided

COUNTS = dict.fromkeys(
    ("unmatched_reference", "unmatched_candidate", "not_comparable", "ambiguous", "skipped",
     "guessed", "either_way", "by_values"), 0,
) | {"pairs": 9}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, ""),
        ({"pairs": 0}, "no tensor could be compared"),
        ({"unmatched_reference": 1}, "1 tensor only in the reference"),
        ({"unmatched_candidate": 2}, "2 tensors only in the candidate"),
        ({"not_comparable": 1}, "1 pair that could not be compared"),
        ({"ambiguous": 2},
         "2 groups of tensors that could belong to each other in several ways"),
        ({"ambiguous": 2, "either_way": 2}, ""),
        ({"skipped": 1}, "1 file or tensor that could not be read"),
    ],
)  # fmt: skip
def test_what_is_missing_is_counted_in_words(changed, text):
    assert incomplete({**COUNTS, **changed}) == text


def test_another_draw_of_noise_leaves_the_rest_uncompared():
    text = incomplete({**COUNTS, "unmatched_reference": 1}, drawn=True)
    assert text == (
        "nothing after the starting noise could be compared, 1 tensor only in the reference"
    )


@pytest.mark.parametrize(
    ("changed", "open_pairs"),
    [
        ({}, False),
        ({"guessed": 1}, True),
        ({"unmatched_reference": 3, "unmatched_candidate": 3}, False),
        ({"unmatched_reference": 3, "by_values": 9}, False),
        ({"unmatched_reference": 3, "unmatched_candidate": 3, "by_values": 9}, True),
    ],
)
def test_what_has_no_partner_may_differ_where_values_alone_make_pairs(changed, open_pairs):
    assert undecided({**COUNTS, **changed}) is open_pairs
