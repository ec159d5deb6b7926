"""The differing tensors as a table: one line each, numbers first."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.analysis.reasons import near_one
from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.comparison import Comparison
from inspector.diagnose.rises import find_rises
from inspector.diagnose.status import AGREE, is_guess
from inspector.names import show_name

_MOST_ROWS = 12
_HEAD = f"  {'rel. L2':>8}  {'cosine':>11}  {'norm ratio':>11}  {'largest':>8}  tensor"


def differing_lines(comparison: Comparison) -> Iterator[str]:
    """Table of what differs, in order of execution, the first rows of it.

    Args:
        comparison: what to report.
    """
    shown = [
        (row, t)
        for row, t in enumerate(comparison.tensors)
        if t.status not in AGREE or t.rearranged
    ]
    if not shown:
        return
    yield f"Tensors that differ, in order of execution ({len(shown)})"
    yield _HEAD
    sources = {rise.row for rise in find_rises(comparison.tensors)}
    for row, one in shown[:_MOST_ROWS]:
        source = "  <- arises here" if row in sources else ""
        yield f"  {_numbers(one)}  {show_name(one.pair.reference.name)}{_aside(one)}{source}"
    if len(shown) > _MOST_ROWS:
        rest = len(shown) - _MOST_ROWS
        yield f"  ... and {rest} more (--verbose lists all, with the form of each error)"


def _numbers(one: TensorComparison) -> str:
    m = one.metrics
    if m is None:
        return f"{'not comparable':>44}"
    if one.tolerance is not None and one.tolerance.rtol == 0.0:
        return f"{f'{m.outside_count} of {m.count} values differ':>44}"
    cells = (
        (_short(m.relative_l2), 8), (_unity(m.cosine), 11), (_unity(m.norm_ratio), 11),
        (_short(m.max_abs), 8),
    )  # fmt: skip
    return "  ".join(f"{text:>{width}}" for text, width in cells)


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}"


def _unity(value: float | None) -> str:
    return "–" if value is None else near_one(value) if abs(value - 1) < 1e-3 else f"{value:.3g}"


def _aside(one: TensorComparison) -> str:
    if is_guess(one):
        return f" (a guess: {show_name(one.pair.candidate.name, 60)})"
    if one.pair.mismatch:
        return f" ({one.pair.mismatch.rstrip('.')})"
    return " (the same values in another order)" if one.rearranged else ""
