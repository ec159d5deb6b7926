"""The two ends of an ODE integration: its starting noise and its final state."""

from __future__ import annotations

import numpy as np

from inspector.analysis.ode_steps import crop_frames, first_rows, has_axes
from inspector.analysis.valid_frames import unpadded_frames
from inspector.errors import TraceError
from inspector.tensors import Array, OdeTrajectory, Roles, RoleTensor


def frame_count(role: RoleTensor | None) -> int | None:
    """Length of the T axis of a tensor, or None when its axes are unknown."""
    if role is None or "T" not in role.letters or not has_axes(role):
        return None
    return role.record.shape[role.letters.index("T")]


def read_start(trajectory: OdeTrajectory, roles: Roles) -> Array | None:
    """The state before the first step, row 0 as [1, C, T]; None when not recorded.

    The initial noise stands in for a first x_before that is not recorded, but never for
    that of a step in the middle of an integration.

    Raises:
        TraceError: the tensor cannot be read.
    """
    if not trajectory.steps:
        return None
    first = trajectory.steps[0]
    if first.number > 1:
        return None
    role = first.x_before or roles.get("initial_noise")
    if role is None:
        return None
    start = first_rows(role)
    frames = frame_count(first.x_before or first.x_after)
    # A fixed noise buffer is longer than the sentence; the run takes its first frames.
    return start if frames is None else crop_frames(start, frames)


def read_final(trajectory: OdeTrajectory) -> Array | None:
    """The state after the last recorded step, row 0 as [1, C, T]; None when not recorded.

    Raises:
        TraceError: the tensor cannot be read.
    """
    last = trajectory.steps[-1].x_after if trajectory.steps else None
    return None if last is None else first_rows(last)


def valid_frames(trajectory: OdeTrajectory, roles: Roles) -> int | None:
    """Frames before the padding, by the mask of the side; None when nothing is padded."""
    for step in trajectory.steps:
        frames = frame_count(step.x_after or step.x_before or step.v_cfg or step.v_cond)
        if frames is not None:
            try:
                return unpadded_frames(roles, frames)
            except TraceError:
                return None
    return None


def kurtosis(array: Array) -> float | None:
    """Fourth standardised moment over the finite values: 3 for a normal distribution.

    None when no value is finite or all are equal.
    """
    values = array.astype(np.float64).reshape(-1)
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    centred = values - values.mean()
    variance = float(np.mean(centred**2))
    return float(np.mean(centred**4)) / variance**2 if variance > 0 else None
