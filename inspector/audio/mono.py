"""Any stored audio tensor as one clean channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.tensors import Array, freeze

_MOST_CHANNELS = 8
# Sums of fourth powers must stay within float64; nothing of this size is audio.
_LARGEST = 1e30


@dataclass(frozen=True)
class Mono:
    """One channel of audio, ready for arithmetic.

    Attributes:
        samples: [N] float64, finite, read-only; empty when `reason` is set.
        nonfinite_count: samples that were NaN, infinite or beyond 1e30 and became 0.
        notes: what was done to the stored values, one sentence each.
        reason: why there is no usable signal; empty when there is one.
    """

    samples: Array
    nonfinite_count: int = 0
    notes: tuple[str, ...] = ()
    reason: str = ""


def to_mono(values: Array) -> Mono:
    """Return `values` as one channel [N] of float64 in -1..1.

    Axes of length 1 are dropped; up to 8 channels are averaged; integer samples are
    divided by their full scale; NaN and infinite samples count as 0.  Nothing raises.

    Args:
        values: [N], [1, N], [channels, N] or [N, channels], real numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        return Mono(freeze(np.zeros(0)), reason=f"{array.dtype} values are no audio samples")
    notes = []
    array = array.squeeze() if array.ndim > 1 else array.reshape(-1)
    array = array.reshape(-1) if array.ndim == 0 else array
    if array.ndim == 2 and min(array.shape) <= _MOST_CHANNELS:
        axis = int(np.argmin(array.shape))
        notes.append(f"the mean of {array.shape[axis]} channels is used")
    elif array.ndim != 1:
        shape = "x".join(map(str, array.shape))
        return Mono(freeze(np.zeros(0)), reason=f"shape {shape} is no audio signal")
    else:
        axis = -1
    samples, note = _full_scale(array)
    if note:
        notes.append(note)
    finite = np.abs(samples) < _LARGEST
    bad = int(samples.size - np.count_nonzero(finite))
    if bad:
        notes.append(
            f"{bad} of {samples.size} samples are not finite (or beyond 1e30) and count as 0"
        )
        samples = np.where(finite, samples, 0.0)
    if axis >= 0:
        samples = samples.mean(axis=axis)
    reason = "" if samples.size else "there are no samples"
    return Mono(freeze(np.ascontiguousarray(samples)), bad, tuple(notes), reason)


def _full_scale(array: Array) -> tuple[Array, str]:
    """Return float64 values, integers divided by their full scale, and a note."""
    if array.dtype.kind == "f":
        return array.astype(np.float64), ""
    bits = 8 * array.dtype.itemsize
    full = 2.0 ** (bits - 1)
    centre = full if array.dtype.kind == "u" else 0.0
    note = f"stored as {array.dtype.name}, divided by {full:.0f}"
    return (array.astype(np.float64) - centre) / full, note
