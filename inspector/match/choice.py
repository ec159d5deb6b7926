"""One layout chosen among several, by the values where the shapes cannot tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inspector.errors import TraceError
from inspector.match.layouts import Fit, Shape
from inspector.match.reshapes import reshaped
from inspector.tensors import Array, Layout, TensorRecord

# Unrelated arrays of equal spread have a centred difference of sqrt(2).
_RELATED = 0.5
# How much better than the next layout one must be.
_CLEARLY = 0.5
_SAMPLE = 65_536
_AS_STORED = Layout()
_CERTAIN, _FORCED, _BY_VALUES, _BY_HABIT, _OPEN = 1.0, 0.97, 0.9, 0.7, 0.6


@dataclass(frozen=True)
class Choice:
    """The layout of one pair.

    Attributes:
        reference, candidate: the layouts.
        certainty: 0 to 1.
        notes: assumptions, one sentence each.
        mismatch: why the shapes cannot be reconciled; empty when they can.
        order: order of the long axes when it is sure, to learn the habit of a side.
        open: fits between which neither shapes nor values decide.
    """

    reference: Layout = _AS_STORED
    candidate: Layout = _AS_STORED
    certainty: float = _CERTAIN
    notes: tuple[str, ...] = ()
    mismatch: str = ""
    order: tuple[int, ...] | None = None
    open: tuple[Fit, ...] = ()


def choose(
    reference: TensorRecord, candidate: TensorRecord, fits: Sequence[Fit], *, trim: bool = True
) -> Choice:
    """Choose one of `fits`; values are read only when several fit or a side is trimmed.

    Args:
        reference: reference tensor.
        candidate: candidate tensor.
        fits: result of `inspector.match.layouts.reconcile`, the most natural first.
        trim: whether a side may be trimmed at all; tokens and scalars may not.
    """
    shapes = (reference.shape, candidate.shape)
    if not fits:
        return _choose_reshaped(reference, candidate)
    if fits[0].crop:
        if reference.size == candidate.size:
            whole = _choose_reshaped(reference, candidate)
            if not whole.mismatch:
                return whole
        return _choose_trim(reference, candidate, fits, trim)
    if len(fits) == 1:
        return _take(fits[0], shapes, _forced_certainty(fits[0]))
    errors = _errors(reference, candidate, fits)
    if errors is None:
        note = "The values could not be read, so the axes were taken by their lengths alone."
        return replace(_take(fits[0], shapes, _OPEN), notes=(note,))
    if errors[0] == 0.0:
        return _take(fits[0], shapes, _forced_certainty(fits[0]))
    ranked = sorted(range(len(fits)), key=lambda i: (errors[i], i))
    best, second = ranked[0], ranked[1]
    if errors[best] < _RELATED and errors[best] < _CLEARLY * errors[second]:
        if best == 0 and not fits[0].moves:
            return _take(fits[0], shapes, _forced_certainty(fits[0]))
        taken = _take(fits[best], shapes, _BY_VALUES)
        return replace(
            taken, notes=(*taken.notes, *_reasons(fits[best], shapes, errors[best], errors[second]))
        )
    return Choice(open=tuple(fits), certainty=_OPEN)


def settle(
    choice: Choice, reference: Shape, candidate: Shape, habit: tuple[int, ...] | None
) -> Choice | None:
    """Decide an open choice: by habit, by the usual letters, else the stored order of axes.

    Returns:
        The decided choice, or None when nothing favours one of the layouts.
    """
    shapes = (reference, candidate)
    lettered = [fit for fit in choice.open if fit.by_letters]
    usual = [fit for fit in choice.open if habit is not None and fit.order == habit]
    stored = [fit for fit in choice.open if reference == candidate and not fit.moves]
    if len(usual) == 1:
        fit, certainty, why = usual[0], _BY_HABIT, "the other tensors of the two sides"
    elif len(lettered) == 1:
        fit, certainty, why = lettered[0], _BY_HABIT, "the usual layouts of the two sides"
    elif stored:
        fit, certainty, why = stored[0], _OPEN, "the order in which they are stored"
    else:
        return None
    taken = _take(fit, shapes, certainty)
    note = f"Axes of equal length: the values favour no order, so {why} decided."
    return replace(taken, notes=(*taken.notes, note))


def habit_of(orders: Counter[tuple[int, ...]], rank: int) -> tuple[int, ...] | None:
    """The order of `rank` long axes that more than half of the sure pairs have.

    Args:
        orders: how often each order occurs among pairs of one kind.
        rank: number of axes longer than 1.
    """
    votes = {order: n for order, n in orders.items() if len(order) == rank}
    best = max(sorted(votes), key=lambda order: votes[order], default=None)
    return best if best is not None and 2 * votes[best] > sum(votes.values()) else None


def centred_difference(reference: Array, candidate: Array) -> float:
    """RMS difference over the RMS deviation from the mean of both sides, on a sample.

    0 for equal values, about 1.41 for unrelated ones of equal spread; places where a side
    is not finite are left out unless both sides hold the same there.  Same shapes.
    """
    steps = _strides(reference.shape)
    left, right = reference[steps], candidate[steps]
    if np.array_equal(left, right, equal_nan=left.dtype.kind in "fc" and right.dtype.kind in "fc"):
        return 0.0
    kind = np.complex128 if "c" in (left.dtype.kind, right.dtype.kind) else np.float64
    left, right = left.astype(kind), right.astype(kind)
    finite = np.isfinite(left) & np.isfinite(right)
    left, right = left[finite], right[finite]
    if left.size == 0:
        return np.inf
    # a common scale keeps squares of huge float64 values finite
    scale = max(float(np.abs(left).max()), float(np.abs(right).max())) or 1.0
    left, right = left / scale, right / scale
    spread = np.mean(np.abs(left - left.mean()) ** 2) + np.mean(np.abs(right - right.mean()) ** 2)
    error = float(np.mean(np.abs(left - right) ** 2))
    if error == 0.0:
        return 0.0
    return float(np.sqrt(2.0 * error / spread)) if spread > 0 else np.inf


def _strides(shape: Shape) -> tuple[slice, ...]:
    """Steps per axis that keep at most `_SAMPLE` elements, the longest axes thinned."""
    steps = [1] * len(shape)
    kept = list(shape)
    while kept and int(np.prod(kept, dtype=object)) > _SAMPLE:
        axis = max(range(len(kept)), key=lambda i: (kept[i], i))
        # odd steps do not lock on to the even periods of interleaved data
        steps[axis] += 2
        kept[axis] = -(-shape[axis] // steps[axis])
    return tuple(slice(None, None, step) for step in steps)


def _errors(
    reference: TensorRecord, candidate: TensorRecord, fits: Sequence[Fit]
) -> list[float] | None:
    try:
        left, right = reference.read(), candidate.read()
    except TraceError:
        return None
    return [centred_difference(f.reference.apply(left), f.candidate.apply(right)) for f in fits]


def _forced_certainty(fit: Fit) -> float:
    plain = fit.reference.is_identity and fit.candidate.is_identity
    return _CERTAIN if plain else _FORCED


def _take(fit: Fit, shapes: tuple[Shape, Shape], certainty: float) -> Choice:
    notes = []
    for side, layout, shape in (
        ("reference", fit.reference, shapes[0]),
        ("candidate", fit.candidate, shapes[1]),
    ):
        if layout.row is not None:
            notes.append(
                f"Row {layout.row} of {shape[0]} of the {side} is taken as the conditional row; "
                f"row 1 is not compared."
            )
    return Choice(fit.reference, fit.candidate, certainty, tuple(notes), order=fit.order)


def _reasons(fit: Fit, shapes: tuple[Shape, Shape], best: float, second: float) -> list[str]:
    notes = [
        f"Several axis orders fit the shapes; '{fit.candidate.describe()}' was chosen because the "
        f"values agree best with it (relative difference {best:.2g} against {second:.2g})."
    ]
    if shapes[0] == shapes[1]:
        notes.append(
            "The stored shapes are equal and yet the axes are exchanged: a dump in another layout, "
            "or a square array that was transposed by mistake."
        )
    return notes


def _choose_reshaped(reference: TensorRecord, candidate: TensorRecord) -> Choice:
    """Heads apart on one side, or axes flattened, where the values agree with that."""
    shapes = (reference.shape, candidate.shape)
    fits = reshaped(*shapes)
    errors = _errors(reference, candidate, fits) if fits else None
    if errors is None or min(errors) >= _RELATED:
        return Choice(certainty=_OPEN, mismatch=_mismatch(*shapes))
    best = min(range(len(fits)), key=lambda i: (errors[i], i))
    split = fits[best].reference.shape or fits[best].candidate.shape or ()
    note = (
        f"One side holds together in one axis what the other holds in several; both are compared "
        f"as {_text(split)}, where the values agree."
    )
    return replace(_take(fits[best], shapes, _BY_VALUES), notes=(note,), order=None)


def _choose_trim(
    reference: TensorRecord, candidate: TensorRecord, fits: Sequence[Fit], trim: bool
) -> Choice:
    shapes = (reference.shape, candidate.shape)
    errors = _errors(reference, candidate, fits) if trim else None
    if errors is not None:
        best = min(range(len(fits)), key=lambda i: (errors[i], i))
        if errors[best] < _RELATED:
            fit = fits[best]
            long, short, side = _lengths(fit, shapes)
            taken = _take(fit, shapes, _BY_VALUES)
            end = "first" if fit.crop == "head" else "last"
            note = (
                f"Lengths differ: the {end} {short} of the {long} of the {side} are compared, "
                f"where the values agree."
            )
            return replace(taken, notes=(*taken.notes, note), order=None)
    heads = [fit for fit in fits if fit.crop == "head"]
    fit = heads[0]
    long, short, side = _lengths(fit, shapes)
    lengths = (long, short) if side == "reference" else (short, long)
    taken = _take(fit, shapes, _OPEN)
    return replace(
        taken,
        mismatch=f"The lengths differ: {lengths[0]} in the reference and {lengths[1]} in the "
        f"candidate.",
        notes=(
            *taken.notes,
            f"For looking only, the first {short} of both sides are laid on each other.",
        ),
        order=None,
    )


def _lengths(fit: Fit, shapes: tuple[Shape, Shape]) -> tuple[int, int, str]:
    """Longer length, common length and the side that is longer."""
    for side, layout, shape in (
        ("reference", fit.reference, shapes[0]),
        ("candidate", fit.candidate, shapes[1]),
    ):
        if layout.crop is not None:
            moved = _moved(layout, shape)
            for (start, stop), length in zip(layout.crop, moved, strict=True):
                if stop - start != length:
                    return length, stop - start, side
    raise AssertionError("a trim crops one axis")


def _moved(layout: Layout, shape: Shape) -> Shape:
    """Shape before the crop."""
    shape = (1, *shape[1:]) if layout.row is not None else shape
    shape = layout.shape if layout.shape is not None else shape
    return tuple(shape[a] for a in layout.axes) if layout.axes is not None else shape


def _mismatch(reference: Shape, candidate: Shape) -> str:
    return (
        f"The shapes {_text(reference)} and {_text(candidate)} cannot be brought together by the "
        f"order of axes, one row, unit axes or trimming."
    )


def _text(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "scalar"
