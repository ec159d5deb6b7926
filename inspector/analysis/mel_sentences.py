"""The findings about two log-mels in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.analysis.outlier_side import BOTH, outlier_side
from inspector.audio.mel_scale import LOG_FLOOR

if TYPE_CHECKING:
    from inspector.analysis.mel import MelComparison

_DB_PER_LN = 8.686
# The healthy recordings that were measured have 0.9 % under the floor and 0.4 % positive.
_MUCH_UNDER_FLOOR = 0.05
_MUCH_POSITIVE = 10.0


def describe_mels(mels: MelComparison) -> list[str]:
    """Return one sentence per finding, each with its numbers."""
    out = [f"The mels: {note}." for note in mels.notes]
    for name, side in (("reference", mels.reference_side), ("candidate", mels.candidate_side)):
        if side.nonfinite_count:
            out.append(f"{side.nonfinite_count} values of the {name}'s mel are not finite.")
    if mels.reason:
        return [f"The mels cannot be compared: {mels.reason}.", *out]
    out.insert(0, _error(mels))
    out.extend(_floor(mels))
    out.extend(_positive(mels))
    if not mels.identical:
        out.extend(_lag(mels))
        out.extend(_scale(mels))
    return out


def _error(mels: MelComparison) -> str:
    error = mels.error
    size = f"{mels.spec.n_mels} bins x {mels.frames_compared} frames"
    if mels.identical:
        return f"The mels are identical ({size})."
    if error.mean_abs is None or error.max_abs is None or error.worst_place is None:
        return f"The mels hold nothing to compare ({size})."
    if error.max_abs == 0.0:
        return f"The mels are equal wherever both are finite ({size})."
    top, at = error.worst_place
    return (
        f"Mel error over {size}: mean {_ln(error.mean_abs)}, rms {error.rmse:.3g} ln, most "
        f"{_ln(error.max_abs)} at {at * mels.spec.frame_ms:.0f} ms (frame {at}) and "
        f"{mels.bin_hz[top]:.0f} Hz (bin {top}). On average the worst frame is "
        f"{error.worst_frame} ({mels.worst_frame_ms:.0f} ms) and the worst bin {error.worst_bin} "
        f"({mels.worst_bin_hz:.0f} Hz); frames and bins count from 0."
    )


def _floor(mels: MelComparison) -> list[str]:
    shares = [
        (name, side.under_floor_fraction or 0.0)
        for name, side in (
            ("reference", mels.reference_side),
            ("candidate", mels.candidate_side),
        )
    ]
    if not any(share for _, share in shares):
        return []
    text = (
        f"Under the log floor {LOG_FLOOR:.3f}, where no mel that was made of audio lies, are "
        f"{_percent(shares[0][1])} of the reference's and {_percent(shares[1][1])} of the "
        "candidate's values."
    )
    side = outlier_side(shares[0][1], shares[1][1], _MUCH_UNDER_FLOOR)
    if side == BOTH:
        text += " Both sides alike; a mel in decibels, or with a lower floor, shows as much."
    elif side:
        text += (
            f" A decoder undershoots a little; so much in the {side} means that its states ran "
            "away downwards."
        )
    return [text]


def _positive(mels: MelComparison) -> list[str]:
    r, c = mels.reference_side.percent_positive, mels.candidate_side.percent_positive
    if r is None or c is None:
        return []
    text = f"Positive are {r:.3g} % of the reference's and {c:.3g} % of the candidate's values."
    side = outlier_side(r, c, _MUCH_POSITIVE)
    if side == BOTH:
        text += " Both sides alike; noise, or a mel that is normalised, shows as much."
    elif side:
        text += (
            f" Log-mels of speech are almost all negative: the {side} holds values that stayed "
            "at the initial noise or ran away upwards."
        )
    return [text]


def _lag(mels: MelComparison) -> list[str]:
    lag = mels.alignment
    if lag is None or not lag.trustworthy or lag.lag_frames == 0:
        return []
    count = abs(lag.lag_frames)
    direction = "later" if lag.lag_frames > 0 else "earlier"
    text = (
        f"The candidate comes {count} {'frame' if count == 1 else 'frames'} "
        f"({count * mels.spec.frame_ms:.0f} ms) {direction} (correlation {lag.correlation:.3f}"
    )
    if lag.correlation_unshifted is not None:
        text += f", {lag.correlation_unshifted:.3f} unshifted"
    text += ")"
    if mels.mean_abs_aligned is not None:
        text += f"; shifted back, the mean error is {_ln(mels.mean_abs_aligned)}"
    return [text + ": usually padding, trimming or the prompt on one side only."]


def _scale(mels: MelComparison) -> list[str]:
    fit = mels.scale
    if fit is None or not fit.hint:
        return []
    return [
        f"candidate = {fit.slope:.3f} x reference {fit.offset:+.3f} fits with correlation "
        f"{fit.correlation:.4f}: {fit.hint}."
    ]


def _ln(value: float) -> str:
    return f"{value:.3g} ln ({value * _DB_PER_LN:.3g} dB)"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
