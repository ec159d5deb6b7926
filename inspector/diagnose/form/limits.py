"""Clipping, lost signs, and values that differ only at the reference's floor."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess

_FEWEST = 3
_FLOOR_SHARE = 0.01
_MOST_SHARE = 0.5


def limits(case: Case) -> Iterator[Guess]:
    """Yield clipping at the candidate's own extremes, the magnitude, and the floor."""
    r, c = case.both
    if case.exact or r.size < _FEWEST or np.unique(c[:1000]).size < 3:
        return
    low, high = float(c.min()), float(c.max())
    # A limit is only a limit when the reference goes beyond it and the candidate stops there.
    below, above = r < low, r > high
    at_low, at_high = int((c[below] == low).sum()), int((c[above] == high).sum())
    use_low, use_high = at_low >= _FEWEST, at_high >= _FEWEST
    if use_low or use_high:
        lower, upper = low if use_low else -np.inf, high if use_high else np.inf
        sides = [f"below at {low * case.unit:.6g}" for _ in [0] if use_low]
        sides += [f"above at {high * case.unit:.6g}" for _ in [0] if use_high]
        share = (at_low * use_low + at_high * use_high) / r.size
        yield Guess(
            "clipping", "Clipping",
            f"Values are cut off {' and '.join(sides)}: {100 * share:.2g} % of them.",
            lambda: np.clip(case.reference, lower, upper), use_low + use_high,
            evidence={"low": low * case.unit if use_low else None,
                      "high": high * case.unit if use_high else None,
                      "share": share}, records=("HR01", "VO04"),
        )  # fmt: skip
    if low >= 0.0 and (r < 0.0).any():
        yield Guess(
            "magnitude", "Lost signs", "Only the magnitudes are left: every value is positive.",
            lambda: np.abs(case.reference),
        )  # fmt: skip
    floor = float(r.min())
    held = int((r == floor).sum())
    share = held / r.size
    if held >= _FEWEST and _FLOOR_SHARE <= share <= _MOST_SHARE:
        yield Guess(
            "floor", "Only at the floor",
            f"Only where the reference is at its floor of {floor * case.unit:.6g} do the values "
            f"differ ({100 * share:.2g} % of them): the two sides stop at another smallest value.",
            lambda: case.reference, int(share * r.size), "place",
            evidence={"floor": floor * case.unit, "share": share}, records=("ME01",),
            judged=case.reference != floor,
        )  # fmt: skip
