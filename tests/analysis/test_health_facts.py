"""Facts from one read of a tensor."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.health_facts import ValueFacts, gather_facts, name_words
from inspector.tensors import Array, TensorRecord


def _facts(array: Array, name: str = "a") -> ValueFacts:
    record = TensorRecord(
        name, array.shape, array.dtype.name, "a.npy", 0, lambda: array.copy()
    )  # fmt: skip
    return gather_facts(record, "", None)


_INF = float("inf")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 1, 0], {"binary"}),
        ([1, 1, 1], {"binary", "constant"}),
        ([0, 0, 0], {"binary", "constant", "zero"}),
        ([0, 0.5, 1], set()),
        ([0, 2], set()),
        ([-1, 1], set()),
        ([0, -1e10, 0], {"additive"}),
        ([0, -_INF, 0], {"additive"}),
        ([-_INF, -_INF], {"additive"}),
        ([0, _INF], set()),
        ([0, -5.0], set()),
        ([0, np.nan, 1], set()),
        ([7.5, 7.5], {"constant"}),
        ([7.5], set()),
        ([0, 1, -1e9], set()),
    ],
)
def test_what_kind_of_values(values: list, expected: set) -> None:
    facts = _facts(np.array(values, np.float64))
    kinds = ("binary", "constant", "zero", "additive")
    assert {k for k in kinds if getattr(facts, k)} == expected


def test_bool_and_integers_count_too() -> None:
    assert _facts(np.array([True, False])).binary
    assert _facts(np.array([0, 1, 1], np.uint8)).binary
    assert _facts(np.zeros(4, np.int32)).zero


@pytest.mark.parametrize(
    ("values", "whole"),
    [
        (np.arange(100), True),
        (np.arange(100, dtype=np.float32), True),
        (np.array([1.0, np.nan, 2.0]), True),
        (np.append(np.zeros(200), 0.5), False),
        (np.array([1 + 1j]), False),
    ],
)
def test_whole_numbers(values: Array, whole: bool) -> None:
    assert _facts(values).integral is whole


def test_only_minus_infinity_is_told_from_any_infinity() -> None:
    assert _facts(np.array([1.0, -_INF])).minus_inf_only
    assert not _facts(np.array([1.0, -_INF, _INF])).minus_inf_only
    assert not _facts(np.array([1.0, -_INF, np.nan])).minus_inf_only
    assert not _facts(np.array([1.0])).minus_inf_only


def test_the_second_row() -> None:
    row = np.arange(1, 4.0)
    assert _facts(np.stack([row, row])).second_row == "equal"
    assert _facts(np.stack([row, 0 * row])).second_row == "zero"
    assert _facts(np.stack([row, 2 * row])).second_row == "different"
    assert _facts(np.stack([row] * 3)).second_row == "" and _facts(row[:2]).second_row == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("step7_cond_T", {"step", "cond", "t"}),
        ("attnMask", {"attn", "mask"}),
        ("detailed_step5a_h_masked", {"detailed", "step", "a", "h", "masked"}),
        ("decoder/down_blocks.0.MLPBias", {"decoder", "down", "blocks", "mlp", "bias"}),
        ("", set()),
    ],
)
def test_words_of_a_name(name: str, words: set) -> None:
    assert name_words(name) == words
