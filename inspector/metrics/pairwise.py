"""Every number that compares two arrays of the same shape."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from inspector.errors import UsageError
from inspector.metrics.fit import Norm, fit
from inspector.metrics.side import SideStats, SideSums, summarise
from inspector.metrics.sweep import Limits, PairSweep
from inspector.metrics.tolerance import Tolerance, coarser_float
from inspector.tensors import Array

Value = int | float | bool | complex


@dataclass(frozen=True)
class PairMetrics:
    """How a candidate differs from its reference; None means undefined.

    Error ``e = c - r``.  Sums cover the elements that are finite on both sides; a complex
    value has its modulus as size and counts its real part for the sign.

    Attributes:
        count: all elements.
        excluded_count: elements left out of the statistics (a side is NaN or Inf).
        nonfinite_count: NaN and Inf values of both sides together.
        nan_both, nan_reference, nan_candidate: NaN on both sides, on one side only.
        inf_mismatch: Inf against a finite value or another Inf.
        identical: stored dtypes and all bits equal.
        exact: all values equal (NaN with NaN too, unless told otherwise; -0 with +0).
        unequal_count: elements whose values differ.
        max_abs: ``max |e|``; inf when beyond 1.8e308.
        mean_abs: ``mean |e|``.
        rmse: ``sqrt(mean e**2)``.
        relative_l2: ``||e|| / ||r||``; undefined for an all-zero reference.
        max_relative: ``max |e| / |r|`` over the elements with ``r != 0``.
        zero_reference_count: finite reference values that are zero, left out of it.
        norm_ratio: ``||c|| / ||r||``; undefined for an all-zero reference.
        cosine: ``<r, c> / (||r|| ||c||)``, clamped to -1 ... 1; undefined when a norm is 0.
        cosine_raw: the same before clamping.
        correlation: cosine of the deviations from the means; undefined when one is constant.
        gain, offset: best fit ``c = gain * r + offset`` by least squares.
        snr_db: ``-20 log10 relative_l2``; undefined when nothing differs (see `exact`).
        sign_agreement: share of elements with equal sign (-1, 0 or 1), 0 to 1.
        max_ulp, ulp_dtype: largest distance in representable steps of the coarser stored
            float dtype; None for integers.
        rtol, atol: limits used, the absolute one in the unit of the tensor.
        allclose_fraction: share of all elements with ``|e| <= atol + rtol |r|``, 0 to 1.
        outside_count: elements beyond that limit.
        outside_count_swapped: the same with the candidate as reference.
        symmetric_ok: both ways round give the same verdict.
        required_rtol: smallest x with ``|e| <= x * rms(r) + x * |r|`` everywhere, that is
            ``max |e| / (rms(r) + |r|)``; None when no such x exists (one-sided NaN,
            unequal Inf, all-zero reference).
        worst_index: the first NaN on one side, else the first unequal Inf, else the first
            largest error in C order; None when nothing differs.
        worst_reference, worst_candidate: the two values there, as stored.
        reference, candidate: each side on its own.
    """

    count: int
    excluded_count: int
    nonfinite_count: int
    nan_both: int
    nan_reference: int
    nan_candidate: int
    inf_mismatch: int
    identical: bool
    exact: bool
    unequal_count: int
    max_abs: float | None
    mean_abs: float | None
    rmse: float | None
    relative_l2: float | None
    max_relative: float | None
    zero_reference_count: int
    norm_ratio: float | None
    cosine: float | None
    cosine_raw: float | None
    correlation: float | None
    gain: float | None
    offset: float | None
    snr_db: float | None
    sign_agreement: float | None
    max_ulp: int | None
    ulp_dtype: str | None
    rtol: float
    atol: float
    allclose_fraction: float | None
    outside_count: int
    outside_count_swapped: int
    symmetric_ok: bool
    required_rtol: float | None
    worst_index: tuple[int, ...] | None
    worst_reference: Value | None
    worst_candidate: Value | None
    reference: SideStats
    candidate: SideStats

    @property
    def within_tolerance(self) -> bool:
        """True when no element is beyond the limits."""
        return self.outside_count == 0

    def to_dict(self) -> dict[str, Any]:
        """The metrics as plain JSON values; a complex number becomes its text."""
        result: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        result["reference"] = self.reference.to_dict()
        result["candidate"] = self.candidate.to_dict()
        for name in ("worst_reference", "worst_candidate"):
            if isinstance(result[name], complex):
                result[name] = repr(result[name])
        if self.worst_index is not None:
            result["worst_index"] = list(self.worst_index)
        return result


def measure(
    reference: Array,
    candidate: Array,
    *,
    reference_dtype: str,
    candidate_dtype: str,
    tolerance: Tolerance,
    nan_differs: bool = False,
    ulp_dtype: str | None = None,
) -> PairMetrics:
    """Compare two arrays of the same shape, element by element.

    Two runs over the data, piece by piece: one over each side for its range and RMS (the
    tolerance is a share of the RMS), one over the differences; where a side holds NaN or
    Inf, one more for the elements that are finite on both.  Memory stays at a few
    buffers of `inspector.metrics.chunks.CHUNK` elements.  The pieces follow C order of the
    common shape, so results repeat bit for bit for any memory layout.

    Args:
        reference, candidate: values of equal shape; no broadcasting.
        reference_dtype, candidate_dtype: stored dtypes by name.
        tolerance: the limits.
        nan_differs: count NaN on both sides as a difference.
        ulp_dtype: grid of `max_ulp`; the coarser stored float dtype when None.

    Raises:
        UsageError: the shapes differ.
        KeyError: a stored dtype is unknown.
    """
    if reference.shape != candidate.shape:
        raise UsageError(
            "shape", "pair", f"the reference is {reference.shape}, the candidate {candidate.shape}",
            "equal shapes", "Nothing is broadcast: bring both to a common shape first.",
        )  # fmt: skip
    if ulp_dtype is None:
        grid = coarser_float(reference_dtype, candidate_dtype)
        ulp_dtype = grid.name if grid else None
    left = summarise(reference)
    right = left if candidate is reference else summarise(candidate)
    sides = left.stats, right.stats
    if any(s.finite_count != s.count for s in sides):
        left, right = summarise(reference, candidate), summarise(candidate, reference)
    limits = Limits(
        tolerance.rtol,
        tolerance.absolute(left.stats.rms),
        tolerance.absolute(right.stats.rms),
    )
    sweep = PairSweep(
        reference, candidate, (left, right), limits, ulp_dtype=ulp_dtype, nan_differs=nan_differs
    )
    return _collect(
        reference, candidate, sides, left, right, sweep, limits,
        same_dtype=reference_dtype == candidate_dtype, ulp_dtype=ulp_dtype,
    )  # fmt: skip


def _collect(
    reference: Array,
    candidate: Array,
    sides: tuple[SideStats, SideStats],
    left: SideSums,
    right: SideSums,
    sweep: PairSweep,
    limits: Limits,
    *,
    same_dtype: bool,
    ulp_dtype: str | None,
) -> PairMetrics:
    bad = sweep.nonfinite
    count, finite = reference.size, sweep.finite
    outside = sweep.outside + bad.differences
    swapped = sweep.outside_swapped + bad.differences
    follows = fit(left, right, sweep)
    cosine = follows.cosine
    error = _error(sweep, follows.reference)
    firsts = (bad.first_nan, bad.first_inf, sweep.largest_at)
    flat = next((i for i in firsts if i is not None), None)
    worst = None
    if flat is not None:
        worst = tuple(int(i) for i in np.unravel_index(flat, reference.shape))
    return PairMetrics(
        count=count,
        excluded_count=count - finite,
        nonfinite_count=sum(s.nan_count + s.inf_count for s in sides),
        nan_both=bad.nan_both,
        nan_reference=bad.nan_reference,
        nan_candidate=bad.nan_candidate,
        inf_mismatch=bad.inf_mismatch,
        identical=sweep.identical and same_dtype,
        exact=sweep.unequal + bad.differences == 0,
        unequal_count=sweep.unequal + bad.differences,
        max_abs=sweep.largest if finite else None,
        mean_abs=error.mean_abs,
        rmse=error.rmse,
        relative_l2=error.relative_l2,
        max_relative=sweep.relative if finite and follows.reference.rms > 0.0 else None,
        zero_reference_count=left.zeros,
        norm_ratio=follows.norm_ratio,
        cosine=None if cosine is None else max(-1.0, min(1.0, cosine)),
        cosine_raw=cosine,
        correlation=follows.correlation,
        gain=follows.gain,
        offset=follows.offset,
        snr_db=-20.0 * math.log10(error.relative_l2) if error.relative_l2 else None,
        sign_agreement=1.0 - sweep.sign_differs / finite if finite else None,
        max_ulp=sweep.ulp if finite else None,
        ulp_dtype=ulp_dtype,
        rtol=limits.rtol,
        atol=limits.absolute,
        allclose_fraction=1.0 - outside / count if count else None,
        outside_count=outside,
        outside_count_swapped=swapped,
        symmetric_ok=(outside == 0) == (swapped == 0),
        required_rtol=error.required if bad.differences == 0 else None,
        worst_index=worst,
        worst_reference=None if worst is None else reference[worst].item(),
        worst_candidate=None if worst is None else candidate[worst].item(),
        reference=sides[0],
        candidate=sides[1],
    )


@dataclass(frozen=True)
class _Error:
    mean_abs: float | None = None
    rmse: float | None = None
    relative_l2: float | None = None
    required: float | None = None


def _error(sweep: PairSweep, reference: Norm) -> _Error:
    if not sweep.finite:
        return _Error()
    scale = sweep.error_scale
    root = math.sqrt(sweep.sum_squares / sweep.finite)
    relative = required = None
    if reference.rms > 0.0:
        relative = root / reference.rms * (reference.scale / scale) if root else 0.0
        required = sweep.needed
    elif sweep.unequal == 0:
        required = 0.0
    return _Error(sweep.sum_abs / sweep.finite / scale, root / scale, relative, required)
