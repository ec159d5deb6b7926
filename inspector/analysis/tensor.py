"""One pair of tensors: status, reason, metrics, regions and the worst place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from inspector.analysis.planes import heat_planes
from inspector.analysis.reasons import (
    near_one,
    number,
    reason_different,
    reason_same,
    reason_within,
    shape_text,
)
from inspector.analysis.regions import Regions
from inspector.dtypes import STORED_DTYPES
from inspector.errors import TraceError
from inspector.metrics.numbers import choose_scale
from inspector.metrics.pairwise import PairMetrics, measure
from inspector.metrics.profile import AxisProfile, RegionMetrics, axis_profiles
from inspector.metrics.rearranged import may_be_rearranged, same_multiset
from inspector.metrics.tolerance import (
    Tolerance,
    coarser_float,
    default_tolerance,
)
from inspector.metrics.value_grid import held_dtype
from inspector.names import show_name
from inspector.tensors import Array, Layout, TensorPair, TensorRecord

__all__ = ["STATUSES", "TensorComparison", "WorstSlice", "compare_pair", "heat_planes"]

STATUSES = ("same", "within_tolerance", "different", "not_comparable")

EXACT_ROLES = frozenset(
    {
        "text_tokens", "text_tokens_cfg", "text_tokens_padded", "t3_cond_tokens", "speech_tokens",
        "prompt_token", "full_tokens", "prompt_token_len", "prompt_feat_len", "speech_token_len",
    }
)  # fmt: skip
"""Roles whose values are identifiers or counts: no rounding is allowed, whatever the dtype."""


@dataclass(frozen=True)
class WorstSlice:
    """The frame or channel that holds most of the error.

    Attributes:
        axis: letter of the axis.
        index: place along the axis of the common shape.
        share: its part of the sum of squared errors, 0 to 1.
    """

    axis: str
    index: int
    share: float


@dataclass(frozen=True)
class TensorComparison:
    """What comparing one pair gave.

    Attributes:
        pair: the pair.
        status: one of `STATUSES`.
        reason: one or two sentences that say why.
        metrics: every number; None when not comparable.
        regions: error of parts (``valid``, ``masked``, ``prompt``, ``generated``, rows by
            name), where the trace allows and something differs.
        worst_frame, worst_channel: along T, and along C or F; None when unknown.
        rearranged: different places, the same values.
        exact_values: every value equal, whatever the stored dtypes.
        error: short code when a side could not be compared; else empty.
        tolerance: the limits that were used.
        reference_held, candidate_held: the dtype on whose grid the values lie, which may be
            narrower than the stored one; empty when not comparable.
        floor_source: what `noise_floor` comes from: ``dtype``, ``checkpoint``, ``option``, or
            ``mel`` for a sound that is judged by its spectrum; empty where there is none.
    """

    pair: TensorPair
    status: str
    reason: str
    metrics: PairMetrics | None = None
    regions: Mapping[str, RegionMetrics] = field(default_factory=lambda: MappingProxyType({}))
    worst_frame: WorstSlice | None = None
    worst_channel: WorstSlice | None = None
    rearranged: bool = False
    exact_values: bool = False
    error: str = ""
    tolerance: Tolerance | None = None
    reference_held: str = ""
    candidate_held: str = ""
    floor_source: str = ""

    @property
    def noise_floor(self) -> float | None:
        """Relative L2 error expected of a correct port; None where there is none."""
        if self.tolerance is None or self.floor_source in ("", "mel"):
            return None
        return self.tolerance.floor

    @property
    def floor_ratio(self) -> float | None:
        """The relative L2 error in units of the noise floor; None where undefined."""
        error = None if self.metrics is None else self.metrics.relative_l2
        return None if error is None or not self.noise_floor else error / self.noise_floor

    def sentence(self) -> str:
        """One line with the names, the status, the numbers and the reason."""
        names = f"{show_name(self.pair.reference.name)} | {show_name(self.pair.candidate.name)}"
        text = f"{names}: {self.status.replace('_', ' ')}"
        m = self.metrics
        if m is not None and m.max_abs is not None and not m.exact:
            text += (
                f" (max_abs {number(m.max_abs)}, relative_l2 {number(m.relative_l2)}, "
                f"cosine {near_one(m.cosine)}, norm_ratio {near_one(m.norm_ratio)}"
            )
            if self.floor_ratio is not None:
                text += f", {number(self.floor_ratio)} times the noise floor"
            text += ")"
        return f"{text}. {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values; names as stored."""
        pair = self.pair
        return {
            "reference": pair.reference.name,
            "candidate": pair.candidate.name,
            "step": pair.step,
            "role": pair.role,
            "rule": pair.rule,
            "layout": pair.describe_layout(),
            "confidence": pair.confidence,
            "notes": list(pair.notes),
            "reference_shape": list(pair.reference.shape),
            "candidate_shape": list(pair.candidate.shape),
            "reference_dtype": pair.reference.dtype,
            "candidate_dtype": pair.candidate.dtype,
            "status": self.status,
            "reason": self.reason,
            "error": self.error,
            "rearranged": self.rearranged,
            "exact_values": self.exact_values,
            "reference_held": self.reference_held,
            "candidate_held": self.candidate_held,
            "noise_floor": self.noise_floor,
            "floor_ratio": self.floor_ratio,
            "floor_source": self.floor_source,
            "tolerance": None if self.tolerance is None else self.tolerance.to_dict(),
            "metrics": None if self.metrics is None else self.metrics.to_dict(),
            "regions": {name: part.to_dict() for name, part in self.regions.items()},
            "worst_frame": None if self.worst_frame is None else asdict(self.worst_frame),
            "worst_channel": None if self.worst_channel is None else asdict(self.worst_channel),
        }


def compare_pair(
    pair: TensorPair,
    *,
    tolerance: Tolerance | None = None,
    regions: Regions | None = None,
    nan_differs: bool = False,
    strict_dtype: bool = False,
) -> TensorComparison:
    """Compare the two tensors of `pair`.  Bad data gives a status, never an exception.

    Args:
        pair: what to compare; shapes must agree after the layouts, nothing is broadcast.
        tolerance: the limits; by default those of the dtypes that the values lie on.
            Integers, booleans and identifiers (`EXACT_ROLES`) are compared exactly anyway.
        regions: parts to measure apart.
        nan_differs: NaN on both sides counts as a difference.
        strict_dtype: unequal stored dtypes are a difference.
    """
    cropped = pair.reference_layout.crop is not None or pair.candidate_layout.crop is not None
    for record in (pair.reference, pair.candidate):
        if record.dtype not in STORED_DTYPES:
            reason = f"{show_name(record.name)} is stored as {show_name(record.dtype, 40)}, "
            return _not_comparable(pair, reason + "which holds no numbers.", "dtype")
    if pair.mismatch and not cropped:
        return _mismatched(pair)
    try:
        reference, candidate = pair.read()
    except TraceError as error:
        return _not_comparable(pair, error.sentence, error.code)
    except (ValueError, IndexError) as error:
        text = f"The layout ({pair.describe_layout()}) does not fit the stored shapes "
        text += f"{shape_text(pair.reference.shape)} and {shape_text(pair.candidate.shape)}: "
        return _not_comparable(pair, f"{text}{error}.", "layout")
    if reference.shape != candidate.shape:
        text = f"The shapes differ: {shape_text(reference.shape)} in the reference, "
        text += f"{shape_text(candidate.shape)} in the candidate; nothing is broadcast."
        return _not_comparable(pair, text, "shape")
    for record, values in ((pair.reference, reference), (pair.candidate, candidate)):
        if values.dtype == np.bool_ and values.size and values.view(np.uint8).max() > 1:
            text = f"{show_name(record.name)} is stored as bool but holds bytes other than 0 and 1."
            return _not_comparable(pair, text, "bool")
    return _compare(pair, reference, candidate, tolerance, regions, nan_differs, strict_dtype)


def _not_comparable(pair: TensorPair, reason: str, code: str) -> TensorComparison:
    return TensorComparison(pair, "not_comparable", reason, error=code)


def _mismatched(pair: TensorPair) -> TensorComparison:
    """Shapes that cannot be reconciled; still says when only the order is lost."""
    reason = pair.mismatch.rstrip(".") + "."
    rearranged = False
    if pair.reference.size == pair.candidate.size > 1:
        try:
            rearranged = same_multiset(pair.reference.read(), pair.candidate.read())
        except TraceError as error:
            return _not_comparable(pair, f"{reason} {error.sentence}", error.code)
    if rearranged:
        reason += " Both hold the same values, so one is a reshaped or permuted form of the other."
    return TensorComparison(pair, "not_comparable", reason, rearranged=rearranged, error="shape")


def _compare(
    pair: TensorPair,
    reference: Array,
    candidate: Array,
    tolerance: Tolerance | None,
    regions: Regions | None,
    nan_differs: bool,
    strict_dtype: bool,
) -> TensorComparison:
    left = held_dtype(reference, pair.reference.dtype)
    right = held_dtype(candidate, pair.candidate.dtype)
    default = default_tolerance(left, right, exact=pair.role in EXACT_ROLES)
    used = default if tolerance is None or default.rtol == 0.0 else tolerance
    grid = coarser_float(left, right)
    metrics = measure(
        reference, candidate,
        reference_dtype=pair.reference.dtype, candidate_dtype=pair.candidate.dtype,
        tolerance=used, nan_differs=nan_differs, ulp_dtype=grid.name if grid else None,
    )  # fmt: skip
    lengths = _lengths(pair) if pair.mismatch else ""
    dtypes = ""
    if strict_dtype and pair.reference.dtype != pair.candidate.dtype:
        dtypes = f"The stored dtypes differ: {pair.reference.dtype} and {pair.candidate.dtype}"
    rearranged = False
    spread = used.exceeded_by(metrics.relative_l2)
    if metrics.within_tolerance and not spread and not lengths and not dtypes:
        status = "same" if metrics.exact else "within_tolerance"
        reason = reason_same(metrics, pair) if metrics.exact else reason_within(metrics, used)
    else:
        status = "different"
        rearranged = (
            metrics.outside_count > 0
            and may_be_rearranged(metrics.reference, metrics.candidate)
            and same_multiset(reference, candidate)
        )
        reason = reason_different(
            metrics, used,
            lengths=lengths, rearranged=rearranged, dtypes=dtypes, nan_differs=nan_differs,
        )  # fmt: skip
    parts, frame, channel = _places(pair, reference, candidate, metrics, regions)
    return TensorComparison(
        pair=pair,
        status=status,
        reason=reason,
        metrics=metrics,
        regions=MappingProxyType(parts),
        worst_frame=frame,
        worst_channel=channel,
        rearranged=rearranged,
        exact_values=metrics.exact and not lengths,
        tolerance=used,
        reference_held=left,
        candidate_held=right,
        floor_source="" if used.floor is None else used.origin,
    )


def _uncropped(record: TensorRecord, layout: Layout) -> tuple[int, ...]:
    """Shape after every step of `layout` but the crop."""
    shape = record.shape
    if layout.row is not None:
        shape = (1, *shape[1:])
    if layout.shape is not None:
        shape = layout.shape
    if layout.axes is not None:
        shape = tuple(shape[a] for a in layout.axes)
    return shape


def _lengths(pair: TensorPair) -> str:
    left = _uncropped(pair.reference, pair.reference_layout)
    right = _uncropped(pair.candidate, pair.candidate_layout)
    uneven = [(a, b) for a, b in zip(left, right, strict=False) if a != b]
    if len(left) != len(right) or not uneven:
        return pair.mismatch.rstrip(".")
    text = " and ".join(f"{a} in the reference, {b} in the candidate" for a, b in uneven)
    return f"The lengths differ: {text}; the numbers cover what both have"


def _places(
    pair: TensorPair,
    reference: Array,
    candidate: Array,
    metrics: PairMetrics,
    regions: Regions | None,
) -> tuple[dict[str, RegionMetrics], WorstSlice | None, WorstSlice | None]:
    """Regions, worst frame and worst channel, from one further run over the data."""
    letters = pair.letters
    if metrics.exact or not metrics.max_abs or len(letters) != reference.ndim:
        return {}, None, None
    axes = {letter: letters.index(letter) for letter in "TCFB" if letter in letters}
    if not axes:
        return {}, None, None
    size = max(
        abs(v) for v in (metrics.reference.minimum, metrics.reference.maximum) if v is not None
    )
    found = axis_profiles(
        reference, candidate, tuple(axes.values()),
        error_scale=choose_scale(metrics.max_abs), reference_scale=choose_scale(float(size)),
    )  # fmt: skip
    profiles = dict(zip(axes, found, strict=True))
    channel = "C" if "C" in profiles else "F"
    return (
        _regions(profiles, regions),
        _worst("T", profiles.get("T")),
        _worst(channel, profiles.get(channel)),
    )


def _worst(letter: str, profile: AxisProfile | None) -> WorstSlice | None:
    found = None if profile is None else profile.worst()
    return None if found is None else WorstSlice(letter, *found)


def _regions(
    profiles: Mapping[str, AxisProfile], regions: Regions | None
) -> dict[str, RegionMetrics]:
    if regions is None:
        return {}
    parts: dict[str, RegionMetrics] = {}
    frames = profiles.get("T")
    if frames is not None and frames.count.size == regions.frames:
        parts.update({name: frames.select(mask) for name, mask in regions.of_frames().items()})
    rows = profiles.get("B")
    if rows is not None and rows.count.size == len(regions.rows):
        for row, name in enumerate(regions.rows):
            parts[name] = rows.select(slice(row, row + 1))
    return parts
