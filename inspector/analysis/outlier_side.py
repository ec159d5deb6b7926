"""Which of two sides shows too much of something, or that both show the same."""

from __future__ import annotations

ALIKE = 1.25
"""Shares within this factor are alike: a healthy decoder that started from other noise was
measured up to 1.15 apart, a side that really is at fault by 3 and more."""

BOTH = "both"


def outlier_side(reference: float, candidate: float, limit: float) -> str:
    """Name the side that holds too much, where the other one does not hold about as much.

    What both sides show alike comes from what was fed or recorded, or from a fault of both,
    and accuses neither of them against the other.

    Args:
        reference, candidate: shares of one kind, in one unit.
        limit: shares up to this are usual.

    Returns:
        ``reference`` or ``candidate``; `BOTH` when both are alike and one is above the limit;
        empty when neither is above it.
    """
    smaller, larger = sorted((reference, candidate))
    if not larger > limit:
        return ""
    if larger <= ALIKE * smaller:
        return BOTH
    return "reference" if reference > candidate else "candidate"
