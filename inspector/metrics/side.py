"""What one tensor looks like on its own: range, mean, spread, signs, NaN and Inf."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from inspector.metrics.chunks import CHUNK, ChunkReader, ranges
from inspector.metrics.moments import Moments
from inspector.metrics.numbers import choose_scale, is_wide, parts_of
from inspector.tensors import Array

_FEW = 16


@dataclass(frozen=True)
class SideStats:
    """Statistics of the finite values of one tensor; None where there are none.

    A complex tensor counts by its real part for range, mean and sign, and by its modulus
    for rms and std.

    Attributes:
        count: all elements, finite or not.
        minimum, maximum: range; exact for integers.
        mean: arithmetic mean.
        std: standard deviation over all finite values (divisor N).
        rms: root of the mean square.
        percent_positive: share above zero, 0 to 100; zeros count as not positive.
        percent_zero: share equal to zero (either sign), 0 to 100.
        nan_count, inf_count: values left out of everything above.
        unique_hint: number of distinct finite values when at most 16, else None.
    """

    count: int
    minimum: float | int | None
    maximum: float | int | None
    mean: float | None
    std: float | None
    rms: float | None
    percent_positive: float | None
    percent_zero: float | None
    nan_count: int
    inf_count: int
    unique_hint: int | None

    @property
    def finite_count(self) -> int:
        """Number of finite values: what the statistics are about."""
        return self.count - self.nan_count - self.inf_count

    def to_dict(self) -> dict[str, object]:
        """The statistics as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class SideSums:
    """Statistics of a side with what the pairwise sums need: ``scaled = value * scale``.

    Attributes:
        stats: the statistics for the reader.
        scale: power of two that keeps squares in range.
        means: mean per real number of a value (1, or 2 for complex), scaled.
        variance: summed over these, scaled twice.
        zeros: finite values equal to zero.
        largest: largest absolute finite value, unscaled.
    """

    stats: SideStats
    scale: float
    means: tuple[float, ...]
    variance: float
    zeros: int
    largest: float


class _FewValues:
    """Counts distinct values as long as they are few."""

    def __init__(self) -> None:
        self.values: list[float] | None = []

    def update(self, values: Array) -> None:
        if self.values is None:
            return
        head = np.unique(values[:64])
        if head.size > _FEW:
            self.values = None
            return
        rest = values
        for value in self.values:
            rest = rest[rest != value]
        while rest.size:
            if len(self.values) == _FEW:
                self.values = None
                return
            self.values.append(float(rest[0]))
            rest = rest[rest != rest[0]]


class _Pass:
    """One run over the pieces of an array with one scale.

    With a `partner` of the same shape, elements where that is not finite stay out too.
    """

    def __init__(self, array: Array, scale: float, partner: Array | None = None) -> None:
        self.scale = scale
        self.nan = self.inf = self.positive = self.zeros = 0
        self.low: int | None = None
        self.high: int | None = None
        is_complex = array.dtype.kind == "c"
        self.moments = [Moments() for _ in range(2 if is_complex else 1)]
        self.few = _FewValues()
        if is_complex:
            self.few.values = None
        self._exact = is_wide(array.dtype)
        self._may_be_infinite = array.dtype.kind in "fc" or partner is not None
        length = min(CHUNK, array.size)
        self._values = np.empty(length)
        self._work = np.empty(length)
        reader = ChunkReader(array)
        other = None if partner is None else ChunkReader(partner)
        for start, stop in ranges(array.size):
            beside = None if other is None else np.isfinite(other.read(start, stop))
            self._add(reader.read(start, stop), beside)

    def _add(self, piece: Array, beside: Array | None) -> None:
        if self._may_be_infinite:
            finite = np.isfinite(piece)
            if not finite.all():
                nan = np.isnan(piece)
                self.nan += int(np.count_nonzero(nan))
                self.inf += int(np.count_nonzero(~finite & ~nan))
            if beside is not None:
                finite &= beside
            if not finite.all():
                piece = piece[finite]
        if piece.size == 0:
            return
        parts = parts_of(piece)
        self.zeros += piece.size - int(np.count_nonzero(piece != 0))
        if self._exact:
            low, high = int(piece.min()), int(piece.max())
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)
        values, work = self._values[: piece.size], self._work[: piece.size]
        for moments, part in zip(self.moments, parts, strict=True):
            np.copyto(values, part, casting="unsafe")
            if moments is self.moments[0]:
                self.positive += int(np.count_nonzero(values > 0))
                self.few.update(values)
            if self.scale != 1.0:
                np.multiply(values, self.scale, out=values)
            moments.update(values, work)

    @property
    def largest(self) -> float:
        """Largest absolute finite value, unscaled."""
        found = [max(-m.minimum, m.maximum) for m in self.moments if m.count]
        return max(found, default=0.0) / self.scale


def _finish(size: int, run: _Pass) -> SideStats:
    first = run.moments[0]
    count = first.count
    unique = None if run.few.values is None else len(run.few.values)
    if count == 0:
        nothing = (None, None, None, None, None, None, None)
        return SideStats(size, *nothing, run.nan, run.inf, unique)
    variance = sum(m.variance for m in run.moments)
    square = variance + sum(m.mean * m.mean for m in run.moments)
    exact = run.low is not None
    return SideStats(
        count=size,
        minimum=run.low if exact else first.minimum / run.scale,
        maximum=run.high if exact else first.maximum / run.scale,
        mean=first.mean / run.scale,
        std=math.sqrt(variance) / run.scale,
        rms=math.sqrt(square) / run.scale,
        percent_positive=100.0 * run.positive / count,
        percent_zero=100.0 * run.zeros / count,
        nan_count=run.nan,
        inf_count=run.inf,
        unique_hint=unique,
    )


def summarise(array: Array, partner: Array | None = None) -> SideSums:
    """Return the statistics of `array` together with its scaled sums.

    Args:
        array: the values.
        partner: the other side, of the same shape: take only elements that are finite on
            both.  (The counts of NaN and Inf stay those of `array`.)

    A second run with a power-of-two scale follows only when values beyond 2**400 or all
    below 2**-400 would make a square overflow or vanish.
    """
    with np.errstate(all="ignore"):
        run = _Pass(array, 1.0, partner)
        largest = run.largest
        scale = choose_scale(largest)
        if scale != 1.0:
            run = _Pass(array, scale, partner)
        return SideSums(
            stats=_finish(array.size, run),
            scale=scale,
            means=tuple(m.mean for m in run.moments),
            variance=sum(m.variance for m in run.moments),
            zeros=run.zeros,
            largest=largest,
        )


def describe(array: Array) -> SideStats:
    """Return the statistics of `array` (any shape and numeric dtype).

    Accumulates in float64, piece by piece in C order.  NaN and Inf are counted and left
    out of every other number; an empty or wholly non-finite tensor has None for them.
    ``rms = sqrt(std**2 + mean**2)``.
    """
    return summarise(array).stats
