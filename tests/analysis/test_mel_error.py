from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.mel_error import measure_error


def test_sizes_profiles_and_places():
    error = measure_error(np.array([[0.0, -1.0, 0.0], [2.0, 0.0, -4.0]]))
    assert error.max_abs == 4.0
    assert error.mean_abs == pytest.approx(7 / 6)
    assert error.rmse == pytest.approx(np.sqrt(21 / 6))
    assert error.worst_place == (1, 2)
    assert (error.worst_bin, error.worst_frame) == (1, 2)
    assert error.band_mean_abs.tolist() == [pytest.approx(1 / 3), 2.0]
    assert error.band_max_abs.tolist() == [1.0, 4.0]
    assert error.frame_mean_abs.tolist() == [1.0, 0.5, 2.0]
    assert error.frame_max_abs.tolist() == [2.0, 1.0, 4.0]
    assert error.excluded_count == 0


def test_the_first_of_equal_errors_is_the_worst():
    assert measure_error(np.ones((2, 3))).worst_place == (0, 0)


def test_values_that_are_not_finite_are_left_out_and_counted():
    error = measure_error(np.array([[np.nan, 1.0], [np.inf, 3.0]]))
    assert (error.max_abs, error.mean_abs, error.excluded_count) == (3.0, 2.0, 2)
    assert np.isnan(error.frame_mean_abs[0]) and np.isnan(error.frame_max_abs[0])
    assert error.frame_mean_abs[1] == 2.0
    assert error.band_mean_abs.tolist() == error.band_max_abs.tolist() == [1.0, 3.0]
    assert error.worst_frame == 1


@pytest.mark.parametrize("difference", [np.zeros((80, 0)), np.full((3, 4), np.nan)])
def test_nothing_to_measure_gives_none(difference):
    error = measure_error(difference)
    assert error.max_abs is error.mean_abs is error.worst_frame is error.worst_place is None
    assert error.excluded_count == difference.size
