"""Parts of a run that fail in different ways: masked, prompt and generated frames, CFG rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.errors import TraceError
from inspector.tensors import Array, Roles, RoleTensor, freeze

FRAMES_PER_TOKEN = 2
"""Mel frames per speech token: 25 tokens and 50 frames a second."""

_FRAME_ROLES = ("mel", "mu", "initial_noise", "cond")


@dataclass(frozen=True)
class Regions:
    """What is known about the frames and rows of one trace; None where it is not.

    Attributes:
        frames: length T of the mel frames.
        valid: True for the frames that the mask keeps [T].
        prompt_frames: how many leading frames come from the voice prompt.
        rows: names of the batch rows 0 and 1 of tensors with a batch of 2.
    """

    frames: int | None = None
    valid: Array | None = None
    prompt_frames: int | None = None
    rows: tuple[str, ...] = ("conditional", "unconditional")

    def to_dict(self) -> dict[str, object]:
        """The facts as plain JSON values; the mask by its number of valid frames."""
        return {
            "frames": self.frames,
            "valid_frames": None if self.valid is None else int(self.valid.sum()),
            "prompt_frames": self.prompt_frames,
            "rows": list(self.rows),
        }

    def of_frames(self) -> dict[str, Array]:
        """Frame masks [T] by name, without those that hold no frame or all of them."""
        found: dict[str, Array] = {}
        if self.frames is None:
            return found
        if self.valid is not None:
            found["valid"] = self.valid
            found["masked"] = ~self.valid
        if self.prompt_frames is not None:
            found["prompt"] = np.arange(self.frames) < self.prompt_frames
            found["generated"] = ~found["prompt"]
        return {name: mask for name, mask in found.items() if 0 < mask.sum() < self.frames}


def derive_regions(roles: Roles) -> Regions:
    """Return the regions that the recognised tensors of a trace allow.

    The mask counts when it holds only 0 and 1 and has one value per frame.  The prompt
    length comes from ``prompt_token_len`` (2 frames per token), else from the length of
    ``prompt_feat``, else from where ``cond`` falls back to its floor.  What cannot be read
    or does not fit is left out.
    """
    frames = _frame_count(roles)
    if frames is None:
        return Regions()
    return Regions(frames, _valid_frames(roles, frames), _prompt_frames(roles, frames))


def _axis_length(tensor: RoleTensor | None) -> int | None:
    """Length of the frame axis by the header, or None."""
    if tensor is None or len(tensor.letters) != len(tensor.record.shape):
        return None
    axis = tensor.letters.find("T")
    return tensor.record.shape[axis] if axis >= 0 else None


def _frame_count(roles: Roles) -> int | None:
    for step in roles.trajectory.steps:
        for tensor in (step.x_after, step.x_before, step.v_cfg, step.v_cond):
            length = _axis_length(tensor)
            if length:
                return length
    for role in _FRAME_ROLES:
        length = _axis_length(roles.get(role))
        if length:
            return length
    return None


def _frames_first(tensor: RoleTensor) -> Array | None:
    """Values as [T, everything else], or None when they cannot be read."""
    try:
        values = tensor.read()
    except TraceError:
        return None
    if values.dtype.kind == "c" or values.ndim != len(tensor.letters):
        return None
    moved = np.moveaxis(values, tensor.letters.index("T"), 0)
    return moved.reshape(moved.shape[0], -1)


def _valid_frames(roles: Roles, frames: int) -> Array | None:
    mask = roles.get("mask")
    if mask is None or _axis_length(mask) != frames:
        return None
    values = _frames_first(mask)
    if values is None or values.shape[1] == 0 or not np.isin(values, (0, 1)).all():
        return None
    # Both rows of a CFG batch carry the same mask; a frame is valid when any row keeps it.
    return freeze((values != 0).any(axis=1))


def _prompt_frames(roles: Roles, frames: int) -> int | None:
    for found in (
        _from_token_count(roles.get("prompt_token_len")),
        _axis_length(roles.get("prompt_feat")),
        _from_condition(roles.get("cond"), frames),
    ):
        if found is not None and 0 < found < frames:
            return found
    return None


def _from_token_count(tensor: RoleTensor | None) -> int | None:
    if tensor is None or tensor.record.size != 1:
        return None
    try:
        value = tensor.read().reshape(()).item()
    except TraceError:
        return None
    if isinstance(value, complex) or not np.isfinite(value) or value != int(value):
        return None
    return int(value) * FRAMES_PER_TOKEN


def _from_condition(tensor: RoleTensor | None, frames: int) -> int | None:
    if tensor is None or _axis_length(tensor) != frames:
        return None
    values = _frames_first(tensor)
    if values is None or values.shape[1] == 0:
        return None
    floor = values[-1, 0]
    above = np.flatnonzero((values != floor).any(axis=1))
    return int(above[-1]) + 1 if above.size else None
