"""Sides of unequal length: what one lacks at its start and end, if the rest agrees."""

from __future__ import annotations

import math

import numpy as np

from inspector.diagnose.form.case import prepare
from inspector.diagnose.form.context import FormContext
from inspector.diagnose.form.guess import within
from inspector.diagnose.form.report import Form
from inspector.diagnose.form.shift import best_lag
from inspector.tensors import Array

_COLUMNS = 32
_LEAST = 0.9


def find_crop(reference: Array, candidate: Array, context: FormContext) -> Form | None:
    """Return how two sides that differ along one axis lie on each other, or None.

    Args:
        reference, candidate: arrays whose shapes differ along one axis only, uncropped.
        context: axis letters and tolerance.
    """
    if reference.ndim != candidate.ndim or "c" in reference.dtype.kind + candidate.dtype.kind:
        return None
    uneven = [a for a, n in enumerate(reference.shape) if n != candidate.shape[a]]
    if len(uneven) != 1 or not reference.size or not candidate.size:
        return None
    axis = uneven[0]
    n, length = reference.shape[axis], candidate.shape[axis]
    lag = _lag(reference, candidate, axis)
    start, stop = max(-lag, 0), min(n, length - lag)
    if stop - start < max(2, min(n, length) // 2):
        return None
    r = _cut(reference, axis, start, stop)
    c = _cut(candidate, axis, start + lag, stop + lag)
    case = prepare(r, c, context)
    one, two = case.both
    if not one.size:
        return None
    passes, squares = within(case, one, two), float(np.square(two - one).sum())
    scale = math.sqrt(float(one @ one)) or 1.0
    spread = float(np.square(two - two.mean()).sum())
    close = spread > 0.0 and squares <= (1.0 - _LEAST) * spread
    if not (passes or (close and not case.exact)):
        return None
    many = context.many(axis)
    parts = _parts("lacks", start, n - stop, many) + _parts(
        "has", start + lag, length - lag - stop, many
    )
    agree = "agree" if passes else "nearly agree"
    residual = math.sqrt(squares) / scale
    return Form(
        "crop", "Other length", f"The candidate {' and '.join(parts)}; the {stop - start} that "
        f"both have {agree}.", residual, 1.0, 1.0 - min(residual, 1.0) ** 2, "cause",
        "certain" if passes else "likely", 1,
        {"axis": axis, "letter": context.letter(axis), "lag": lag, "reference_length": n,
         "candidate_length": length},
        ("PD02", "PD08", "UP04"),
    )  # fmt: skip


def _lag(reference: Array, candidate: Array, axis: int) -> int:
    sides = []
    for side in (reference, candidate):
        flat = np.moveaxis(side, axis, 0).reshape(side.shape[axis], -1)
        pick = np.linspace(0, flat.shape[1] - 1, min(flat.shape[1], _COLUMNS)).astype(int)
        sides.append(np.nan_to_num(np.asarray(flat[:, pick], np.float64), posinf=0.0, neginf=0.0))
    return best_lag(sides[0], sides[1])


def _cut(values: Array, axis: int, start: int, stop: int) -> Array:
    place = [slice(None)] * values.ndim
    place[axis] = slice(start, stop)
    return values[tuple(place)]


def _parts(verb: str, first: int, last: int, many: str) -> list[str]:
    """Clauses such as ``lacks the first 3 frames``."""
    extra = "more " if verb == "has" else ""
    ends = []
    if first:
        ends.append(f"{verb} {first} {extra}{many} at the start")
    if last:
        ends.append(f"{verb} {last} {extra}{many} at the end")
    return ends
