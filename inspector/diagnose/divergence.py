"""Where two traces first part, in order of execution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.places import Places
from inspector.diagnose.status import AGREE, differs, other_draw
from inspector.names import show_name


@dataclass(frozen=True)
class FirstDivergence:
    """The first tensor that differs.

    Attributes:
        reference, candidate: stored names.
        step: ODE step, or None outside the steps.
        row: index of the pair in order of execution.
        passed_before: pairs before it that are the same or within tolerance.
        sentence: where and how much.
        hint: what this place usually means; may be empty.
    """

    reference: str
    candidate: str
    step: int | None
    row: int
    passed_before: int
    sentence: str
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Names and step, as in the JSON report."""
        return {"reference": self.reference, "candidate": self.candidate, "step": self.step}


def find_first_divergence(tensors: Sequence[TensorComparison]) -> FirstDivergence | None:
    """Return the first pair with status ``different`` that is no guess, or None.

    Args:
        tensors: comparisons in order of execution.
    """
    for row, comparison in enumerate(tensors):
        if not differs(comparison):
            continue
        pair = comparison.pair
        before = sum(t.status in AGREE for t in tensors[:row])
        place = show_name(pair.reference.name, 80)
        kind = Places(tensors).of(pair) if not pair.role else None
        about = [f"ODE step {pair.step}"] if pair.step is not None else []
        about += [kind.called] if kind is not None else []
        if about:
            place += f" ({', '.join(about)})"
        sentence = f"first divergence: {place}, {_how_much(comparison)}"
        if before:
            sentence += f"; {before} tensor{'s' * (before > 1)} before it agree"
        return FirstDivergence(
            pair.reference.name, pair.candidate.name, pair.step, row, before, sentence,
            _hint(comparison),
        )  # fmt: skip
    return None


def _how_much(comparison: TensorComparison) -> str:
    metrics = comparison.metrics
    if comparison.pair.mismatch:
        return _clause(comparison.pair.mismatch)
    if metrics is None:
        return _clause(comparison.reason)
    one_sided = metrics.nan_reference + metrics.nan_candidate + metrics.inf_mismatch
    if one_sided:
        return f"{one_sided} values are NaN or Inf on one side only"
    if comparison.rearranged:
        return "the same values in another order"
    if metrics.relative_l2 is not None:
        text = f"relative L2 error {metrics.relative_l2:.2g}"
    else:
        text = f"largest error {metrics.max_abs:.2g}"
    return f"{text}, tolerance {metrics.rtol:.1e}" if metrics.rtol else text


def _clause(sentence: str) -> str:
    """A sentence as a clause of another one."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _hint(comparison: TensorComparison) -> str:
    role = comparison.pair.role
    if comparison.rearranged:
        return (
            "A permutation: look at a transpose, a memory order (Fortran bytes read in C order) "
            "or merged heads."
        )
    if role.endswith("tokens") or role in ("prompt_token", "full_tokens"):
        return "The inputs differ, so everything computed from them must differ too."
    if other_draw(comparison):
        return (
            "The two runs drew different noise, so their states cannot agree: feed both the same "
            "noise before looking further."
        )
    if role == "v_cfg":
        return "Both guidance rows agree before it: look at the CFG formula, rate and row order."
    if role in ("t", "dt", "t_span"):
        return "The time schedule differs: look at the schedule formula and the step indexes."
    return ""
