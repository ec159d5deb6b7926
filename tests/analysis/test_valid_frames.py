"""Padding by the mask of the run."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.valid_frames import frame_mask, unpadded_frames
from inspector.tensors import Array
from tests.analysis.synthetic_run import FRAMES, SyntheticRun, healthy_run


def _with_mask(mask: Array, letters: str = "BCT") -> SyntheticRun:
    run = healthy_run()
    run.add("mask", mask, letters, "mask")
    return run


def test_zeros_at_the_end_are_padding() -> None:
    mask = np.ones((1, 1, FRAMES), bool)
    mask[..., 100:] = False
    roles = _with_mask(mask).roles
    assert unpadded_frames(roles, FRAMES) == 100
    found = frame_mask(roles)
    assert found is not None and int(found.sum()) == 100


def test_zeros_at_the_start_are_a_fault_and_not_padding() -> None:
    mask = np.ones((1, 1, FRAMES))
    mask[..., :40] = 0
    assert unpadded_frames(_with_mask(mask).roles, FRAMES) is None


@pytest.mark.parametrize(
    "mask",
    [
        np.ones((1, 1, FRAMES)),
        np.zeros((1, 1, FRAMES)),
        np.full((1, 1, FRAMES), 0.5),
        np.ones((1, 1, FRAMES - 1)),
        np.ones((3, FRAMES, FRAMES)),
    ],
)
def test_other_masks_say_nothing(mask: Array) -> None:
    assert unpadded_frames(_with_mask(mask).roles, FRAMES) is None


def test_a_run_without_a_mask_has_no_padding() -> None:
    run = healthy_run()
    run.drop("mask")
    assert frame_mask(run.roles) is None


def test_a_mask_stored_frames_by_one_is_read_as_frames() -> None:
    mask = np.ones((FRAMES, 1), np.float32)
    mask[100:] = 0
    roles = _with_mask(mask, "TC").roles
    assert unpadded_frames(roles, FRAMES) == 100
