"""Signs of both sides: percent positive and sign agreement, per tensor and per step.

A log-mel is negative almost everywhere, so a final state that is 50 % positive never
left its noise.  The sign alone misses most faults: it is one number among others.
Frames that the mask of the run calls padding keep their noise in every run and are left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from inspector.analysis.sign_shares import SignShares, measure_signs
from inspector.analysis.valid_frames import PairFrames, describe_padding
from inspector.names import show_name
from inspector.tensors import TensorPair

NOTABLE_POINTS = 5.0
"""Percent positive parts when it differs by more than this many points."""

_STEP_ROLES = ("x_after", "v_cfg", "v_cond", "x_before")


class SideSigns(Protocol):
    """What is read of the statistics of one side."""

    @property
    def percent_positive(self) -> float | None:
        """Share of values above zero, 0 to 100."""
        ...


class SignMetrics(Protocol):
    """What is read of the metrics of a pair."""

    @property
    def reference(self) -> SideSigns:
        """The reference side."""
        ...

    @property
    def candidate(self) -> SideSigns:
        """The candidate side."""
        ...

    @property
    def sign_agreement(self) -> float | None:
        """Share of places where both signs are equal, 0 to 1."""
        ...


class Compared(Protocol):
    """What is read of a tensor comparison."""

    @property
    def pair(self) -> TensorPair:
        """The two tensors."""
        ...

    @property
    def metrics(self) -> SignMetrics | None:
        """The metrics; None when the pair could not be compared."""
        ...


@dataclass(frozen=True)
class SignRow:
    """Signs of one pair.

    Attributes:
        row: index of the pair in the sequence given.
        reference, candidate: tensor names.
        step: ODE step, or None.
        role: canonical role, or empty.
        reference_percent_positive, candidate_percent_positive: 0 to 100.
        sign_agreement: share of places with equal sign, 0 to 1.
        frames: frames that the three numbers are about, where padding after them is left out;
            None when they are about the whole tensor.
    """

    row: int
    reference: str
    candidate: str
    step: int | None
    role: str
    reference_percent_positive: float
    candidate_percent_positive: float
    sign_agreement: float | None
    frames: int | None = None

    @property
    def gap_points(self) -> float:
        """Candidate minus reference percent positive, in percentage points."""
        return self.candidate_percent_positive - self.reference_percent_positive


@dataclass(frozen=True)
class SignComparison:
    """Signs of all pairs.

    Attributes:
        rows: one per pair with signs, in the order given (order of execution).
        steps: the row that stands for each ODE step: its state, else its velocity.
        worst: row with the lowest sign agreement, the first one among equals; None when no
            row has one.
        first_parting: first row whose percent positive parts by more than 5 points.
        skipped: pairs without signs (not compared, or no finite value).
        sentence: the result in words.
    """

    rows: tuple[SignRow, ...]
    steps: tuple[SignRow, ...]
    worst: SignRow | None
    first_parting: SignRow | None
    skipped: int
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return {
            "rows": [asdict(r) for r in self.rows],
            "steps": [asdict(r) for r in self.steps],
            "worst": None if self.worst is None else asdict(self.worst),
            "first_parting": None if self.first_parting is None else asdict(self.first_parting),
            "skipped": self.skipped,
            "sentence": self.sentence,
        }


def compare_signs(
    comparisons: Sequence[Compared], frames: PairFrames | None = None
) -> SignComparison:
    """Collect the signs of compared pairs.

    Args:
        comparisons: tensor comparisons in order of execution.
        frames: which frames are padding.  Tensors with as many frames as the padded mask are
            read again for the signs of the frames before it; all others keep the numbers of
            their comparison.
    """
    rows = []
    for place, comparison in enumerate(comparisons):
        row = _row(place, comparison, frames or PairFrames())
        if row is not None:
            rows.append(row)
    steps = _steps(rows)
    agreeing = [r for r in rows if r.sign_agreement is not None]
    worst = min(agreeing, key=lambda r: r.sign_agreement or 0.0, default=None)
    parting = next((r for r in rows if abs(r.gap_points) > NOTABLE_POINTS), None)
    sentence = _sentence(rows, steps, worst, parting)
    padded = None if frames is None else frames.padded
    if padded is not None and any(r.frames is not None for r in rows):
        sentence += " " + describe_padding(*padded, "the tensors over time")
    return SignComparison(
        tuple(rows), tuple(steps), worst, parting, len(comparisons) - len(rows), sentence
    )


def _row(place: int, comparison: Compared, frames: PairFrames) -> SignRow | None:
    metrics = comparison.metrics
    if metrics is None:
        return None
    shares = None if frames.padded is None else measure_signs(comparison.pair, frames)
    if shares is None:
        shares = SignShares(
            metrics.reference.percent_positive, metrics.candidate.percent_positive,
            metrics.sign_agreement,
        )  # fmt: skip
    first, second = _number(shares.reference), _number(shares.candidate)
    # A side that is NaN throughout has no sign; 0 % positive would read as healthy.
    if first is None or second is None:
        return None
    pair = comparison.pair
    return SignRow(
        place, pair.reference.name, pair.candidate.name, pair.step, pair.role, first, second,
        _number(shares.agreement), shares.frames,
    )  # fmt: skip


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _steps(rows: Sequence[SignRow]) -> list[SignRow]:
    best: dict[int, SignRow] = {}
    for row in rows:
        if row.step is None or row.role not in _STEP_ROLES:
            continue
        known = best.get(row.step)
        if known is None or _STEP_ROLES.index(row.role) < _STEP_ROLES.index(known.role):
            best[row.step] = row
    return [best[n] for n in sorted(best)]


def _sentence(
    rows: Sequence[SignRow],
    steps: Sequence[SignRow],
    worst: SignRow | None,
    parting: SignRow | None,
) -> str:
    if not rows:
        return "No pair of tensors has signs to compare."
    text = ""
    if steps:
        last = steps[-1]
        what = "state" if last.role.startswith("x_") else "velocity"
        text = (
            f"The {what} of step {last.step} is {last.reference_percent_positive:.1f} % positive "
            f"in the reference, {last.candidate_percent_positive:.1f} % in the candidate. "
        )
    if parting is not None:
        text += (
            f"The shares part by more than {NOTABLE_POINTS:.0f} points first in "
            f"{show_name(parting.reference, 80)}: "
            f"{parting.reference_percent_positive:.1f} % against "
            f"{parting.candidate_percent_positive:.1f} % positive."
        )
    elif worst is not None and worst.sign_agreement is not None and worst.sign_agreement < 1:
        text += (
            f"The shares of positive values agree within {NOTABLE_POINTS:.0f} points in all "
            f"{len(rows)} pairs; the lowest agreement place by place is "
            f"{100 * worst.sign_agreement:.2f} % in {show_name(worst.reference, 80)}."
        )
    else:
        text += f"Every sign is equal in all {len(rows)} pairs."
    return text.strip()
