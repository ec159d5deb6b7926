"""Controls: every registered one is there, and a trace control acts step by step."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.faults.controls import trace_controls
from inspector.faults.registry import faults
from inspector.suite.controls import altered, controls
from inspector.suite.recording import record_run
from inspector.suite.seeded import SMALL, seeded_weights

BLOCK = "step01/decoder.estimator.mid_blocks.0.0"


@pytest.fixture(scope="module")
def recorded():
    return record_run(SMALL, seeded_weights(SMALL), frames=20, valid=15, style="mlx")


def test_every_registered_control_is_a_case():
    planted = {c.plant for c in controls().values()}
    missing = {k for k, f in faults().items() if f.kind == "control"} - planted
    assert missing == {"other_noise"}  # made by the inputs of the run
    assert controls()["other_noise"].noise
    by_layout = set(trace_controls()) - {c.alter for c in controls().values()}
    assert by_layout == {"transposed_dump", "column_order", "names_sorted", "half_dump"}


def test_rows_are_swapped_where_there_are_two(recorded):
    made = altered(recorded, "rows_swapped", 2)
    assert np.array_equal(made[BLOCK], recorded[BLOCK][::-1])
    assert np.array_equal(made["step01/ode.x_after"], recorded["step01/ode.x_after"])
    assert list(made) == list(recorded)


def test_garbage_stays_outside_the_mask(recorded):
    made = altered(recorded, "masked_garbage", 2)
    assert np.array_equal(made[BLOCK][:, :15], recorded[BLOCK][:, :15])
    assert not np.array_equal(made[BLOCK][:, 15:], recorded[BLOCK][:, 15:])
    assert np.array_equal(made["mel"], recorded["mel"])


def test_one_row_and_fewer_frames(recorded):
    assert altered(recorded, "one_row", 2)[BLOCK].shape == (1, 20, 16)
    trimmed = altered(recorded, "trimmed", 2)
    assert trimmed[BLOCK].shape == (2, 18, 16)
    assert trimmed["mask"].shape == (1, 18, 1)
