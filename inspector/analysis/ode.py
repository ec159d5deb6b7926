"""The question "what did the ODE integration do?", asked of both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inspector.analysis.ode_side import OdeSide, describe_trajectory
from inspector.analysis.ode_steps import StepStats
from inspector.metrics.side import SideStats
from inspector.tensors import Roles

__all__ = ["OdeComparison", "OdeSide", "StepStats", "compare_trajectories", "describe_trajectory"]

RANGE_TOLERANCE = 0.02
"""Ranges part when an end moves by more than this share of the reference range: rounding
moves it by 1e-6, an unloaded decoder by 0.1 and more."""


@dataclass(frozen=True)
class OdeComparison:
    """The integrations of both sides.

    Attributes:
        reference, candidate: the sides.
        first_range_step: first step (number of the reference; one before the first for the
            start) at which the ranges of the state part by more than 2 %; None when they
            never do or nothing can be compared.
        sentences: what a person should know, reference before candidate.
    """

    reference: OdeSide
    candidate: OdeSide
    first_range_step: int | None
    sentences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return {
            "reference": self.reference.to_dict(),
            "candidate": self.candidate.to_dict(),
            "first_range_step": self.first_range_step,
            "sentences": list(self.sentences),
        }


def compare_trajectories(reference: Roles, candidate: Roles) -> OdeComparison:
    """Measure the integrations of both sides and say where their ranges part.

    Args:
        reference, candidate: the roles of each side.
    """
    first = describe_trajectory(reference.trajectory, reference)
    second = describe_trajectory(candidate.trajectory, candidate)
    step = _first_range_step(first, second)
    return OdeComparison(first, second, step, _sentences(first, second, step))


def _paired_states(
    reference: OdeSide, candidate: OdeSide
) -> list[tuple[int, SideStats, SideStats]]:
    """States of both sides at the same place of the integration, the start first.

    Places count from the first step, so that a side numbered from 0 meets one from 1.
    """
    pairs = []
    if reference.start is not None and candidate.start is not None:
        pairs.append((reference.base - 1, reference.start, candidate.start))
    places = {s.number - candidate.base: s.state for s in candidate.steps}
    for step in reference.steps:
        other = places.get(step.number - reference.base)
        if step.state is not None and other is not None:
            pairs.append((step.number, step.state, other))
    return pairs


def range_gap(reference: SideStats, candidate: SideStats) -> float:
    """How far the ends of two ranges are apart, as a share of the reference range.

    Infinite when only one side has finite values.
    """
    r0, r1, c0, c1 = reference.minimum, reference.maximum, candidate.minimum, candidate.maximum
    if r0 is None or r1 is None or c0 is None or c1 is None:
        return 0.0 if r0 is c0 is None else float("inf")
    gap = max(abs(c0 - r0), abs(c1 - r1))
    if gap == 0:
        return 0.0
    return gap / (r1 - r0) if r1 > r0 else float("inf")


def _first_range_step(reference: OdeSide, candidate: OdeSide) -> int | None:
    for number, first, second in _paired_states(reference, candidate):
        if range_gap(first, second) > RANGE_TOLERANCE:
            return number
    return None


def _sentences(reference: OdeSide, candidate: OdeSide, step: int | None) -> tuple[str, ...]:
    found = [
        f"Reference: {_lower(reference.verdict.sentence)}",
        f"Candidate: {_lower(candidate.verdict.sentence)}",
    ]
    pairs = _paired_states(reference, candidate)
    if step is not None:
        first, second = next((a, b) for n, a, b in pairs if n == step)
        where = "at the start already" if step < reference.base else f"first at step {step}"
        found.append(
            f"The ranges of the state part {where}: {_range(first)} in the reference, "
            f"{_range(second)} in the candidate."
        )
        if step < reference.base:
            found.append(
                "The two sides start from different noise, so their states cannot be equal later; "
                "give both the same initial noise."
            )
    elif pairs:
        found.append(
            f"The ranges of the state agree within {100 * RANGE_TOLERANCE:.0f} % at every one "
            f"of {len(pairs)} compared points."
        )
    if len(reference.steps) != len(candidate.steps):
        found.append(
            f"The reference has {_steps(reference)}, the candidate {_steps(candidate)} recorded."
        )
    found += _constants(reference, candidate)
    for name, side in (("reference", reference), ("candidate", candidate)):
        if any(s.rows_equal is False for s in side.steps):
            found.append(
                f"In the {name}, row 1 of the state holds other values than row 0; "
                "row 0 is compared."
            )
        found += [f"{name.capitalize()}: {_lower(note)}" for note in side.notes[:3]]
    return tuple(found)


def _guided(first: float, second: float) -> str:
    """What two CFG rates say of each other."""
    if abs(first - second) < 5e-4:
        return ""
    if min(first, second) < 0 <= max(first, second):
        side = "reference" if first < 0 else "candidate"
        return (
            f": a negative rate guides towards the unconditional velocity, so the {side} combines "
            "the rows by another formula, or in the other order"
        )
    return ": the two sides guide with different strength"


def _constants(reference: OdeSide, candidate: OdeSide) -> list[str]:
    found = []
    if reference.cfg_rate is not None and candidate.cfg_rate is not None:
        rates = f"{reference.cfg_rate:.6f} in the reference, {candidate.cfg_rate:.6f} in the"
        found.append(
            f"The solved CFG rate is {rates} candidate"
            f"{_guided(reference.cfg_rate, candidate.cfg_rate)}."
        )
    kinds = reference.schedule.kind, candidate.schedule.kind
    if "unknown" not in kinds and kinds[0] != kinds[1]:
        found.append(
            f"The time schedule is {kinds[0]} in the reference, {kinds[1]} in the candidate."
        )
    sums = reference.sum_dt, candidate.sum_dt
    if sums[0] is not None and sums[1] is not None and abs(sums[0] - sums[1]) > 1e-3:
        found.append(
            f"The steps sum to dt = {sums[0]:.4f} in the reference, {sums[1]:.4f} in the candidate."
        )
    return found


def _steps(side: OdeSide) -> str:
    return f"{len(side.steps)} step{'' if len(side.steps) == 1 else 's'}"


def _range(stats: SideStats) -> str:
    if stats.minimum is None:
        return "no finite value"
    return f"[{stats.minimum:.2f}, {stats.maximum:.2f}]"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
