"""NaN and infinity on one side: how many, where, and whether the rest agrees."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.diagnose.form.places import any_along, runs, shown_stretches
from inspector.tensors import Array


def bad_values(case: Case) -> Iterator[Guess]:
    """Yield one guess per side and kind whose bad values the other side does not share."""
    sides = (("reference", case.reference, case.candidate),
             ("candidate", case.candidate, case.reference))  # fmt: skip
    for name, own, other in sides:
        nan = np.isnan(own) & ~np.isnan(other)
        yield from _guess(case, name, "NaN", nan, bool(np.isnan(own).all()))
        infinite = np.isinf(own) & ~np.isinf(other) & ~np.isnan(other)
        yield from _guess(case, name, "infinite", infinite, bool(np.isinf(own).all()))


def _guess(case: Case, side: str, kind: str, bad: Array, throughout: bool) -> Iterator[Guess]:
    count = int(bad.sum())
    if not count:
        return
    if throughout:
        words = f"Every value of the {side} is {kind}"
    else:
        words = f"{count:,} of {bad.size:,} values of the {side} are {kind}"
        words += _where(case, bad)
    records = ("HR11", "MK12") if kind == "NaN" else ("DT06", "MK12")
    yield Guess(
        f"{'nan' if kind == 'NaN' else 'infinite'}_{side}",
        f"{'NaN' if kind == 'NaN' else 'Infinity'} in the {side}", f"{words}.", None, kind="fact",
        evidence={"count": count, "of": bad.size}, records=records, observed="certain",
    )  # fmt: skip


def _where(case: Case, bad: Array) -> str:
    """The axis along which the bad values are most confined, as a clause."""
    best: tuple[float, str] | None = None
    for axis in case.axes():
        slices = any_along(bad, axis)
        hit, n = int(slices.sum()), slices.size
        if hit == n or (best is not None and hit / n >= best[0]):
            continue
        where = shown_stretches(runs(slices))
        best = hit / n, f", in {hit} of {n} {case.context.many(axis)} ({where})"
    return best[1] if best else ", spread over all"
