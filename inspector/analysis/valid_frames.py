"""Which frames of a run are real, from its own mask."""

from __future__ import annotations

import numpy as np

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
    if mask is None or mask.size != frames or not mask.any():
        return None
    kept = int(np.flatnonzero(mask)[-1]) + 1
    return kept if kept < frames else None
