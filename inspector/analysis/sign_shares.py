"""Signs of one pair of tensors in the frames before the padding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.analysis.valid_frames import PairFrames
from inspector.errors import TraceError
from inspector.metrics.numbers import parts_of
from inspector.tensors import Array, TensorPair


@dataclass(frozen=True)
class SignShares:
    """Signs of a pair.

    Attributes:
        reference, candidate: finite values above zero, 0 to 100; None without a finite value.
        agreement: places with equal sign (-1, 0 or 1) among those finite on both sides, 0 to 1;
            None when there is none.
        frames: frames counted; None for all.
    """

    reference: float | None
    candidate: float | None
    agreement: float | None
    frames: int | None = None


def measure_signs(pair: TensorPair, frames: PairFrames) -> SignShares | None:
    """Count the signs of `pair` in the frames before the padding.

    Complex values count by their real part.

    Args:
        pair: two tensors of one common shape.
        frames: which frames are padding.

    Returns:
        The shares, or None where the common shape has no axis of frames with padding, or a
        side cannot be read.
    """
    letters = pair.letters
    lengths = (*pair.reference.shape, *pair.candidate.shape)
    if "T" not in letters or all(frames.unpadded(n) is None for n in lengths):
        return None  # told by the headers alone
    try:
        reference, candidate = pair.read()
    except (TraceError, ValueError, IndexError):
        return None
    axis = letters.index("T")
    if reference.shape != candidate.shape or len(letters) != reference.ndim:
        return None
    kept = frames.unpadded(reference.shape[axis])
    if kept is None:
        return None
    window = (slice(None),) * axis + (slice(kept),)
    left, right = (parts_of(side[window])[0] for side in (reference, candidate))
    finite_left, finite_right = np.isfinite(left), np.isfinite(right)
    both = finite_left & finite_right
    equal = ((left > 0) == (right > 0)) & ((left < 0) == (right < 0)) & both
    count = int(np.count_nonzero(both))
    return SignShares(
        _positive(left, finite_left),
        _positive(right, finite_right),
        int(np.count_nonzero(equal)) / count if count else None,
        kept,
    )


def _positive(values: Array, finite: Array) -> float | None:
    count = int(np.count_nonzero(finite))
    return 100.0 * int(np.count_nonzero((values > 0) & finite)) / count if count else None
