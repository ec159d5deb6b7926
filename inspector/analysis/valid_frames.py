"""Which frames of a run are real, from its own mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.errors import TraceError
from inspector.tensors import Array, Roles

_ROWS = 2


def frame_mask(roles: Roles) -> Array | None:
    """The recorded frame mask of row 0 as bool [T], or None.

    A mask that holds anything but 0 and 1, or more than one value per frame, is not a
    frame mask.
    """
    role = roles.get("mask")
    if role is None or not role.record.size or sum(n > 1 for n in role.record.shape) > 2:
        return None
    values = role.read()
    if is_frames_by_one(values.shape):
        values = values[..., 0]
    rows = values.reshape(-1, values.shape[-1]) if values.ndim else values.reshape(1, 1)
    row = rows[0]
    if (values.ndim > 1 and rows.shape[0] > 2) or not np.isin(row, (0, 1)).all():
        return None
    return row.astype(bool)


def is_frames_by_one(shape: tuple[int, ...]) -> bool:
    """True for a mask stored [B, T, 1], or [T, 1] with more frames than a guidance batch."""
    return shape[-1:] == (1,) and (len(shape) > 2 or (len(shape) == 2 and shape[0] > _ROWS))


def unpadded_frames(roles: Roles, frames: int) -> int | None:
    """Frames before the padding at the end, of `frames` in all.

    Only zeros at the end of the mask are padding: zeros at its start hide the prompt,
    which no correct run does, and must stay visible in every number.

    Returns:
        The number of frames; None when there is no mask of this length or no padding.
    """
    mask = frame_mask(roles)
    kept = None if mask is None or mask.size != frames else _before_zeros(mask)
    return None if kept == frames else kept


@dataclass(frozen=True)
class PairFrames:
    """Frames before the padding at the end, by the masks of both sides of a pair.

    Attributes:
        reference, candidate: (frames before the padding, frames of the mask) of a side; None
            when it has no frame mask.
    """

    reference: tuple[int, int] | None = None
    candidate: tuple[int, int] | None = None

    @property
    def padded(self) -> tuple[int, int] | None:
        """(frames before the padding, frames in all) of the longer run with padding, or None."""
        lengths = {n for side in (self.reference, self.candidate) if side for n in side[1:]}
        found = [(kept, n) for n in sorted(lengths) if (kept := self.unpadded(n)) is not None]
        return found[-1] if found else None

    def unpadded(self, frames: int) -> int | None:
        """Frames before the padding of tensors of `frames` frames.

        Where both sides have a mask of this length the larger number counts, so that no
        frame is left out that one of them keeps.

        Returns:
            The number of frames; None when no mask has this length or nothing is padded.
        """
        known = [s[0] for s in (self.reference, self.candidate) if s and s[1] == frames]
        kept = max(known, default=frames)
        return kept if kept < frames else None


def pair_frames(reference: Roles, candidate: Roles) -> PairFrames:
    """Read the masks of two sides; a mask that cannot be read says nothing."""
    return PairFrames(_counts(reference), _counts(candidate))


def describe_padding(kept: int, frames: int, what: str) -> str:
    """Say that the padding of `what`, such as ``the mels``, takes no part in the numbers."""
    left = frames - kept
    return (
        f"Of {what}, {kept} of {frames} frames are counted; the {left} "
        f"{'frame' if left == 1 else 'frames'} of padding after them "
        f"{'is' if left == 1 else 'are'} left out."
    )


def _counts(roles: Roles) -> tuple[int, int] | None:
    try:
        mask = frame_mask(roles)
    except TraceError:
        return None
    kept = None if mask is None else _before_zeros(mask)
    return None if mask is None or kept is None else (kept, int(mask.size))


def _before_zeros(mask: Array) -> int | None:
    """Frames up to the last one that the mask keeps; None when it keeps none."""
    kept = np.flatnonzero(mask)
    return int(kept[-1]) + 1 if kept.size else None
