"""One number per channel or per frame: a lost bias, a lost norm weight, a position."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import FEWEST_PER_PARAMETER, Guess
from inspector.tensors import Array

_NEARLY = 0.98
"""Other mistakes look like a constant per channel to a share of up to 0.91: heads merged wrongly
in the demo.  A bias that was lost just before leaves rounding."""
_LEAST_GAINS = 0.75
"""A gain per mel bin turns one mel into another to a share of 0.62 (see `ranking`)."""


def constants(case: Case) -> Iterator[Guess]:
    """Yield an offset and a gain for every place of each axis."""
    if case.exact:
        return
    for axis in case.axes():
        letter = case.context.letter(axis)
        n = case.shape[axis]
        if letter in ("N", "B") or n * FEWEST_PER_PARAMETER > case.candidate.size or n < 3:
            continue
        yield from _of_axis(case, axis, letter)


def _of_axis(case: Case, axis: int, letter: str) -> Iterator[Guess]:
    over = tuple(a for a in range(len(case.shape)) if a != axis)
    with np.errstate(all="ignore"):
        good = np.isfinite(case.reference) & np.isfinite(case.candidate)
        r = np.where(good, case.reference, 0.0)
        c = np.where(good, case.candidate, 0.0)
        count = np.maximum(good.sum(axis=over, keepdims=True), 1)
        mean_r, mean_c = (_sum(x, over) / count for x in (r, c))
        power, mixed, own = _sum(r * r, over), _sum(r * c, over), _sum(c * c, over)
    offset = mean_c - mean_r
    share = case.both[0].size / max(int(good.sum()), 1)  # of the places that are judged
    within = float((own - count * mean_c**2).sum()) * share
    one, n = case.context.one(axis), case.shape[axis]
    time = letter == "T"
    others = "over all channels" if time else "over time" if "T" in case.context.letters else ""
    evidence = {
        "axis": axis, "letter": letter, "mean": float(offset.mean()), "std": float(offset.std()),
    }  # fmt: skip
    yield Guess(
        "frame_offset" if time else "channel_offset",
        f"Constant per {one}",
        f"The error is one number per {one}, constant {others or 'elsewhere'}: {n} numbers of "
        f"mean {offset.mean():.3g} and spread {offset.std():.3g}, "
        + ("as a mask or a position adds it." if time else "as a lost or invented bias adds it."),
        lambda: case.reference + offset, n, evidence=evidence, spread=within,
        records=("MK02", "PO09") if time else ("WF01", "WF02", "WF06"), nearly=_NEARLY,
    )  # fmt: skip
    gain = np.divide(mixed, power, out=np.ones_like(power), where=power > 0.0)
    evidence = {
        "axis": axis, "letter": letter, "mean": float(gain.mean()), "std": float(gain.std()),
    }  # fmt: skip
    yield Guess(
        "frame_gain" if time else "channel_gain",
        f"Gain per {one}",
        f"Each {one} has its own gain, {gain.mean():.3g} on average with a spread of "
        f"{gain.std():.3g}, "
        + ("as a normalisation over other values leaves it." if time
           else "as a lost or untrained norm weight leaves it."),
        lambda: case.reference * gain, n, evidence=evidence, spread=float(own.sum()) * share,
        records=("NM02", "NM03") if time else ("WK03", "WF04"), least=_LEAST_GAINS,
        nearly=_NEARLY,
    )  # fmt: skip


def _sum(values: Array, over: tuple[int, ...]) -> Array:
    return values.sum(axis=over, keepdims=True, dtype=np.float64)
