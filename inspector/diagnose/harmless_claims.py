"""Claims that something which differs is no mistake: precision, masks, layout, row order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.claim import (
    CERTAIN,
    NO_BUG,
    POSSIBLE,
    PRECISION,
    Claim,
    numbers,
    shown,
)
from inspector.diagnose.form import FormReport
from inspector.diagnose.run_precision import PrecisionVerdict
from inspector.diagnose.status import AGREE
from inspector.names import show_name

_MOST_EACH = 2


def precision_claims(precision: PrecisionVerdict | None) -> Iterator[Claim]:
    """Half precision or rounded weights, where they are all that is left."""
    if precision is None or precision.kind in ("exact", "rounding", "none", "beyond"):
        return
    confidence = POSSIBLE if precision.kind == "possible_rounded_weights" else CERTAIN
    evidence = [f"precision: {precision.reference} against {precision.candidate}"]
    if precision.largest_ratio is not None:
        evidence.append(
            f"largest error: {precision.largest_ratio:.2g} noise floors (one is what rounding "
            f"costs a correct port), at {show_name(precision.largest_at, 80)}"
        )
    yield Claim(PRECISION, precision.sentence, tuple(evidence), confidence)


def masked_claims(
    forms: Mapping[int, FormReport], tensors: Sequence[TensorComparison]
) -> Iterator[Claim]:
    """Errors that do not reach what the run computes, such as values outside the mask."""
    for row, report in forms.items():
        best = report.best
        if best is not None and best.harmless:
            one = tensors[row]
            yield Claim(
                NO_BUG, f"{shown(one)} differs without consequence. {best.sentence}",
                (numbers(one),), best.confidence, (one.pair.reference.name,), "", best.records,
            )  # fmt: skip


_STORED_ELSEWHERE = {
    "rows": "hold the two guidance rows in the other order on the two sides and agree row by row: "
    "a matter of the recording, as long as whoever reads these rows knows it.",
    "row": "hold both guidance rows on one side and one of them on the other, and agree in it: a "
    "matter of the recording.",
    "axes": "are stored with the axes in another order on the two sides and agree: a matter of "
    "the recording.",
}
"""What is said of tensors by the step of their layout that lays them on each other."""


def layout_claims(
    tensors: Sequence[TensorComparison], doubted: frozenset[str] = frozenset()
) -> Iterator[Claim]:
    """Equal values that are stored in other places: rows, one row, axes.

    Args:
        tensors: comparisons in order of execution.
        doubted: stored names of what a check of one side alone speaks about.
    """
    agree = [t for t in tensors if t.status in AGREE]
    for step, says in _STORED_ELSEWHERE.items():
        found = [t for t in agree if _layout(t, step) and not doubted & _names(t)]
        if found:
            yield _claim(found, says)


def _names(one: TensorComparison) -> set[str]:
    return {one.pair.reference.name, one.pair.candidate.name}


def _layout(one: TensorComparison, step: str) -> bool:
    pair = one.pair
    return any(getattr(x, step) is not None for x in (pair.reference_layout, pair.candidate_layout))


def _claim(found: Sequence[TensorComparison], says: str) -> Claim:
    many = f"{len(found)} tensors" if len(found) > 1 else "1 tensor"
    if len(found) == 1:
        says = says.replace("hold ", "holds ", 1).replace("are stored", "is stored", 1)
        says = says.replace("and agree", "and agrees", 1)
    evidence = [f"{shown(t)}: {t.pair.describe_layout()}" for t in found[:_MOST_EACH]]
    if len(found) > _MOST_EACH:
        evidence.append(f"and {len(found) - _MOST_EACH} more")
    names = tuple(t.pair.reference.name for t in found)
    return Claim(NO_BUG, f"{many} {says}", tuple(evidence), CERTAIN, names)
