"""What a run gives, as figures and as JSON."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.live.plan import RunPlan
from inspector.live.result import (
    ErrorFigures,
    NodeErrors,
    PlanResult,
    Trajectory,
    finite,
    measure,
)


def test_errors_by_hand():
    found = measure(np.array([3.0, 4.5]), np.array([3.0, 4.0]), 0.01)
    assert found == ErrorFigures(0.1, 0.5, pytest.approx(10.0))
    assert measure(np.ones(2), np.ones(2)) == ErrorFigures(0.0, 0.0, None)
    assert measure(np.zeros((0,)), np.zeros((0,))) == ErrorFigures(0.0, 0.0, None)


def test_nan_is_never_a_number_in_json():
    found = measure(np.array([np.nan]), np.array([1.0]), 1e-7)
    assert found.to_dict() == {"relative_l2": None, "max_abs": None, "floor_ratio": None}
    assert [finite(v) for v in (1.5, math.inf, math.nan, None)] == [1.5, None, None, None]


def result():
    value = np.arange(3, dtype=np.float32)
    errors = (NodeErrors("a", 2, ErrorFigures(0.5, 1.0, 3.0), None, 1),)
    return PlanResult(RunPlan("a", (2, 3)), {2: {"a": value}, 3: {"a": value + 1, "b": value}},
                      errors, {(2, "a"): 1e-7}, seconds=0.5, notes=("n",))  # fmt: skip


def test_values_by_name_and_step():
    assert result().value("a").tolist() == [0, 1, 2]
    assert result().value("a", 3).tolist() == [1, 2, 3]
    with pytest.raises(UsageError, match="b: the run returned no such value at step 2"):
        result().value("b")


def test_errors_by_name_and_step():
    assert result().error("a").reference.relative_l2 == 0.5
    assert result().error("a", 3) is None


def test_the_size_counts_every_array():
    assert result().size == 3 * 12
    path = Trajectory((1,), np.zeros((2, 1, 4, 3)), np.zeros((1, 1, 4, 3)))
    assert PlanResult(RunPlan(), {}, trajectory=path).size == 3 * 12 * 8
    assert path.mel.shape == (1, 4, 3)


def test_the_dictionary_is_strict_json():
    values = json.loads(json.dumps(result().to_dict(), allow_nan=False))
    assert values["plan"]["what"] == "a"
    assert values["values"][0] == {"name": "a", "step": 2, "shape": [3], "dtype": "float32",
                                   "noise_floor": 1e-7}  # fmt: skip
    assert values["errors"] == [{"name": "a", "step": 2, "nonfinite": 1, "error_candidate": None,
                                 "error_reference": {"relative_l2": 0.5, "max_abs": 1.0,
                                                     "floor_ratio": 3.0}}]  # fmt: skip
