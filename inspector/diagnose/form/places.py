"""Errors that sit in some rows, frames or channels only, while all others agree."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.tensors import Array

_MOST_SHARE = 0.75
_EDGE = 8
_EDGE_SHARE = 0.06
_CONTRAST = 10.0
"""How much larger the error has to be inside a place; rounding noise reached 1.6."""
_LEFT_INSIDE = 0.05
"""Share of the squared error that may lie between edges that are to blame."""


def places(case: Case) -> Iterator[Guess]:
    """Yield, per axis, the slices that hold every value beyond the tolerance."""
    for axis in case.axes():
        if case.context.letter(axis) == "N":
            continue
        bad = bad_slices(case, axis)
        n, count = bad.size, int(bad.sum())
        sharp = 0 < count <= _MOST_SHARE * n and _sharp(case, axis, bad)
        if sharp and not _empty(case, axis, bad):
            yield _guess(case, axis, bad, n, count)
        elif case.context.letter(axis) == "T":
            yield from _mostly_edges(case, axis, n)


def bad_slices(case: Case, axis: int) -> Array:
    """Which slices along `axis` hold a value beyond the tolerance, bool [n]."""
    return any_along(case.outside, axis)


def squared_error(case: Case, axis: int) -> Array:
    """Sum of squared errors of every slice along `axis`, float64 [n]."""
    with np.errstate(all="ignore"):
        error = np.nan_to_num(np.square(case.candidate - case.reference), posinf=0.0)
    return error.sum(axis=tuple(a for a in range(error.ndim) if a != axis), dtype=np.float64)


def _sharp(case: Case, axis: int, bad: Array) -> bool:
    """True when the error falls off at the border: noise near the tolerance does not."""
    error = squared_error(case, axis)
    return float(error[~bad].mean()) * _CONTRAST**2 <= float(error[bad].mean())


def _mostly_edges(case: Case, axis: int, n: int) -> Iterator[Guess]:
    """Nearly all of the error at both ends, though a little of it has spread further."""
    share = squared_error(case, axis)
    total, most = float(share.sum()), int(max(_EDGE, _EDGE_SHARE * n)) // 2
    if total == 0.0 or 4 * most > n or share[most : n - most].sum() > _LEFT_INSIDE * total:
        return
    # As few frames as hold it, from both ends.
    head, tail = most, most
    while head and share[head - 1 : n - tail].sum() <= _LEFT_INSIDE * total:
        head -= 1
    while tail and share[head : n - tail + 1].sum() <= _LEFT_INSIDE * total:
        tail -= 1
    inside = np.zeros(n)
    inside[head : n - tail] = 1.0
    ends = [f"the first {head}"] * bool(head) + [f"the last {tail}"] * bool(tail)
    yield Guess(
        "mostly_edges", "Mostly the edges",
        f"Nearly all of the error is in {' and '.join(ends)} of {n} frames, as another padding "
        "leaves it.", lambda: case.reference, (head + tail) * (case.candidate.size // n), "place",
        evidence={"axis": axis, "first": head, "last": tail, "of": n},
        records=("PD01", "PD03", "VO03"), most="likely",
        judged=inside.reshape([n if a == axis else 1 for a in range(len(case.shape))]),
    )  # fmt: skip


def any_along(found: Array, axis: int) -> Array:
    """Which slices along `axis` hold a True, bool [n]."""
    return np.asarray(found.any(axis=tuple(a for a in range(found.ndim) if a != axis)))


def _empty(case: Case, axis: int, bad: Array) -> bool:
    """True when agreement says nothing: masked frames, or slices that are all the same."""
    valid = case.context.valid
    if case.context.letter(axis) == "T" and valid is not None and valid.size == bad.size:
        return not (~bad & valid).any()
    agreeing = np.compress(~bad, case.reference, axis)
    first = np.take(agreeing, [0], axis)
    if agreeing.shape[axis] == 1:
        return bool((first == first.flat[0]).all())
    return bool((agreeing == first).all())


def runs(bad: Array) -> list[tuple[int, int]]:
    """Contiguous stretches of True as (first, last)."""
    edges = np.diff(np.concatenate([[0], bad.astype(np.int8), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return [(int(a), int(b)) for a, b in zip(first, last, strict=True)]


def _guess(case: Case, axis: int, bad: Array, n: int, count: int) -> Guess:
    context, letter = case.context, case.context.letter(axis)
    many = context.one(axis) if count == 1 else context.many(axis)
    shape = [n if a == axis else 1 for a in range(len(case.shape))]
    stretches = runs(bad)
    key, title, records, harmless = "some_places", f"Only some {many}", ("WF07",), False
    verb = "differs" if count == 1 else "differ"
    words = f"Only {count} of {n} {context.many(axis)} {verb} ({shown_stretches(stretches)})"
    head, tail = int(np.argmin(bad)), int(np.argmin(bad[::-1]))
    if letter == "B" and n == len(context.rows) == 2:
        name = context.rows[int(np.flatnonzero(bad)[0])]
        key, title, records = "one_row", f"Only the {name} row", ("CF03", "MK17")
        words = f"Only the {name} row differs"
    elif letter == "T":
        title, records = f"Only some {many}", ("MK01", "MK07")
        valid = context.valid
        prompt = context.prompt_frames
        if valid is not None and valid.size == n and not (bad & valid).any():
            key, title, records, harmless = "masked_frames", "Only masked frames", ("MK05",), True
            words = f"Only frames that the mask leaves out differ ({count} of {n})"
        elif prompt and bad[:prompt].mean() > 0.5 and not bad[prompt:].any():
            key, title, records = "prompt_frames", "Only prompt frames", ("MK07", "PD08")
            words = f"Only the prompt's frames differ ({count} of its {prompt})"
        elif prompt and not bad[:prompt].any() and bad[prompt:].mean() > 0.5:
            key, title = "generated_frames", "Only generated frames"
            words = f"Only generated frames differ ({count} of {n - prompt}); the prompt agrees"
        elif head + tail == count and count <= max(_EDGE, _EDGE_SHARE * n):
            key, title, records = "edges", "Only the edges", ("PD03", "PD01", "VO03")
            ends = [f"the first {head}"] * bool(head) + [f"the last {tail}"] * bool(tail)
            words = f"Only {' and '.join(ends)} of {n} frames differ, as another padding leaves it"
    return Guess(
        key, title, f"{words}; everything else agrees.", lambda: case.reference,
        count * (case.candidate.size // n), "place",
        evidence={"axis": axis, "letter": letter, "count": count, "of": n,
                  "first": stretches[0][0], "last": stretches[-1][1]},
        records=records, harmless=harmless, judged=~bad.reshape(shape),
    )  # fmt: skip


def shown_stretches(stretches: list[tuple[int, int]]) -> str:
    """The first stretches as text: ``0 to 3, 7, 9 and 4 more stretches``."""
    shown = [str(a) if a == b else f"{a} to {b}" for a, b in stretches[:3]]
    rest = len(stretches) - 3
    more = f" and {rest} more stretch{'es' * (rest > 1)}" if rest > 0 else ""
    return ", ".join(shown) + more
