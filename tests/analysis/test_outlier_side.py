from __future__ import annotations

import pytest

from inspector.analysis.outlier_side import BOTH, outlier_side


@pytest.mark.parametrize(
    ("reference", "candidate", "expected"),
    [
        (3.0, 9.0, ""),
        (10.0, 10.0, ""),  # the limit itself is usual
        (13.4, 13.4, BOTH),
        (13.4, 13.6, BOTH),
        (11.0, 9.0, BOTH),  # across the limit and yet alike
        (0.0, 50.0, "candidate"),
        (50.0, 0.0, "reference"),
        (86.2, 13.4, "reference"),  # both above it, one far more
        (60.0, 76.0, "candidate"),
    ],
)
def test_only_a_side_unlike_the_other_is_named(reference, candidate, expected):
    assert outlier_side(reference, candidate, 10.0) == expected


def test_exchanged_sides_exchange_the_answer():
    assert outlier_side(0.1, 0.9, 0.2) == "candidate"
    assert outlier_side(0.9, 0.1, 0.2) == "reference"
