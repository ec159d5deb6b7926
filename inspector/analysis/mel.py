"""Two log-mels compared: difference, per band and per frame, floor, sign, lag and scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.analysis.log_floor import lowest_clamped
from inspector.analysis.mel_error import MelError, measure_error
from inspector.analysis.mel_sentences import describe_mels
from inspector.audio.frame_alignment import FrameAlignment, find_frame_lag
from inspector.audio.log_scale import ScaleFit, fit_scale
from inspector.audio.mel_scale import LOG_FLOOR, MelSpec, bin_frequencies
from inspector.audio.result_dict import result_dict
from inspector.tensors import Array, freeze

# Sums of squares must stay within float64; nothing of this size is a logarithm.
_LARGEST = 1e30
_COLOUR_PERCENTILES = (5.0, 99.5)


@dataclass(frozen=True)
class MelSide:
    """One mel by itself.

    Attributes:
        frames: T.
        minimum, maximum, mean: of the finite values; None without any.
        under_floor_fraction: share of the finite values below ln 1e-5, 0 to 1, as in
            `inspector.analysis.log_floor`.
        percent_positive: share of the finite values above 0, in percent.
        nonfinite_count: values that are NaN, infinite or beyond 1e30.
    """

    frames: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    under_floor_fraction: float | None
    percent_positive: float | None
    nonfinite_count: int

    def to_dict(self) -> dict[str, Any]:
        """The side as plain JSON values."""
        return result_dict(self)


@dataclass(frozen=True)
class MelComparison:
    """Two log-mels [F, T] compared in natural-log units over their common frames.

    Attributes:
        spec: how they were made, with `n_mels` as found.
        reference_side, candidate_side: each mel by itself, all its frames.
        reference, candidate: both mels [F, T_r], [F, T_c] float32.
        difference: candidate - reference over the common frames, [F, T], NaN where a
            side is not finite.
        frames_compared: T, the smaller frame count.
        error: size of the difference, whole, per band and per frame.
        bin_hz: centre of each bin, [F].
        worst_frame_ms: start of the frame of the largest mean error.
        worst_bin_hz: centre of the bin of the largest mean error.
        identical: same shape and every value equal (NaN meets NaN).
        alignment: lag in frames, measured; the numbers above are unshifted.
        mean_abs_aligned: mean error once the candidate moves by that lag; None when the
            lag is 0 or not trustworthy.
        scale: straight line through candidate over reference, and what its slope means.
        vmin, vmax: colour range for both mels, 5th to 99.5th percentile of both.
        dmax: colour range of the difference, -dmax to dmax: its 99.5th percentile.
        notes: what was assumed.
        reason: why the mels cannot be compared; empty otherwise.
        sentences: the findings in words.
    """

    spec: MelSpec
    reference_side: MelSide
    candidate_side: MelSide
    reference: Array
    candidate: Array
    difference: Array
    frames_compared: int
    error: MelError
    bin_hz: Array
    worst_frame_ms: float | None
    worst_bin_hz: float | None
    identical: bool
    alignment: FrameAlignment | None
    mean_abs_aligned: float | None
    scale: ScaleFit | None
    vmin: float
    vmax: float
    dmax: float
    notes: tuple[str, ...]
    reason: str
    sentences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values; the planes are left out."""
        out = result_dict(self)
        for plane in ("reference", "candidate", "difference"):
            out.pop(plane, None)
        return out


def compare_mels(
    reference: Array, candidate: Array, *, spec: MelSpec | None = None
) -> MelComparison:
    """Compare two log-mels value by value, frame k with frame k.

    Mels of different lengths are compared over the frames they share, from the first on.
    Odd data (empty, NaN, another number of bins) never raise: what is undefined is None
    with a reason.

    Args:
        reference, candidate: [F, T] natural logarithm of magnitude; leading axes of
            length 1 are dropped.
        spec: how they were made; None means the defaults of `MelSpec`.
    """
    spec = spec or MelSpec()
    r, reason_r = _plane(reference, spec.n_mels)
    c, reason_c = _plane(candidate, spec.n_mels)
    reason = "; ".join(
        f"{name}: {why}" for name, why in (("reference", reason_r), ("candidate", reason_c)) if why
    )
    if not reason and r.shape[0] != c.shape[0]:
        reason = f"{r.shape[0]} mel bins against {c.shape[0]}"
    notes = []
    if r.shape[0] != spec.n_mels:
        notes.append(
            f"the settings say {spec.n_mels} bins, the mel has {r.shape[0]}: frequencies are "
            f"those of {r.shape[0]} bins"
        )
        spec = replace(spec, n_mels=r.shape[0])
    identical = not reason and r.shape == c.shape and np.array_equal(r, c, equal_nan=True)
    r, c = (np.where(np.abs(m) > _LARGEST, np.copysign(np.inf, m), m) for m in (r, c))
    common = 0 if reason else min(r.shape[1], c.shape[1])
    if common and r.shape[1] != c.shape[1]:
        notes.append(f"{r.shape[1]} frames against {c.shape[1]}: the first {common} are compared")
    with np.errstate(invalid="ignore"):
        difference = c[: r.shape[0], :common] - r[: c.shape[0], :common]
    error = measure_error(difference)
    if not reason and error.mean_abs is None:
        reason = "no finite value is left to compare" if difference.size else "there are no frames"
    alignment = None if reason else find_frame_lag(r, c)
    centres = bin_frequencies(spec).centre_hz
    vmin, vmax = _colour_range(r, c)
    worst_frame, worst_bin = error.worst_frame, error.worst_bin
    planes = [freeze(plane.astype(np.float32)) for plane in (r, c, difference)]
    result = MelComparison(
        spec=spec,
        reference_side=_side(r, lowest_clamped(np.asarray(reference))),
        candidate_side=_side(c, lowest_clamped(np.asarray(candidate))),
        reference=planes[0],
        candidate=planes[1],
        difference=planes[2],
        frames_compared=common,
        error=error,
        bin_hz=centres,
        worst_frame_ms=None if worst_frame is None else worst_frame * spec.frame_ms,
        worst_bin_hz=None if worst_bin is None else float(centres[worst_bin]),
        identical=identical and not reason,
        alignment=alignment,
        mean_abs_aligned=_aligned_error(r, c, alignment),
        scale=None if reason else fit_scale(r[:, :common], c[:, :common]),
        vmin=vmin,
        vmax=vmax,
        dmax=error.percentile_995 or 0.0,
        notes=tuple(notes),
        reason=reason,
        sentences=(),
    )
    return replace(result, sentences=tuple(describe_mels(result)))


def _plane(mel: Array, bins: int) -> tuple[Array, str]:
    """The mel as [F, T] float64, and why it is none (then with 0 frames)."""
    array = np.asarray(mel)
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2 or array.shape[0] == 0 or array.dtype.kind not in "fiu":
        shape = "x".join(map(str, array.shape)) or "scalar"
        return np.zeros((bins, 0)), f"{array.dtype} values of shape {shape} are no mel"
    return array.astype(np.float64), ""


def _side(mel: Array, floor: float) -> MelSide:
    values = mel[np.isfinite(mel)]
    bad = int(mel.size - values.size)
    if values.size == 0:
        return MelSide(int(mel.shape[1]), None, None, None, None, None, bad)
    return MelSide(
        frames=int(mel.shape[1]),
        minimum=float(values.min()),
        maximum=float(values.max()),
        mean=float(values.mean()),
        under_floor_fraction=float(np.mean(values < floor)),
        percent_positive=100.0 * float(np.mean(values > 0)),
        nonfinite_count=bad,
    )


def _aligned_error(r: Array, c: Array, alignment: FrameAlignment | None) -> float | None:
    if alignment is None or not alignment.trustworthy or alignment.lag_frames == 0:
        return None
    lag = alignment.lag_frames
    start, stop = max(0, -lag), min(r.shape[1], c.shape[1] - lag)
    with np.errstate(invalid="ignore"):
        return measure_error(c[:, start + lag : stop + lag] - r[:, start:stop]).mean_abs


def _colour_range(r: Array, c: Array) -> tuple[float, float]:
    """5th to 99.5th percentile of both mels together; never empty."""
    values = np.concatenate([m[np.isfinite(m)] for m in (r, c)])
    if values.size == 0:
        return LOG_FLOOR, 0.0
    low, high = (float(v) for v in np.percentile(values, _COLOUR_PERCENTILES))
    # Around a single large value one half may be lost to rounding.
    margin = max(0.5, 1e-3 * abs(low))
    return (low, high) if high > low else (low - margin, low + margin)
