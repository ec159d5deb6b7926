"""A request of the Match tab names only tensors that the server listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inspector.errors import UsageError
from inspector.ui.match_request import Pairing, checked_overrides, checked_place
from inspector.ui.opening import OpenRequest
from inspector.ui.runs import RunCache
from tests.ui.fake_api import DiffOptions, FakeApi, FakeComparison


@pytest.fixture
def listed() -> dict[str, Any]:
    return {"reference": {"shapes": [[2], [2, 3], []]}, "candidate": {"shapes": [[2], [3, 2]]}}


def test_listed_tensors_pass(listed) -> None:
    wanted = [[0, 0, None], [1, 1, [1, 0]], [2, None, None]]
    assert checked_overrides(wanted, listed) == [
        (0, 0, None), (1, 1, (1, 0)), (2, None, None),
    ]  # fmt: skip
    assert checked_overrides([], listed) == []


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (None, "wrong form"),
        ({}, "wrong form"),
        ([[0, 0, None]] * 4, "wrong form"),
        ([[0, 0]], "wrong form"),
        (["abc"], "wrong form"),
        ([[3, 0, None]], "not one of those that the page was offered"),
        ([[-1, 0, None]], "not one of those"),
        ([[0, 2, None]], "candidate tensor: '2' is not one of those"),
        ([[0, -1, None]], "not one of those"),
        ([["enc.a", 0, None]], "reference tensor: '\"enc.a\"' is not one of those"),
        ([[0, "../x", None]], "not one of those"),
        ([[True, 0, None]], "not one of those"),
        ([[0.0, 0, None]], "not one of those"),
        ([[None, 0, None]], "not one of those"),
        ([[[0], 0, None]], "not one of those"),
        ([[0, 0, [1, 0]]], "no permutation"),
        ([[1, 1, [0, 0]]], "no permutation"),
        ([[1, 1, [True, False]]], "no permutation"),
        ([[1, 1, "01"]], "no permutation"),
        ([[0, 0, None], [0, 1, None]], "in two of them"),
        ([[0, 0, None], [1, 0, None]], "in two of them"),
        ([[0, 0, None], [0, None, None]], "in two of them"),
    ],
)
def test_everything_else_is_refused(listed, wanted, words) -> None:
    with pytest.raises(UsageError) as caught:
        checked_overrides(wanted, listed)
    assert words in caught.value.sentence


def test_a_place_is_a_whole_number_in_range() -> None:
    assert checked_place(2, 3, "reference") == 2
    for value in (3, -1, "2", None, 1.5, float("nan"), object()):
        with pytest.raises(UsageError, match="was offered"):
            checked_place(value, 3, "reference")


@pytest.fixture
def bench() -> tuple[Pairing, str]:
    api, runs = FakeApi(), RunCache()
    request = OpenRequest("r", "c", only="mel", checkpoint="w")
    run = runs.add(FakeComparison("r", "c", DiffOptions(), 3), "key", request)
    return Pairing(api, runs), run.run


def test_the_request_is_that_of_the_run_with_names_in_place_of_places(bench) -> None:
    pairing, run = bench
    found = pairing.request(json.dumps({"run": run, "pairs": [[0, 1, None], [3, None, None]]}))
    assert found == OpenRequest(
        "r", "c", only="mel", checkpoint="w",
        overrides=(("enc.a", "B", None), ("lonely", None, None)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ('{"pairs":[]}', "no longer in memory"),
        ('{"run":["x"],"pairs":[]}', "no longer in memory"),
        ('{"run":"RUN"}', "wrong form"),
        ('{"run":"RUN","pairs":[[99,0,null]]}', "was offered"),
    ],
)
def test_a_value_that_is_no_request_is_a_sentence(bench, value, words) -> None:
    pairing, run = bench
    with pytest.raises(UsageError) as caught:
        pairing.request(value.replace("RUN", run))
    assert words in caught.value.sentence
