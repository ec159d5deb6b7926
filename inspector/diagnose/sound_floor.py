"""Judge a sound by its spectrum where its source already carries rounding.

A vocoder or Griffin-Lim searches phases: a difference in the seventh digit of the mel
becomes one that fills the samples, while nobody hears it.  Where the mel differs within its
floor and only the samples do not agree, the sound is therefore compared as log-mels, and
may differ by what the error of the mel explains.

Measured on the sentence of the demo, Griffin-Lim with 60 steps, e the RMS error of the
mel in natural-log units, s = sqrt(e); mistakes on the right:

==========  ======  ======  ======  ======  =========  ========  ======  ==========
quantity    e 1e-6  e 1e-4  e 3e-3  e 1e-2  gain 0.97  lag of 4  taper   no window
==========  ======  ======  ======  ======  =========  ========  ======  ==========
``rms``     0.0011  0.014   0.056   0.059   0.031      0.076     0.093   0.31
``band``    0.0009  0.006   0.019   0.020   0.031      0.052     0.112   0.52
``frame``   0.006   0.13    0.34    0.25    0.03       0.72      0.80    0.55
``level``   0.0000  0.0000  0.0009  0.0003  0.031      0.003     0.006   0.11
``energy``  0.0000  0.0000  0.003   0.003   0.061      0.000     0.002   0.04
==========  ======  ======  ======  ======  =========  ========  ======  ==========

The limits lie at 1.8 times the worst of a healthy row or more.  A lag is measured by
cross-correlation and must be 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inspector.analysis.reasons import number
from inspector.analysis.tensor import TensorComparison
from inspector.audio.alignment import find_lag
from inspector.audio.mel_scale import MelSpec
from inspector.audio.spectrum import log_mel, power_blocks
from inspector.diagnose.questions import Sound, mel_spec, read_sound
from inspector.diagnose.run_precision import side_precision
from inspector.diagnose.side import Side
from inspector.errors import InspectorError
from inspector.metrics.value_grid import HALF_PRECISIONS
from inspector.tensors import Array

LIMITS = {
    "rms": (2.0, 0.003), "band": (1.2, 0.01), "frame": (20.0, 0.03), "level": (0.2, 0.0005),
    "energy": (0.5, 0.002),
}  # fmt: skip
"""Limits of `SpectralDistance`: a multiple of the root of the mel's RMS error, and what is
always allowed (0.01 ln are 0.09 dB): a bin with few loud cells gave 0.004 at an error of 2e-6."""

_FRAME_LIMIT = 0.6
_LARGEST_ERROR = 0.02
"""No rounding moves a log-mel by more: bfloat16 costs 0.01 to 0.02."""

_LOUD = 7.0
"""Cells within so many natural-log units (61 dB) of the loudest are compared."""

_PCM_STEPS = (2.0**-15, 2.0**-23)
_LINEAR_BANDS = 12


@dataclass(frozen=True)
class SpectralDistance:
    """Two sounds compared as log-mels, natural-log units, over the cells that are loud.

    Attributes:
        rms: of all cells.
        band: largest mean difference of a mel bin.
        frame: largest RMS difference of a frame.
        level: absolute mean difference.
        energy: absolute log of the ratio of the powers, whole and in each of 12 bands up to
            half of the sample rate that hold sound; the largest.
        lag_samples: measured lag; None where it cannot be trusted.
        inverted: the signals agree with opposite signs.
    """

    rms: float
    band: float
    frame: float
    level: float
    energy: float
    lag_samples: int | None
    inverted: bool

    def beyond(self, mel_rmse: float) -> tuple[str, ...]:
        """What exceeds the limits for an error of the mel, as clauses."""
        found = []
        for name in LIMITS:
            limit, value = limit_of(name, mel_rmse), getattr(self, name)
            if not value <= limit:
                found.append(f"{name} {value:.2g} ln, explained are {limit:.2g}")
        if self.lag_samples:
            found.append(f"a lag of {self.lag_samples} samples")
        if self.inverted:
            found.append("the signs are inverted")
        return tuple(found)


def limit_of(name: str, mel_rmse: float) -> float:
    """The limit of one quantity of `SpectralDistance` for an error of the mel."""
    factor, always = LIMITS[name]
    limit = factor * math.sqrt(min(mel_rmse, _LARGEST_ERROR)) + always
    return min(limit, _FRAME_LIMIT) if name == "frame" else limit


def judge_sound(
    found: TensorComparison,
    tensors: Sequence[TensorComparison],
    reference: Side,
    candidate: Side,
    sample_rate_hz: int | None,
) -> TensorComparison:
    """Return the comparison of a sound, judged by its spectrum where its source errs.

    Left as it is: what is not a sound, agrees, was given a tolerance, holds NaN on one side
    or another length; and a sound whose mel is equal or itself different.  Without a mel (or
    last state) the sound of a run in half precision is not comparable, unless its spectrum
    is beyond anything that rounding explains.

    Args:
        found: the comparison.
        tensors: all comparisons, judged by their floors.
        reference, candidate: the sides.
        sample_rate_hz: what the user says about sound stored as plain tensors.
    """
    if not _doubtful(found):
        return found
    try:
        first, second = (read_sound(s, sample_rate_hz) for s in (reference, candidate))
        if first is None or second is None or not _same_kind(found, first, second):
            return found
        if _one_step_apart(first.samples, second.samples):
            return _agrees(found, "The samples differ by no more than one step of their file.")
        source = _source(tensors)
        if source is None:
            return _without_source(found, tensors, first, second, mel_spec(reference))
        error = source.metrics.rmse if source.metrics else None
        if source.status != "within_tolerance" or not error:
            return found
        distance = spectral_distance(first, second, mel_spec(reference))
    except InspectorError:
        return found
    if distance is None:
        return found
    beyond = distance.beyond(error)
    name = source.pair.role or "mel"
    if beyond:
        return replace(
            found, reason=f"{found.reason} The {name} errs by {number(error)} ln (RMS), which does "
            f"not explain it: {'; '.join(beyond)}.",
        )  # fmt: skip
    lag = "" if distance.lag_samples is not None else " A lag could not be measured."
    return _agrees(
        found,
        f"The samples differ (relative L2 {number(found.metrics and found.metrics.relative_l2)}), "
        f"because the search for phases amplifies the error of the {name} ({number(error)} ln). "
        f"As log-mels the sounds differ by {number(distance.rms)} ln (RMS), in level by "
        f"{number(distance.level)} ln: the {name} explains that.{lag}",
    )


def spectral_distance(reference: Sound, candidate: Sound, spec: MelSpec) -> SpectralDistance | None:
    """Compare two sounds of equal length and rate as log-mels; None without a loud frame.

    Raises:
        UsageError: the rate fits no mel.
    """
    spec = replace(
        spec, sample_rate_hz=reference.rate_hz, fmax_hz=min(spec.fmax_hz, reference.rate_hz / 2)
    )
    first, second = (log_mel(s.samples, spec).astype(np.float64) for s in (reference, candidate))
    if not first.size:
        return None
    # What is loud on either side counts: a sound that appears or vanishes is a difference.
    loudest = np.maximum(first, second)
    loud = loudest > first.max() - _LOUD
    error = np.where(loud, second - first, 0.0)
    counts = loud.sum(), np.maximum(loud.sum(0), 1), np.maximum(loud.sum(1), 1)
    lag = find_lag(reference.samples, candidate.samples, reference.rate_hz)
    return SpectralDistance(
        rms=float(np.sqrt((error**2).sum() / counts[0])),
        band=float(np.abs(error.sum(1) / counts[2]).max()),
        frame=float(np.sqrt((error**2).sum(0) / counts[1]).max()),
        level=float(abs(error.sum() / counts[0])),
        energy=_energy(reference.samples, candidate.samples, spec.n_fft, spec.hop_length),
        lag_samples=lag.lag_samples if lag.trustworthy else None,
        inverted=lag.trustworthy and lag.inverted,
    )


def _energy(reference: Array, candidate: Array, window: int, hop: int) -> float:
    bands = []
    for samples in (reference, candidate):
        blocks = power_blocks(np.asarray(samples, np.float64), window, hop)
        power = sum(block.sum(0) for block in blocks)
        parts = [part.sum() for part in np.array_split(power, _LINEAR_BANDS)]
        bands.append(np.array([sum(parts), *parts]))
    quiet = bands[0][0] * math.exp(-2 * _LOUD)
    heard = (bands[0] > quiet) | (bands[1] > quiet)
    ratios = np.log((bands[1][heard] + quiet) / (bands[0][heard] + quiet))
    return float(np.abs(ratios).max(initial=0.0))


def _doubtful(found: TensorComparison) -> bool:
    metrics, limits = found.metrics, found.tolerance
    return (
        found.pair.role == "audio"
        and found.status == "different"
        and not found.pair.mismatch
        and metrics is not None
        and limits is not None
        and limits.origin != "option"
        and metrics.nonfinite_count == 0
        and metrics.outside_count > 0
    )


def _same_kind(found: TensorComparison, first: Sound, second: Sound) -> bool:
    one_channel = found.metrics is not None and found.metrics.count == first.samples.size
    return one_channel and first.samples.size == second.samples.size and (
        first.rate_hz == second.rate_hz
    )  # fmt: skip


def _one_step_apart(first: Array, second: Array) -> bool:
    """True for samples of 16 or 24 bits that differ by one step at most."""
    one, two = (np.asarray(s, np.float64) for s in (first, second))
    for step in _PCM_STEPS:
        stored = all(np.array_equal(np.rint(s / step), s / step) for s in (one, two))
        if stored:
            return bool(np.abs(two - one).max() <= 1.001 * step)
    return False


def _source(tensors: Sequence[TensorComparison]) -> TensorComparison | None:
    """The mel, else the last state."""
    mels = [t for t in tensors if t.pair.role == "mel"]
    states = [t for t in tensors if t.pair.role == "x_after" and t.pair.step is not None]
    if mels:
        return mels[0]
    return max(states, key=lambda t: t.pair.step or 0, default=None)


def _without_source(
    found: TensorComparison, tensors: Sequence[TensorComparison], first: Sound, second: Sound,
    spec: MelSpec,
) -> TensorComparison:  # fmt: skip
    runs = {side_precision(tensors, "reference"), side_precision(tensors, "candidate")}
    half = next((name for name in HALF_PRECISIONS if name in runs), "")
    if not half:
        return found
    distance = spectral_distance(first, second, spec)
    if distance is None or distance.beyond(_LARGEST_ERROR):
        return found
    return replace(
        found, status="not_comparable", error="sound",
        reason=f"The sound of a {half} run cannot be judged sample by sample, and the mel that it "
        "was made from is not recorded. Record the final mel too.",
    )  # fmt: skip


def _agrees(found: TensorComparison, reason: str) -> TensorComparison:
    return replace(found, status="within_tolerance", reason=reason, floor_source="mel")
