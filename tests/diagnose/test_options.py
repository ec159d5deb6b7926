"""Options refuse numbers that make no sense."""

from __future__ import annotations

import pytest

from inspector.diagnose.options import DiffOptions
from inspector.errors import UsageError


@pytest.mark.parametrize(
    "wrong",
    [
        {"sample_rate_hz": 0},
        {"sample_rate_hz": 10**9},
        {"rtol": -1e-9},
        {"atol": float("nan")},
        {"rtol": float("inf")},
        {"cutoff_hz": 0.0},
        {"cutoff_hz": float("nan")},
    ],
)
def test_numbers_out_of_range_are_refused_with_a_sentence(wrong):
    with pytest.raises(UsageError, match="expected"):
        DiffOptions(**wrong)


def test_defaults_are_a_value_and_go_to_json():
    assert DiffOptions() == DiffOptions()
    assert DiffOptions(rtol=0.5).to_dict()["rtol"] == 0.5
