"""Orders of axes by shapes alone."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.views.match_axes import axes_payload, fitting_orders
from tests import runs


@pytest.mark.parametrize(
    ("reference", "candidate", "orders"),
    [
        ((2, 3), (2, 3), [(0, 1)]),
        ((2, 3), (3, 2), [(1, 0)]),
        ((3, 3), (3, 3), [(0, 1), (1, 0)]),
        ((1, 80, 40), (1, 40, 80), [(0, 2, 1)]),
        ((), (), [()]),
        ((0, 2), (2, 0), [(1, 0)]),
        ((2, 3), (3, 3), []),
        ((2, 3), (6,), []),
        ((1,) * 6, (1,) * 6, []),
    ],
)
def test_orders_that_give_the_shape(reference, candidate, orders):
    assert fitting_orders(reference, candidate) == orders
    for axes in orders:
        assert np.zeros(candidate).transpose(axes).shape == reference


@pytest.mark.parametrize(
    ("place", "words", "choices"),
    [
        (0, "2 orders of the candidate's axes", 2),
        (1, "The lengths agree", 0),
        (2, "The shapes differ (3×3 and 3×4)", 0),
        (3, "The shapes differ (3×3 and scalar)", 0),
    ],
)
def test_the_page_is_told_what_is_open(place, words, choices):
    right = [np.ones((3, 3)), np.ones((1, 3, 3)), np.ones((3, 4)), np.ones(())]
    left = runs.trace({"a": np.ones((3, 3), np.float32)})
    other = runs.trace({f"c{i}": a.astype(np.float32) for i, a in enumerate(right)})
    payload = axes_payload(compare_traces(left, other), 0, place)
    assert words in payload["sentence"]
    assert len(payload["choices"]) == choices


def test_a_single_order_is_named():
    left = runs.trace({"a": np.ones((2, 3), np.float32)})
    right = runs.trace({"b": np.ones((3, 2), np.float32), "c": np.ones((2, 3), np.float32)})
    found = compare_traces(left, right)
    assert axes_payload(found, 0, 0)["sentence"].endswith("in the order 1 0.")
    assert axes_payload(found, 0, 1)["sentence"].endswith("taken as stored.")
