"""Signs of the frames before the padding."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.sign_shares import SignShares, measure_signs
from inspector.analysis.valid_frames import PairFrames
from inspector.errors import TraceError
from inspector.tensors import Layout, TensorPair, TensorRecord

PADDED = PairFrames(reference=(6, 8))


def _pair(reference, candidate, letters="BCT", axes=None) -> TensorPair:
    records = [
        TensorRecord("x", a.shape, str(a.dtype), "x", 0, lambda a=a: a)
        for a in (reference, candidate)
    ]
    layouts = Layout(letters=letters), Layout(axes=axes, letters=letters)
    return TensorPair(*records, "alias", 1.0, *layouts)


def _noise_after(frames, value=-1.0):
    array = np.full((1, 4, 8), value, np.float32)
    array[:, :, frames:] = 1.0
    return array


def test_only_the_frames_before_the_padding_count():
    found = measure_signs(_pair(_noise_after(6), _noise_after(5)), PADDED)
    assert found == SignShares(0.0, pytest.approx(100 / 6), pytest.approx(5 / 6), 6)


def test_the_frames_are_found_along_their_axis():
    turned = np.ascontiguousarray(_noise_after(6).transpose(0, 2, 1))
    found = measure_signs(_pair(_noise_after(6), turned, axes=(0, 2, 1)), PADDED)
    assert found == SignShares(0.0, 0.0, 1.0, 6)


def test_zero_is_a_sign_of_its_own_and_nan_is_none():
    left, right = _noise_after(6), _noise_after(6)
    left[0, 0, :6] = 0
    right[0, 0, :3] = np.nan
    assert measure_signs(_pair(left, right), PADDED) == SignShares(0.0, 0.0, 18 / 21, 6)
    nothing = measure_signs(_pair(left, np.full_like(left, np.nan)), PADDED)
    assert nothing == SignShares(0.0, None, None, 6)


def test_tensors_without_padded_frames_are_left_to_their_comparison():
    def read():
        raise AssertionError("the header says enough")

    other = [TensorRecord("x", (1, 4, 7), "float32", "x", 0, read) for _ in range(2)]
    lengths = TensorPair(*other, "alias", 1.0, reference_layout=Layout(letters="BCT"))
    assert measure_signs(lengths, PADDED) is None
    assert measure_signs(_pair(_noise_after(6), _noise_after(6), letters="BCN"), PADDED) is None
    assert measure_signs(_pair(np.ones((8, 3)), np.ones((8, 3)), letters="CT"), PADDED) is None


def test_a_tensor_that_cannot_be_read_is_left_to_its_comparison():
    def read():
        raise TraceError("read", "x", "the file is gone", "a file")

    records = [TensorRecord("x", (1, 4, 8), "float32", "x", 0, read) for _ in range(2)]
    pair = TensorPair(*records, "alias", 1.0, reference_layout=Layout(letters="BCT"))
    assert measure_signs(pair, PADDED) is None
