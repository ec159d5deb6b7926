"""Values in another memory order: transposed, reshaped, merged or split wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.tensors import Array

_MOST_AXES = 4
_HEADS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32)
_LEAST = 0.2
_PROBE = 4096


def memory_orders(case: Case) -> Iterator[Guess]:
    """Yield axis swaps, memory orders and wrong merges that bring the values together."""
    for guess in (*_swaps(case), *_reshapes(case), *_heads(case)):
        if _promising(case, guess):
            yield guess


def _swaps(case: Case) -> Iterator[Guess]:
    """Axes in another order, where that gives the shape of the candidate."""
    source = case.source
    for order in _axis_orders(source.shape):
        if tuple(source.shape[a] for a in order) != case.shape:
            continue
        moved = [a for a, b in enumerate(order) if a != b]
        what = " and ".join(case.context.many(a) for a in moved)
        if not case.context.letters or len(case.context.letters) != len(source.shape):
            what = " and ".join(map(str, moved))
        yield Guess(
            "transposed", "Transposed", f"Axes exchanged: {what}.",
            lambda o=order: source.transpose(o), evidence={"axes": list(order)},
            records=("WL03", "AL02", "AL03"),
        )  # fmt: skip


def _reshapes(case: Case) -> Iterator[Guess]:
    shape, source = case.shape, case.source
    for order in _axis_orders(source.shape):
        if tuple(source.shape[a] for a in order) == shape:
            continue
        long = [a for a in order if source.shape[a] > 1]
        if long == sorted(long):
            continue
        whole = long == sorted(long, reverse=True)
        if whole:
            words = "The bytes of a column-major (Fortran) array were read in row-major (C) order."
        else:
            words = (
                "The values stand in the order of the axes "
                f"{' '.join(map(str, order))}: transposed, then given the wrong shape."
            )
        yield Guess(
            "fortran_order" if whole else "reshaped_order",
            "Fortran bytes read as C" if whole else "Reshaped in another order", words,
            lambda o=order: source.transpose(o).reshape(shape), 0 if whole else 1,
            evidence={"axes": list(order)},
            records=("FW01",) if whole else ("AL01", "AL02", "WL05"),
        )  # fmt: skip
    for order in _axis_orders(shape):
        moved = tuple(shape[a] for a in order)
        long = [a for a in order if shape[a] > 1]
        if moved == shape or long == sorted(long):
            continue
        whole = long == sorted(long, reverse=True)
        back = tuple(np.argsort(order))
        if whole:
            words = "The bytes of a row-major (C) array were read in column-major (Fortran) order."
        else:
            words = (
                "The values were given the shape of the axes "
                f"{' '.join(map(str, order))} without being moved, and then transposed."
            )
        yield Guess(
            "c_order" if whole else "unmoved_order",
            "C bytes read as Fortran" if whole else "Reshaped in place of transposed", words,
            lambda m=moved, b=back: source.reshape(m).transpose(b), 0 if whole else 1,
            evidence={"axes": list(order)},
            records=("FW01",) if whole else ("AL01", "AL02", "WL05"),
        )  # fmt: skip


def _heads(case: Case) -> Iterator[Guess]:
    """[T, H, D] merged as [H, T, D] and the reverse, for either of the last two axes as C."""
    if len(case.shape) < 2 or case.source.shape != case.shape:
        return
    for swap in (False, True):
        view = case.reference.swapaxes(-1, -2) if swap else case.reference
        axis = len(case.shape) - (2 if swap else 1)
        if case.context.letter(axis) not in ("", "C", "F", "D"):
            continue
        frames, channels = view.shape[-2:]
        for heads in _HEADS:
            width, rest = divmod(channels, heads)
            if rest or width < 2 or frames < 2:
                continue
            for merged in (True, False):
                words = (
                    f"{heads} heads of {width} were merged without being moved behind the frames."
                    if merged
                    else f"The values were split as {heads} heads of {width} without being moved."
                )
                yield Guess(
                    "heads_merged" if merged else "heads_split",
                    "Heads merged wrongly" if merged else "Heads split wrongly", words,
                    lambda v=view, h=heads, m=merged, s=swap: _merge(v, h, m, s), 1,
                    evidence={"heads": heads, "width": width}, records=("AL01", "AL05"),
                )  # fmt: skip


def _merge(view: Array, heads: int, merged: bool, swap: bool) -> Array:
    *lead, frames, channels = view.shape
    width = channels // heads
    if merged:
        split = view.reshape(*lead, frames, heads, width).swapaxes(-2, -3)
    else:
        split = view.reshape(*lead, heads, frames, width).swapaxes(-2, -3)
    result = split.reshape(*lead, frames, channels)
    return result.swapaxes(-1, -2) if swap else result


def _axis_orders(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Orders of the axes longer than 1; the others stay; the identity is left out."""
    long = [a for a, n in enumerate(shape) if n > 1]
    if not 2 <= len(long) <= _MOST_AXES:
        return
    for order in permutations(long):
        if list(order) == long:
            continue
        full = list(range(len(shape)))
        for place, axis in zip(long, order, strict=True):
            full[place] = axis
        yield tuple(full)


def _promising(case: Case, guess: Guess) -> bool:
    """A cheap look at some places before every value is moved."""
    assert guess.predict is not None
    size = case.candidate.size
    if size <= _PROBE:
        return True
    flat = np.random.default_rng(2).integers(0, size, _PROBE)
    index = np.unravel_index(flat, case.shape)
    p, c, r = (
        np.nan_to_num(np.asarray(a[index], np.float64))
        for a in (guess.predict(), case.candidate, case.reference)
    )
    if case.exact:
        return bool((p != c).sum() < (1.0 - _LEAST) * (r != c).sum())
    base = min(np.square(c - r).sum(), np.square(c - c.mean()).sum())
    return bool(np.square(c - p).sum() < (1.0 - _LEAST) * base)
