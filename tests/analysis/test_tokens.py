from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analysis.tokens import compare_tokens
from tests.real import real_trace

_TOKENS = st.lists(st.integers(0, 6560), max_size=30)


@given(_TOKENS, _TOKENS)
@settings(max_examples=200, deadline=None)
def test_the_first_difference_is_the_first(left, right):
    result = compare_tokens(np.array(left, np.int64), np.array(right, np.float32))
    common = min(len(left), len(right))
    expected = next((k for k in range(common) if left[k] != right[k]), None)
    assert result.first_difference == expected
    assert result.equal_prefix == (common if expected is None else expected)
    assert (result.reference_length, result.candidate_length) == (len(left), len(right))
    assert result.identical == (left == right)
    if expected is not None:
        values = (result.reference_value, result.candidate_value)
        assert values == (left[expected], right[expected])
        assert all(type(v) is int for v in values)
    if common:
        equal = sum(left[k] == right[k] for k in range(common))
        assert result.agreement == pytest.approx(equal / common)
    json.dumps(result.to_dict(), allow_nan=False)


def test_the_sentence_of_sequences_that_never_agree():
    result = compare_tokens(np.array([1732, 5]), np.array([3676.0, 5.0, 9.0]), "speech tokens")
    assert result.sentence == (
        "speech tokens: 2 against 3; they differ from the first token on (1732 against 3676)."
    )


def test_the_sentence_counts_from_one_and_says_so():
    result = compare_tokens(np.array([1, 2, 3, 4]), np.array([1, 2, 8, 4]))
    assert result.first_difference == 2
    assert "token 3 (counted from 1) (3 against 8)" in result.sentence
    assert "75 %" in result.sentence


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ([1, 2], [1, 2], "2 on both sides, all equal"),
        ([1, 2], [1, 2, 3], "the first 2 are equal, the candidate has 1 more"),
        ([1, 2, 3], [1], "the first 1 are equal, the reference has 2 more"),
        ([], [], "none"),
    ],
)
def test_sentences_without_a_difference(left, right, words):
    assert words in compare_tokens(np.array(left, int), np.array(right, int)).sentence


def test_rows_are_compared_row_by_row():
    reference = np.array([[1, 2, 3], [4, 5, 6]])
    candidate = np.array([[1, 2, 3], [4, 9, 6]])
    result = compare_tokens(reference, candidate)
    assert (result.row, result.first_difference) == (1, 1)
    assert "row 2 of 2" in result.sentence
    longer = compare_tokens(reference, np.array([[1, 2, 7, 8], [4, 5, 6, 6]]))
    assert (longer.row, longer.first_difference, longer.candidate_length) == (0, 2, 4)


@pytest.mark.parametrize("shape", [(1, 4), (1, 1, 4), (4,)])
def test_leading_axes_of_length_one_are_dropped(shape):
    stored = np.arange(4).reshape(shape)
    assert compare_tokens(np.arange(4), stored).identical
    assert compare_tokens(np.array(7), np.array([7.0])).identical


def test_fractions_are_compared_but_called_no_tokens():
    result = compare_tokens(np.array([1.5, 2.0]), np.array([1.5, np.nan]))
    assert result.first_difference == 1
    assert "no token ids" in result.sentence


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [
        (np.zeros((2, 3, 4)), np.arange(4)),
        (np.arange(4), np.array(["a", "b"])),
        (np.ones(3, complex), np.arange(3)),
        (np.zeros((2, 3), int), np.zeros((3, 3), int)),
        (np.zeros((0, 3), int), np.zeros((0, 3), int)),
    ],
)
def test_what_is_no_sequence_has_a_reason(reference, candidate):
    result = compare_tokens(reference, candidate)
    assert result.reason and result.reason in result.sentence
    assert not result.identical and result.agreement is None


def test_large_integers_are_exact():
    big = np.array([2**53 + 1, 2**62], dtype=np.int64)
    assert compare_tokens(big, big + 1).first_difference == 0
    unsigned = np.array([2**64 - 1], dtype=np.uint64)
    assert compare_tokens(unsigned, unsigned).identical
    assert compare_tokens(np.array([True, False]), np.array([1, 0])).identical


@pytest.mark.real
def test_the_tokens_of_a_real_pair():
    folder = real_trace("python-vs-swift")
    sides = [np.load(folder / side / "step3_speech_tokens.npy") for side in ("python", "swift")]
    result = compare_tokens(*sides, "speech tokens")
    assert result.sentence == (
        "speech tokens: 125 against 195; they differ from the first token on (1732 against 3676)."
    )
    prompts = [np.load(folder / side / "step4_prompt_token.npy") for side in ("python", "swift")]
    assert compare_tokens(*prompts).identical
