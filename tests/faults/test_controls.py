"""Harmless differences made on recorded traces."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.faults.controls import trace_controls
from inspector.faults.registry import faults
from tests.faults import records
from tests.faults.small_run import FRAMES, SMALL, given, run, weights


@pytest.fixture(scope="module")
def trace():
    values = given(SMALL)
    return {**values, **run(step_graph(SMALL), values, weights(SMALL))}


@pytest.mark.parametrize("key", list(trace_controls()))
def test_a_control_changes_something_and_leaves_its_input(trace, key):
    before = {name: v.copy() for name, v in trace.items()}
    control = trace_controls()[key]
    altered = control.alter(trace)
    assert all(np.array_equal(before[n], v, equal_nan=True) for n, v in trace.items())
    assert set(altered) == set(trace)
    same = all(
        trace[n].shape == v.shape and trace[n].dtype == v.dtype and np.array_equal(trace[n], v)
        and trace[n].flags.c_contiguous == v.flags.c_contiguous
        for n, v in altered.items()
    )  # fmt: skip
    assert not same or list(altered) != list(trace)
    assert set(control.records) <= records.ALL
    assert control.change.endswith(".")


def test_transposed_values_come_back(trace):
    altered = trace_controls()["transposed_dump"].alter(trace)
    assert altered["velocity"].shape == (6, SMALL.mel_bins, FRAMES)
    assert np.array_equal(altered["velocity"].swapaxes(1, 2), trace["velocity"])


def test_rows_are_halved_or_swapped(trace):
    one = trace_controls()["one_row"].alter(trace)
    assert np.array_equal(one["velocity"], trace["velocity"][:3])
    assert np.array_equal(one["x"], trace["x"])
    swapped = trace_controls()["rows_swapped"].alter(trace)
    assert np.array_equal(swapped["velocity"][:3], trace["velocity"][3:])
    assert np.array_equal(swapped["mid_blocks.0.0"][3:], trace["mid_blocks.0.0"][:3])


def test_garbage_stays_outside_the_mask_and_inside_the_blocks(trace):
    altered = trace_controls()["masked_garbage"].alter(trace)
    valid = np.tile(trace["mask"], (2, 1, 1))[..., 0] > 0
    for name, value in altered.items():
        if value.ndim == 3 and value.shape[:2] == valid.shape:
            assert np.array_equal(value[valid], trace[name][valid]), name
    assert not np.array_equal(altered["mid_blocks.0.0"], trace["mid_blocks.0.0"])
    for name in ("velocity", "ode.x_after", "rows.x", "mask", "mu"):
        assert np.array_equal(altered[name], trace[name])


def test_noise_is_that_of_a_backend(trace):
    altered = trace_controls()["backend_noise"].alter(trace)
    error = np.linalg.norm(altered["velocity"] - trace["velocity"])
    assert 1e-6 < error / np.linalg.norm(trace["velocity"]) < 1e-5
    assert np.array_equal(altered["velocity"] == 0, trace["velocity"] == 0)


def test_without_rows_or_padding_nothing_changes():
    values = {"mel": np.ones((1, 4, 80), np.float32), "mask": np.ones((1, 4, 1), np.float32)}
    for key in ("one_row", "rows_swapped", "masked_garbage"):
        altered = trace_controls()[key].alter(values)
        assert all(np.array_equal(altered[n], values[n]) for n in values)


def test_controls_of_the_registry_are_marked():
    keys = {k for k, f in faults().items() if f.kind == "control"}
    assert keys == {
        "weights_float16", "weights_bfloat16", "weights_8_bit", "weights_4_bit", "other_noise",
        "state_float16", "state_bfloat16",
    }  # fmt: skip
