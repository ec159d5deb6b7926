"""Rounding to a narrower dtype, to whole numbers and to evenly spaced levels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.diagnose.weight_grid import GRIDS, round_to
from inspector.dtypes import dtype_info
from inspector.tensors import Array

_MOST_LEVELS = 65536
_LOOK = 65536
_NEAR_STEP = 0.02
_PCM = (
    (128.0, "1 / 128"), (127.0, "1 / 127"), (32768.0, "1 / 32768"), (32767.0, "1 / 32767"),
)  # fmt: skip
_TIE = 5e-4
"""Float noise, in steps, that must not tip a value over to the next level."""
_OWN_ERROR = 8.0
"""Half-precision runs err by some eps of their dtype: 8 is the limit for float16 pairs."""


def roundings(case: Case) -> Iterator[Guess]:
    """Yield rounding to float16, bfloat16 and integers, quantisation, and own precision."""
    r, c = case.both
    if case.exact or r.size < 4:
        return
    yield from _narrow(case, r, c)
    yield from _whole(case, r, c)
    yield from _levels(case, r, c)
    yield from _pcm(case, r, c)


def _narrow(case: Case, r: Array, c: Array) -> Iterator[Guess]:
    # The coarser grid first: bfloat16 values mostly lie on the float16 grid too.
    for grid in GRIDS:
        if _on_grid(r, grid):
            continue
        yield _rounding(
            f"rounded_{grid}", f"Rounded to {grid}",
            f"The reference rounded to {grid}.", lambda g=grid: _to(case.reference, g),
        )  # fmt: skip
        if grid == "bfloat16":
            yield _rounding(
                "cut_bfloat16", "Cut to bfloat16",
                "The reference cut to bfloat16: the lower bits are dropped, not rounded.",
                lambda: _cut(case.reference),
            )  # fmt: skip
        if not _on_grid(c, grid):
            continue
        rms = float(np.sqrt(np.square(r).mean()))
        worst = float((np.abs(c - r) / (rms + np.abs(r))).max()) / dtype_info(grid).eps
        if worst <= _OWN_ERROR:
            yield Guess(
                "half_precision", "Computed in half precision",
                f"The candidate's values lie on the {grid} grid and are off by at most "
                f"{worst:.1f} steps of it: precision, not a mistake.", None, kind="fact",
                evidence={"dtype": grid, "steps": worst}, records=("DT01", "OD07"),
                harmless=True, observed="likely",
            )  # fmt: skip
        return


def _rounding(key: str, title: str, sentence: str, predict: Callable[[], Array]) -> Guess:
    return Guess(
        key, title, sentence, predict, records=("DT01", "DT05"), harmless=True,
        evidence={"dtype": key.split("_")[1]},
    )  # fmt: skip


def _whole(case: Case, r: Array, c: Array) -> Iterator[Guess]:
    if not (c == np.floor(c)).all() or (r == np.floor(r)).all():
        return
    for name, how in (("rint", "rounded to"), ("trunc", "cut to"), ("floor", "rounded down to")):
        function = getattr(np, name)
        yield Guess(
            "whole_numbers", "Whole numbers", f"The reference {how} whole numbers.",
            lambda f=function: f(case.reference), evidence={"how": name}, records=("DT02",),
        )  # fmt: skip


def _levels(case: Case, r: Array, c: Array) -> Iterator[Guess]:
    """One evenly spaced grid for all values, as 8-bit or 16-bit storage leaves it."""
    part = c[:_LOOK]
    levels = np.unique(part)
    if not 3 <= levels.size <= _MOST_LEVELS or np.unique(r[:_LOOK]).size < 1.5 * levels.size:
        return
    gaps = np.diff(levels)
    span = float(levels[-1] - levels[0])
    # Float rounding splits a level into neighbours that are no step apart.
    gaps = gaps[gaps > 1e-6 * span / levels.size]
    if not gaps.size:
        return
    step = float(np.median(gaps[gaps < 1.5 * gaps.min()]))
    step = span / max(round(span / step), 1)
    place = (c - levels[0]) / step
    if np.abs(place - np.rint(place)).max() > _NEAR_STEP:
        return
    start, count = float(levels[0]), round(span / step) + 1
    if count > _MOST_LEVELS:
        return
    off = float(np.abs(c - r).max()) / step
    for name, how in (("rint", "rounded"), ("floor", "cut"), ("trunc", "cut towards zero")):
        yield Guess(
            "quantised", "Quantised",
            f"The candidate holds {count} evenly spaced levels, {step * case.unit:.4g} apart; the "
            f"reference {how} to them. Values are off by at most {off:.2f} steps.",
            lambda n=name: _snap(case.reference, case.candidate, start, step, n), 2,
            evidence={"levels": count, "step": step * case.unit, "how": name}, records=("DT04",),
            harmless=True,
        )  # fmt: skip


def _pcm(case: Case, r: Array, c: Array) -> Iterator[Guess]:
    """Multiples of 1 / 32768 and its like, as whole numbers of some bits leave sound."""
    for scale, name in _PCM:
        on = np.abs(c * scale - np.rint(c * scale)).max() <= _NEAR_STEP
        if not on or np.abs(r * scale - np.rint(r * scale)).max() <= _NEAR_STEP:
            continue
        off = float(np.abs(c - r).max()) * scale
        for how in ("rint", "trunc", "floor"):
            yield Guess(
                "quantised", "Quantised",
                f"The candidate holds multiples of {name}, as whole numbers of so many bits leave "
                f"them. Values are off by at most {off:.2f} steps.",
                lambda h=how, k=scale: _snap(case.reference, case.candidate, 0.0, 1.0 / k, h), 1,
                evidence={"step": case.unit / scale, "how": how}, records=("DT04",),
                harmless=True,
            )  # fmt: skip
        return


def _snap(values: Array, candidate: Array, start: float, step: float, how: str) -> Array:
    """`values` on the levels; half-way between two levels the candidate's choice is right."""
    if how == "rint":
        snapped = start + np.rint((values - start) / step) * step
        return np.where(np.abs(candidate - values) <= step * (0.5 + _TIE), candidate, snapped)
    if how == "trunc":
        return np.sign(values) * np.floor(np.abs(values) / step + _TIE) * step
    return start + np.floor((values - start) / step + _TIE) * step


def _to(values: Array, grid: str) -> Array:
    return round_to(np.ascontiguousarray(values, np.float32), grid)


def _cut(values: Array) -> Array:
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return (bits & np.uint32(0xFFFF0000)).view(np.float32)


def _on_grid(values: Array, grid: str) -> bool:
    with np.errstate(all="ignore"):
        single = values.astype(np.float32)
        return bool(np.array_equal(single, values)) and np.array_equal(_to(single, grid), single)
