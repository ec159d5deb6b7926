"""Start and end of an integration."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.ode_ends import kurtosis, read_final, read_start, valid_frames
from tests.analysis.synthetic_run import FRAMES, SyntheticRun, healthy_run


def _ends(run: SyntheticRun):
    return read_start(run.roles.trajectory, run.roles), read_final(run.roles.trajectory)


def test_the_ends_are_the_first_and_last_state() -> None:
    run = healthy_run()
    start, final = _ends(run)
    np.testing.assert_array_equal(start, run["step1_x_before"])
    np.testing.assert_array_equal(final, run["step10_x_after"])


def test_a_longer_noise_buffer_is_cut_to_the_run() -> None:
    run = healthy_run()
    run.drop("x_before")
    run["initial_noise"] = np.concatenate([run["initial_noise"]] * 3, axis=2)
    start, _ = _ends(run)
    assert start is not None and start.shape[2] == FRAMES
    np.testing.assert_array_equal(start, run["initial_noise"][:, :, :FRAMES])


def test_a_step_in_the_middle_does_not_start_from_the_noise() -> None:
    run = healthy_run()
    run.tensors = {n: t for n, t in run.tensors.items() if t.step is None or t.step >= 4}
    assert _ends(run)[0] is None


def test_padding_is_told_by_the_mask() -> None:
    run = healthy_run()
    run["mask"] = (np.arange(FRAMES) < 90).astype("f4")[None, None]
    assert valid_frames(run.roles.trajectory, run.roles) == 90
    assert valid_frames(healthy_run().roles.trajectory, healthy_run().roles) is None


def test_kurtosis_tells_a_normal_from_a_uniform() -> None:
    random = np.random.default_rng(0)
    assert kurtosis(random.standard_normal(50000)) == pytest.approx(3, abs=0.1)
    assert kurtosis(random.uniform(-1, 1, 50000)) == pytest.approx(1.8, abs=0.05)
    assert kurtosis(np.ones(5)) is None and kurtosis(np.array([np.nan])) is None
