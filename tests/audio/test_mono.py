from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from inspector.audio.mono import to_mono


def test_axes_of_length_one_are_dropped():
    samples = np.linspace(-1, 1, 50, dtype=np.float32)
    for stored in (samples, samples[None], samples[:, None], samples[None, None]):
        mono = to_mono(stored)
        assert np.array_equal(mono.samples, samples.astype(np.float64))
        assert mono.notes == () and mono.reason == ""
    assert not mono.samples.flags.writeable


@pytest.mark.parametrize("axis", [0, 1])
def test_channels_are_averaged_and_said(axis):
    mono = to_mono(np.stack([np.ones(30), 3 * np.ones(30)], axis=axis))
    assert np.array_equal(mono.samples, 2 * np.ones(30))
    assert mono.notes == ("the mean of 2 channels is used",)


def test_non_finite_samples_count_as_zero_and_are_said():
    mono = to_mono(np.array([1.0, np.nan, np.inf, -np.inf, 1e31, 2.0]))
    assert mono.samples.tolist() == [1, 0, 0, 0, 0, 2]
    assert mono.nonfinite_count == 4
    assert "4 of 6" in mono.notes[0]


def test_integers_are_divided_by_full_scale():
    mono = to_mono(np.array([-32768, 0, 16384], dtype=np.int16))
    assert mono.samples.tolist() == [-1.0, 0.0, 0.5]
    assert "int16" in mono.notes[0]
    assert to_mono(np.array([0, 128, 192], dtype=np.uint8)).samples.tolist() == [-1.0, 0.0, 0.5]


@pytest.mark.parametrize(
    "stored",
    [np.zeros(0), np.zeros((20, 30)), np.ones(5, complex), np.array(["a"]), np.ones(4, bool)],
)
def test_what_is_no_signal_has_a_reason(stored):
    mono = to_mono(stored)
    assert mono.reason
    assert mono.samples.size == 0


@given(hnp.arrays(hnp.floating_dtypes(sizes=(16, 32, 64)), hnp.array_shapes(max_dims=3)))
@settings(max_examples=100, deadline=None)
def test_any_floats_give_finite_samples_or_a_reason(stored):
    mono = to_mono(stored)
    assert np.isfinite(mono.samples).all()
    assert bool(mono.reason) == (mono.samples.size == 0)
