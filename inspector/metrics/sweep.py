"""The sums over two arrays of one shape, gathered piece by piece."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from inspector.metrics.chunks import CHUNK, ChunkReader, ranges
from inspector.metrics.nonfinite import NonFinite
from inspector.metrics.numbers import choose_scale, is_wide, parts_of, subtract
from inspector.metrics.side import SideSums
from inspector.metrics.ulp import max_ulp
from inspector.tensors import Array

_NEAR_OVERFLOW = 1e300
_INTEGER_STEP = 2.0**53
_ZERO = np.zeros(1, np.int8)


@dataclass(frozen=True)
class Limits:
    """Absolute and relative limits: ``error <= absolute + rtol * |reference|``.

    Attributes:
        rtol: relative limit.
        absolute: absolute limit with the reference as reference.
        swapped: absolute limit with the candidate as reference.
    """

    rtol: float
    absolute: float
    swapped: float


class PairSweep:
    """Sums of the differences of two arrays; the attributes are the result.

    Elements that are finite on both sides enter the sums.  The error of complex values is
    the modulus of their difference.

    Attributes:
        finite: number of elements in the sums.
        identical: equal bit for bit, as held in memory.
        unequal: finite elements whose values differ.
        outside, outside_swapped: finite elements beyond the limits, either way round.
        nonfinite: everything else.
        sign_differs: finite elements whose signs (-1, 0 or 1) differ.
        largest: largest error; inf when beyond the range of float64.
        largest_at: its first flat index in C order; None when nothing differs.
        needed: largest ``error / (rms + |reference|)``, rms that of the reference.
        relative: largest ``error / |reference|`` over the references that are not zero.
        ulp: largest distance in steps of the grid; None without a grid.
        error_scale: power of two of the next two.
        sum_abs, sum_squares: of ``error * error_scale``.
        co_moment: mean product of the deviations of both sides, in their scales.
    """

    def __init__(
        self,
        reference: Array,
        candidate: Array,
        sides: tuple[SideSums, SideSums],
        limits: Limits,
        *,
        ulp_dtype: str | None,
        nan_differs: bool,
    ) -> None:
        """Run over the data; again only when errors leave the range of safe squares.

        Args:
            sides: sums of each side over the elements that are finite on both.
        """
        self._arrays = reference, candidate
        self._sides = sides
        self._limits = limits
        self._ulp_dtype = ulp_dtype
        self._nan_differs = nan_differs
        self._parts = 2 if "c" in reference.dtype.kind + candidate.dtype.kind else 1
        self._wide = is_wide(reference.dtype) or is_wide(candidate.dtype)
        self._exact = limits.rtol == limits.absolute == limits.swapped == 0.0
        self._masked = any(s.stats.finite_count != s.stats.count for s in sides)
        # A sixteenth of two opposite largest values has a finite difference.
        self._shrink = 2.0**-4 if max(s.largest for s in sides) > _NEAR_OVERFLOW else 1.0
        self._buffers = [np.empty(min(CHUNK, reference.size)) for _ in range(7)]
        with np.errstate(all="ignore"):
            self._run(1.0)
            scale = choose_scale(float(self._peak))
            if scale != 1.0:
                self._run(scale)
        self.largest = float(self._peak) / self._shrink
        self.error_scale = scale * self._shrink

    def _run(self, scale: float) -> None:
        reference, candidate = self._arrays
        self._scale = scale
        self._peak: float | Fraction = 0.0
        self.finite = self.unequal = self.outside = self.outside_swapped = 0
        self.sign_differs = 0
        self.nonfinite = NonFinite(self._nan_differs)
        self.identical = reference.dtype.newbyteorder("=") == candidate.dtype.newbyteorder("=")
        self.largest_at: int | None = None
        self.needed = self.relative = 0.0
        self.ulp = None if self._ulp_dtype is None else 0
        pad = (0.0,) * self._parts
        left, right = ((s.means + pad)[: self._parts] for s in self._sides)
        self._means = list(zip(left, right, strict=True))
        self._sums: list[tuple[float, float, float]] = []
        readers = ChunkReader(reference), ChunkReader(candidate)
        for start, stop in ranges(reference.size):
            self._piece(start, readers[0].read(start, stop), readers[1].read(start, stop))
        columns = list(zip(*self._sums, strict=True)) or [(), (), ()]
        self.sum_abs, self.sum_squares, product = (math.fsum(c) for c in columns)
        self.co_moment = product / self.finite if self.finite else 0.0

    def _piece(self, start: int, reference: Array, candidate: Array) -> None:
        if self.identical:
            bits = f"u{min(reference.itemsize, 8)}"
            self.identical = np.array_equal(reference.view(bits), candidate.view(bits))
        places = None
        if self._masked:
            finite = np.isfinite(reference) & np.isfinite(candidate)
            if not finite.all():
                self.nonfinite.add(start, reference, candidate, finite)
                places = np.flatnonzero(finite)
                reference, candidate = reference[places], candidate[places]
        if reference.size:
            self.finite += reference.size
            self._finite_piece(start, reference, candidate, places)

    def _finite_piece(
        self, start: int, reference: Array, candidate: Array, places: Array | None
    ) -> None:
        count = reference.size
        one, two, error, size_one, size_two, spare, work = (b[:count] for b in self._buffers)
        left_parts, right_parts = parts_of(reference), parts_of(candidate)
        product = 0.0
        differs: Array | None = None
        for part in range(self._parts):
            left = left_parts[part] if part < len(left_parts) else np.broadcast_to(_ZERO, count)
            right = right_parts[part] if part < len(right_parts) else np.broadcast_to(_ZERO, count)
            np.copyto(one, left, casting="unsafe")
            np.copyto(two, right, casting="unsafe")
            target = spare if part + 1 < self._parts else error
            subtract(left, right, one, two, target)
            if part == 0:
                self.sign_differs += _sign_differences(one, two)
            if self._shrink != 1.0:
                # Shrinking may lose a tiny difference, never the fact that there is one.
                differs = (target != 0) if differs is None else differs | (target != 0)
                one *= self._shrink
                two *= self._shrink
                if self._wide:
                    target *= self._shrink
                else:
                    np.subtract(two, one, out=target)
            if self._ulp_dtype is not None and self.ulp is not None:
                self.ulp = max(self.ulp, max_ulp(left, right, self._ulp_dtype))
            if part == 0:
                np.abs(one, out=size_one)
                np.abs(two, out=size_two)
            else:
                np.hypot(size_one, one, out=size_one)
                np.hypot(size_two, two, out=size_two)
            product += self._product(part, one, two)
        if self._parts == 1:
            np.abs(error, out=error)
        else:
            np.hypot(error, spare, out=error)
        if differs is None:
            differs = error > 0
        unequal = int(np.count_nonzero(differs))
        if unequal:
            self.unequal += unequal
            peak, place = self._largest_error(reference, candidate, error, differs)
            if peak > self._peak or self.largest_at is None:
                self._peak = peak
                self.largest_at = start + (place if places is None else int(places[place]))
            if self._exact:
                self.outside += unequal
                self.outside_swapped += unequal
            self._against_limits(error, size_one, size_two, work)
        if self._scale != 1.0:
            error *= self._scale
        total = float(error.sum())
        np.multiply(error, error, out=error)
        self._sums.append((total, float(error.sum()), product))

    def _product(self, part: int, one: Array, two: Array) -> float:
        """Sum of the products of deviations of a piece; overwrites `one` and `two`."""
        for side, values in enumerate((one, two)):
            scale = self._sides[side].scale / self._shrink
            if scale != 1.0:
                values *= scale
            values -= self._means[part][side]
        np.multiply(one, two, out=one)
        return float(one.sum())

    def _largest_error(
        self, reference: Array, candidate: Array, error: Array, differs: Array
    ) -> tuple[float | Fraction, int]:
        """The largest error of a piece and its first place in the piece."""
        place = int(error.argmax())
        peak = float(error[place])
        if peak == 0.0:  # shrunk to nothing, see `differs`
            return peak, int(differs.argmax())
        if self._wide and self._parts == 1 and _INTEGER_STEP <= peak < math.inf:
            # float64 rounds such differences: settle near ties with Python integers.
            close = np.flatnonzero(error >= peak * (1.0 - 2.0**-50))
            exact = [
                abs(Fraction(candidate[i].item()) - Fraction(reference[i].item())) for i in close
            ]
            return max(exact) * Fraction(self._shrink), int(close[exact.index(max(exact))])
        return peak, place

    def _against_limits(self, error: Array, size_one: Array, size_two: Array, work: Array) -> None:
        rtol = self._limits.rtol
        limits = () if self._exact else (self._limits.absolute, self._limits.swapped)
        for side, absolute in enumerate(limits):
            np.multiply(size_two if side else size_one, rtol, out=work)
            work += absolute * self._shrink
            count = int(np.count_nonzero(error > work))
            if side:
                self.outside_swapped += count
            else:
                self.outside += count
        rms = (self._sides[0].stats.rms or 0.0) * self._shrink
        if self._sides[0].zeros or self._shrink != 1.0:
            size_one[size_one == 0.0] = np.inf
            np.divide(error, size_one, out=work)
            size_one[np.isinf(size_one)] = 0.0
        else:
            np.divide(error, size_one, out=work)
        self.relative = max(self.relative, float(work.max()))
        if rms > 0.0:
            np.add(size_one, rms, out=work)
            np.divide(error, work, out=work)
            self.needed = max(self.needed, float(work.max()))


def _sign_differences(one: Array, two: Array) -> int:
    differs = (one > 0) != (two > 0)
    differs |= (one < 0) != (two < 0)
    return int(np.count_nonzero(differs))
