"""Layouts that split one axis of a side: heads apart or together, axes flattened."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from inspector.match.layouts import Fit, Shape, whole_fits
from inspector.tensors import Layout

# [B, C, T] against its flat values splits one axis into three.
_MOST_PARTS = 3
_MOST_AXES = 5
_MOST_FITS = 24


def reshaped(reference: Shape, candidate: Shape) -> tuple[Fit, ...]:
    """Find the layouts under which one axis of a side is several axes of the other.

    The common shape has the split axes: [B, T, H*D] and [B, H, T, D] meet as [B, T, H, D],
    of which no layout moves values before it splits.

    Args:
        reference, candidate: stored shapes that `inspector.match.layouts.reconcile` does not
            bring together.

    Returns:
        Layout pairs, at most `_MOST_FITS`, the order of axes as stored first.
    """
    if math.prod(reference) != math.prod(candidate) or 0 in reference:
        return ()
    short, long = _long(reference), _long(candidate)
    if len(short) == len(long) or max(len(short), len(long)) > _MOST_AXES:
        return ()
    fits = []
    if len(short) < len(long):
        for split in _splits(short, long):
            for fit in whole_fits(split, candidate):
                fits.append(replace(fit, reference=Layout(shape=split)))
    else:
        for split in _splits(long, short):
            for fit in whole_fits(reference, split):
                shape = fit.candidate.shape or split
                fits.append(replace(fit, candidate=replace(fit.candidate, shape=shape)))
    return tuple(sorted(fits, key=lambda f: (f.moves, f.order))[:_MOST_FITS])


def _long(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def _splits(few: Shape, many: Shape) -> Iterator[Shape]:
    """`few` with one axis replaced by some lengths of `many`, so that all lengths agree."""
    parts = len(many) - len(few) + 1
    if not 2 <= parts <= _MOST_PARTS:
        return
    wanted = Counter(many)
    found = set()
    for axis, length in enumerate(few):
        rest = Counter(few[:axis] + few[axis + 1 :])
        if rest - wanted:
            continue
        lengths = tuple((wanted - rest).elements())
        if math.prod(lengths) != length:
            continue
        for order in permutations(lengths):
            found.add((*few[:axis], *order, *few[axis + 1 :]))
    yield from sorted(found)
