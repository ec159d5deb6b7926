"""The sentences of a tensor comparison: what was found, where, and by which limit."""

from __future__ import annotations

import math

from inspector.metrics.pairwise import PairMetrics, Value
from inspector.metrics.tolerance import Tolerance
from inspector.tensors import TensorPair


def number(value: float | None) -> str:
    """A number for a sentence: three digits; ``undefined`` for None."""
    if value is None:
        return "undefined"
    if isinstance(value, int):
        return str(value)
    return "> 1.8e308" if math.isinf(value) else f"{value:.3g}"


def near_one(value: float | None) -> str:
    """A cosine or ratio for a sentence: its distance where it rounds to 1."""
    if value is None or value == 1.0 or abs(value - 1.0) >= 1e-3:
        return number(value)
    return f"1 {'-' if value < 1.0 else '+'} {abs(value - 1.0):.1e}"


def place(index: tuple[int, ...] | None) -> str:
    """An index for a sentence: ``[0, 3, 17]``."""
    return "[" + ", ".join(map(str, index or ())) + "]"


def value_text(value: Value | None) -> str:
    """A stored value with every digit it needs to be read back."""
    return repr(value)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape for a sentence: ``1 x 80 x 696``, or ``scalar``."""
    return " x ".join(map(str, shape)) if shape else "scalar"


def reason_same(metrics: PairMetrics, pair: TensorPair) -> str:
    """Why a pair without a differing value is called the same."""
    if metrics.count == 0:
        return "Both are empty: 0 elements, nothing was compared."
    if metrics.identical:
        text = "Bit for bit identical"
    elif pair.reference.dtype != pair.candidate.dtype:
        text = (
            "All values are equal; the stored dtypes differ "
            f"({pair.reference.dtype} and {pair.candidate.dtype})"
        )
    else:
        text = "All values are equal, though not all bits (signed zeros or NaN payloads)"
    if metrics.excluded_count:
        text += f"; {metrics.excluded_count} of {metrics.count} elements are NaN or Inf on both"
        text += " sides and are left out of the statistics"
    return text + "."


def reason_within(metrics: PairMetrics, tolerance: Tolerance) -> str:
    """Why a pair with small differences passes."""
    text = f"The largest error is {number(metrics.max_abs)}, within {tolerance.source}"
    if metrics.required_rtol is not None:
        text += f"; {_needed(metrics, tolerance)} would have been enough"
    return text + "." + _swapped(metrics)


def reason_different(
    metrics: PairMetrics,
    tolerance: Tolerance,
    *,
    lengths: str = "",
    rearranged: bool = False,
    dtypes: str = "",
    nan_differs: bool = False,
) -> str:
    """Why a pair is different: one-sided NaN first, then Inf, lengths, order and size.

    Args:
        lengths: clause about unequal lengths; empty when they agree.
        rearranged: the values are equal as a multiset.
        dtypes: clause about stored dtypes, when these must agree.
        nan_differs: NaN on both sides counts as a difference.
    """
    found = _non_finite(metrics, nan_differs)
    if lengths:
        found.append(lengths)
    if dtypes:
        found.append(dtypes)
    if rearranged:
        found.append(
            "The same values in another order: sorted, both sides are equal, so this is a "
            "permutation (a transpose, a reshape or swapped rows)"
        )
    if metrics.outside_count and metrics.max_abs:
        found.append(_sizes(metrics, tolerance))
    elif tolerance.exceeded_by(metrics.relative_l2):
        found.append(
            f"No single element is beyond its tolerance, but the relative L2 error "
            f"{number(metrics.relative_l2)} is beyond {number(tolerance.relative_l2)} "
            f"({tolerance.source})"
        )
    elif not found:
        found.append("The sides differ")
    return ". ".join(found) + "." + _swapped(metrics)


def _non_finite(metrics: PairMetrics, nan_differs: bool) -> list[str]:
    found = []
    kinds = [
        ("NaN only in the reference", metrics.nan_reference),
        ("NaN only in the candidate", metrics.nan_candidate),
    ]
    if nan_differs:
        kinds.append(("NaN on both sides", metrics.nan_both))
    kinds.append(("Inf against another value", metrics.inf_mismatch))
    for what, count in kinds:
        if count:
            found.append(f"{what} at {count} of {metrics.count} elements")
    if found:
        found[0] += f", first at {place(metrics.worst_index)}"
    return found


def _sizes(metrics: PairMetrics, tolerance: Tolerance) -> str:
    text = (
        f"{metrics.outside_count} of {metrics.count} elements are beyond the tolerance "
        f"({tolerance.source}); the largest error is {number(metrics.max_abs)}"
    )
    if not (metrics.nan_reference or metrics.nan_candidate or metrics.inf_mismatch):
        text += (
            f" at {place(metrics.worst_index)}: {value_text(metrics.worst_reference)} against "
            f"{value_text(metrics.worst_candidate)}"
        )
    if metrics.reference.rms == 0.0:
        return text + "; the reference is all zero, so only the absolute error can be judged"
    if metrics.required_rtol is not None and metrics.rtol:
        text += f"; {_needed(metrics, tolerance)} would have passed"
    return text


def _needed(metrics: PairMetrics, tolerance: Tolerance) -> str:
    text = f"a tolerance of {number(metrics.required_rtol)}"
    # Limits that the user gave are not scaled; what is measured here is.
    return text if tolerance.atol is None else f"{text}, scaled by the RMS of the reference,"


def _swapped(metrics: PairMetrics) -> str:
    if metrics.symmetric_ok:
        return ""
    other = "passes" if metrics.outside_count_swapped == 0 else "fails"
    return f" With the sides exchanged the same limit {other}."
