"""Ratios in decibels, with the undefined cases named."""

from __future__ import annotations

import math


def amplitude_db(ratio: float) -> float | None:
    """Return 20 log10 of an amplitude ratio, or None when it is not positive and finite."""
    if not (ratio > 0 and math.isfinite(ratio)):
        return None
    return 20.0 * math.log10(ratio)


def power_db(ratio: float) -> float | None:
    """Return 10 log10 of a power ratio, or None when it is not positive and finite."""
    if not (ratio > 0 and math.isfinite(ratio)):
        return None
    return 10.0 * math.log10(ratio)


def show_db(value: float | None, digits: int = 1) -> str:
    """Return ``+3.0 dB``, or ``undefined``; a zero has no minus sign."""
    if value is None:
        return "undefined"
    # Adding 0 turns -0.0 into 0.0.
    return f"{round(value, digits) + 0.0:+.{digits}f} dB"
