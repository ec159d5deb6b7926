"""How the error spreads along an axis: per frame, per channel, per row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from inspector.metrics.chunks import CHUNK, boxes
from inspector.metrics.numbers import parts_of, subtract
from inspector.tensors import Array, freeze


@dataclass(frozen=True)
class RegionMetrics:
    """Error of a part of a tensor; None where it holds no finite pair.

    Attributes:
        count: elements that are finite on both sides.
        max_abs, rmse, relative_l2: as in `inspector.metrics.pairwise.PairMetrics`.
    """

    count: int
    max_abs: float | None
    rmse: float | None
    relative_l2: float | None

    def to_dict(self) -> dict[str, float | None]:
        """The numbers as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class AxisProfile:
    """Sums per index of one axis of length n, over all other axes.

    Attributes:
        count: elements finite on both sides [n], as float64.
        largest: largest error [n], unscaled.
        error_energy: sum of squared errors [n], times ``error_scale**2``.
        reference_energy: sum of squared references [n], times ``reference_scale**2``.
        error_scale, reference_scale: powers of two.
    """

    count: Array
    largest: Array
    error_energy: Array
    reference_energy: Array
    error_scale: float = 1.0
    reference_scale: float = 1.0

    def select(self, where: Array | slice) -> RegionMetrics:
        """The error over the indexes `where` (a mask [n] or a slice)."""
        count = int(self.count[where].sum())
        if count == 0:
            return RegionMetrics(0, None, None, None)
        error = math.sqrt(float(self.error_energy[where].sum()))
        reference = math.sqrt(float(self.reference_energy[where].sum()))
        return RegionMetrics(
            count=count,
            max_abs=float(self.largest[where].max()),
            rmse=error / math.sqrt(count) / self.error_scale,
            relative_l2=error / reference * (self.reference_scale / self.error_scale)
            if reference > 0.0
            else None,
        )

    def worst(self) -> tuple[int, float] | None:
        """Index with the most error energy (first on ties) and its share of all, 0 to 1."""
        total = float(self.error_energy.sum())
        if not total > 0.0:
            return None
        index = int(np.argmax(self.error_energy))
        if math.isinf(total):  # errors beyond the range of float64 share it all
            return index, 1.0 / int(np.isinf(self.error_energy).sum())
        return index, min(1.0, float(self.error_energy[index]) / total)


def axis_profiles(
    reference: Array,
    candidate: Array,
    axes: Sequence[int],
    *,
    error_scale: float = 1.0,
    reference_scale: float = 1.0,
) -> tuple[AxisProfile, ...]:
    """Return one profile per axis of `axes`, all from one run over the data.

    Elements that are not finite on both sides are left out.

    Args:
        reference, candidate: values of equal shape.
        error_scale, reference_scale: powers of two that keep squares in range (see
            `inspector.metrics.numbers.choose_scale`).
    """
    sums = [[np.zeros(reference.shape[a]) for _ in range(4)] for a in axes]
    buffers = [np.empty(min(CHUNK, reference.size)) for _ in range(5)]
    with np.errstate(all="ignore"):
        for box in boxes(reference.shape):
            left, right = reference[box], candidate[box]
            planes = _box_planes(left, right, buffers, error_scale, reference_scale)
            for axis, totals in zip(axes, sums, strict=True):
                others = tuple(i for i in range(left.ndim) if i != axis)
                finite, error, error_square, reference_square = planes
                part = box[axis]
                totals[0][part] += (
                    left.size // left.shape[axis]
                    if finite is None
                    else np.count_nonzero(finite, axis=others)
                )
                np.maximum(totals[1][part], error.max(axis=others), out=totals[1][part])
                totals[2][part] += error_square.sum(axis=others)
                totals[3][part] += reference_square.sum(axis=others)
    return tuple(_profile(totals, error_scale, reference_scale) for totals in sums)


def _profile(totals: list[Array], error_scale: float, reference_scale: float) -> AxisProfile:
    count, largest, error, energy = (freeze(t) for t in totals)
    return AxisProfile(count, largest, error, energy, error_scale, reference_scale)


def _box_planes(
    reference: Array,
    candidate: Array,
    buffers: list[Array],
    error_scale: float,
    reference_scale: float,
) -> tuple[Array | None, Array, Array, Array]:
    """Finite mask (None: all), error, its square and the squared reference of a box."""
    one, two, work, error, energy = (b[: reference.size].reshape(reference.shape) for b in buffers)
    finite: Array | None = None
    if reference.dtype.kind in "fc" or candidate.dtype.kind in "fc":
        finite = np.isfinite(reference) & np.isfinite(candidate)
        if finite.all():
            finite = None
    left_parts, right_parts = parts_of(reference), parts_of(candidate)
    zero = np.zeros((1,) * reference.ndim, np.int8)
    for part in range(max(len(left_parts), len(right_parts))):
        left = left_parts[part] if part < len(left_parts) else np.broadcast_to(zero, one.shape)
        right = right_parts[part] if part < len(right_parts) else np.broadcast_to(zero, one.shape)
        if finite is not None:
            left = np.where(finite, left, left.dtype.type(0))
            right = np.where(finite, right, right.dtype.type(0))
        np.copyto(one, left, casting="unsafe")
        np.copyto(two, right, casting="unsafe")
        subtract(left, right, one, two, work)
        one *= reference_scale
        np.multiply(one, one, out=one)
        if part == 0:
            np.copyto(energy, one)
            np.abs(work, out=error)
        else:
            energy += one
            np.hypot(error, work, out=error)
    np.multiply(error, error_scale, out=work)
    np.multiply(work, work, out=work)
    return finite, error, work, energy
