"""What the status of a compared pair is worth: agreement, a guess, another draw, masked garbage."""

from __future__ import annotations

from inspector.analysis.tensor import TensorComparison

AGREE = ("same", "within_tolerance")

UNRELATED = 0.1
"""Correlation below which two noise draws are independent: 1 / sqrt(55680 values) is 0.004."""

_GUESSED = 0.5
_BY_GUESS = ("order", "value", "last of module")
"""Rules that names have no part in."""


def is_guess(comparison: TensorComparison) -> bool:
    """True for a pair that place or values suggest and no name does: a difference is no claim."""
    pair = comparison.pair
    return pair.confidence < _GUESSED and any(word in pair.rule for word in _BY_GUESS)


def differs(comparison: TensorComparison) -> bool:
    """True for a difference that counts: the pair is no guess."""
    return comparison.status == "different" and not is_guess(comparison)


def other_draw(comparison: TensorComparison) -> bool:
    """True when both sides hold a starting noise, and these are independent draws."""
    metrics = comparison.metrics
    return (
        comparison.pair.role == "initial_noise"
        and metrics is not None
        and metrics.correlation is not None
        and abs(metrics.correlation) < UNRELATED
    )


def outside_mask_alone(comparison: TensorComparison) -> bool:
    """True when a value inside the decoder differs in frames that the mask hides, and there alone.

    What a run hands on (states, velocities, the mel) is masked: garbage there is no matter of
    indifference.
    """
    valid, limit = comparison.regions.get("valid"), comparison.tolerance
    if comparison.status != "different" or comparison.pair.role or valid is None or limit is None:
        return False
    return valid.relative_l2 is not None and valid.relative_l2 <= limit.rtol
