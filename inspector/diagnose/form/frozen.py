"""A side that holds nothing: zeros, one constant, repeated frames, equal rows, zeroed frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.diagnose.form.places import any_along, runs, shown_stretches


def frozen(case: Case) -> Iterator[Guess]:
    """Yield what a side is, whatever the other one holds."""
    r, c = case.both
    if c.size < 2:
        return
    if c.min() == c.max() and r.min() != r.max():
        yield _constant(case, float(c[0]))
        return
    if r.min() == r.max() and c.min() == c.max():
        one, two = (float(x[0]) * case.unit for x in (r, c))
        yield Guess(
            "other_constant", "Two constants",
            f"The reference is {one:.6g} everywhere, the candidate {two:.6g}.",
            lambda: np.full(case.shape, float(c[0])), 1, "fact",
            evidence={"reference": one, "candidate": two},
        )  # fmt: skip
        return
    if r.min() == r.max():
        value = f"{r[0] * case.unit:.6g}" if r[0] else "zero"
        yield Guess(
            "reference_constant", "Constant reference",
            f"The reference is {value} everywhere, the candidate is not: it may be what was not "
            "recorded, or masked out.", None, kind="fact", evidence={"value": float(r[0])},
            records=("HR03", "HR07"), observed="certain",
        )  # fmt: skip
    for axis in case.axes():
        letter = case.context.letter(axis)
        yield from _repeated(case, axis, letter)
        if letter in ("", "T", "B", "H", "C"):
            yield from _zeroed(case, axis)


def _constant(case: Case, value: float) -> Guess:
    if value == 0.0:
        return Guess(
            "zeros", "All zero", "The candidate is zero everywhere: masked out, not computed, or "
            "not loaded.", lambda: np.zeros(case.shape), kind="fact", evidence={"value": 0.0},
            records=("HR03", "MK17", "FW04"),
        )  # fmt: skip
    return Guess(
        "constant", "Constant", f"The candidate is {value * case.unit:.6g} everywhere.",
        lambda: np.full(case.shape, value), 1, "fact", evidence={"value": value},
        records=("HR03",),
    )  # fmt: skip


def _repeated(case: Case, axis: int, letter: str) -> Iterator[Guess]:
    """All slices along one axis are equal in the candidate, though not in the reference."""
    r, c = case.features(axis)
    if not (c == c[:1]).all() or (r == r[:1]).all():
        return
    first = np.take(case.candidate, [0], axis)
    many = case.context.many(axis)
    cause = {
        "T": "nothing depends on time", "B": "the unconditional row was not made",
        "F": "every bin holds the same", "C": "every channel holds the same",
    }.get(letter, "it does not depend on this axis")  # fmt: skip
    yield Guess(
        "equal_rows" if letter == "B" else "frozen", f"All {many} equal",
        f"In the candidate all {case.shape[axis]} {many} are equal: {cause}.",
        lambda: np.broadcast_to(first, case.shape), case.candidate.size // case.shape[axis],
        "fact", evidence={"axis": axis, "letter": letter},
        records=("CF03", "CF05") if letter == "B" else ("HR03", "HR07"),
    )  # fmt: skip


def _zeroed(case: Case, axis: int) -> Iterator[Guess]:
    """Some slices are zero in the candidate and not in the reference; the others agree."""
    zero = ~any_along(case.candidate.astype(bool), axis)
    zero &= any_along(case.reference.astype(bool), axis)
    count, n = int(zero.sum()), zero.size
    if not 0 < count < n:
        return
    shape = [n if a == axis else 1 for a in range(len(case.shape))]
    stretches = runs(zero)
    first, last = stretches[0][0], stretches[-1][1]
    one, many = case.context.one(axis), case.context.many(axis)
    yield Guess(
        "zeroed", f"Zeroed {one if count == 1 else many}",
        f"{count} of {n} {many} {'is' if count == 1 else 'are'} zero in the candidate "
        f"({shown_stretches(stretches)}), as a mask or a slice that "
        "was never written leaves them.",
        lambda: np.where(zero.reshape(shape), 0.0, case.reference), 2 * len(stretches),
        evidence={"axis": axis, "count": count, "first": first, "last": last},
        records=_zero_records(case.context.letter(axis)),
    )  # fmt: skip


def _zero_records(letter: str) -> tuple[str, ...]:
    return {"T": ("MK07", "FW09", "MK05"), "B": ("MK17", "CF03")}.get(letter, ("WF07", "FW04"))
