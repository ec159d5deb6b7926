"""Padding by the mask of the run."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.valid_frames import (
    PairFrames,
    describe_padding,
    frame_mask,
    pair_frames,
    unpadded_frames,
)
from inspector.errors import TraceError
from inspector.tensors import Array, Roles, RoleTensor, TensorRecord
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


def _kept(frames: int | None) -> Roles:
    if frames is None:
        run = healthy_run()
        run.drop("mask")
        return run.roles
    return _with_mask((np.arange(FRAMES) < frames)[None, None]).roles


@pytest.mark.parametrize(
    ("reference", "candidate", "expected"),
    [
        (90, 90, 90),
        (90, 100, 100),
        (90, None, 90),
        (None, 100, 100),
        (90, FRAMES, None),  # the candidate's mask keeps every frame
        (90, 0, 90),  # a mask that hides everything tells nothing
        (None, None, None),
    ],
)
def test_of_two_masks_the_one_that_keeps_more_counts(
    reference: int | None, candidate: int | None, expected: int | None
) -> None:
    frames = pair_frames(_kept(reference), _kept(candidate))
    assert frames.unpadded(FRAMES) == expected
    assert frames.unpadded(FRAMES - 1) is None
    assert frames.padded == (None if expected is None else (expected, FRAMES))


def test_a_pair_of_masks_that_hide_the_start_has_no_padding() -> None:
    roles = _with_mask((np.arange(FRAMES) >= 40)[None, None]).roles
    assert pair_frames(roles, roles) == PairFrames((FRAMES, FRAMES), (FRAMES, FRAMES))
    assert pair_frames(roles, roles).padded is None


def test_masks_of_other_lengths_speak_for_their_own_length_alone() -> None:
    frames = PairFrames((62, 84), (90, 100))
    assert (frames.unpadded(84), frames.unpadded(100), frames.unpadded(90)) == (62, 90, None)
    assert frames.padded == (90, 100)


def test_a_mask_that_cannot_be_read_says_nothing() -> None:
    def gone() -> Array:
        raise TraceError("read", "mask", "the file is gone", "a file")

    record = TensorRecord("mask", (1, 1, FRAMES), "bool", "mask.npy", 0, gone)
    broken = Roles(named={"mask": RoleTensor(record, "BCT")})
    assert pair_frames(broken, _kept(90)) == PairFrames(None, (90, FRAMES))


def test_the_padding_is_said_with_its_numbers() -> None:
    assert describe_padding(62, 84, "the mels") == (
        "Of the mels, 62 of 84 frames are counted; the 22 frames of padding after them are left "
        "out."
    )
    assert "the 1 frame of padding after them is left out" in describe_padding(9, 10, "it")
