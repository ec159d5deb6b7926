"""Times against the cosine and the linear law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analysis.schedule import cosine_times, fit_schedule, linear_times


def test_the_known_times_of_ten_steps() -> None:
    known = [0, 0.01231, 0.04894, 0.10899, 0.19098, 0.29289, 0.41221, 0.54601, 0.69098, 0.84357, 1]
    assert cosine_times(10) == pytest.approx(known, abs=6e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.sampled_from(["cosine", "linear"]), st.booleans())
def test_each_law_is_recognised_also_in_half_precision(steps: int, kind: str, half: bool) -> None:
    times = cosine_times(steps) if kind == "cosine" else linear_times(steps)
    if half:
        times = [float(np.float16(t)) for t in times]
    fit = fit_schedule(range(steps + 1), times, steps, "t_span")
    assert fit.kind == kind
    residuals = {"cosine": fit.cosine_residual, "linear": fit.linear_residual}
    assert residuals[kind] == pytest.approx(0, abs=5e-4)
    assert max(r for r in residuals.values() if r is not None) > 0.05


def test_another_law_is_called_other() -> None:
    assert fit_schedule(range(11), [(i / 10) ** 3 for i in range(11)], 10, "t_span").kind == "other"


def test_times_off_by_one_step_are_not_the_law() -> None:
    times = cosine_times(10)
    assert fit_schedule(range(10), times[1:], 10, "t").kind == "other"


def test_some_times_of_a_known_number_of_steps_are_enough() -> None:
    times = cosine_times(10)
    assert fit_schedule([2, 3, 7], [times[i] for i in (2, 3, 7)], 10, "t").kind == "cosine"


@pytest.mark.parametrize(
    ("positions", "times", "steps"),
    [([], [], 10), ([0], [0.0], 10), ([0, 1], [0, 1], 1), ([0, 1], [0, 0.01], None)],
)
def test_what_cannot_be_told_is_unknown(positions: list, times: list, steps: int | None) -> None:
    assert fit_schedule(positions, times, steps, "t").kind == "unknown"


def test_nan_is_not_a_law() -> None:
    assert fit_schedule(range(3), [0, float("nan"), 1], 2, "t").kind == "other"


def test_to_dict_keeps_the_numbers() -> None:
    found = fit_schedule(range(3), linear_times(2), 2, "t_span").to_dict()
    assert found["kind"] == "linear" and found["times"] == [0, 0.5, 1]
    assert found["cosine_residual"] == pytest.approx(0.5 - (1 - np.cos(np.pi / 4)))
