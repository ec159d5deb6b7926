"""Sums of two known tensors: guidance of two rows, and the Euler step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.tensors import Array

_SAME = 2e-3
_NEAR = 5e-3
_ALONE = 1e-12


@dataclass(frozen=True)
class _Mix:
    """``output = a * first + b * second``; b is None when it cannot be told."""

    a: float
    b: float | None
    left: float

    def like(self, other: _Mix) -> bool:
        if abs(self.a - other.a) > _SAME * max(1.0, abs(other.a)):
            return False
        return self.b is None or other.b is None or abs(self.b - other.b) <= _SAME


def mixtures(case: Case) -> Iterator[Guess]:
    """Yield how the candidate combined its own tensors, against how the reference did."""
    if case.context.role == "v_cfg":
        yield from _guidance(case)
    elif case.context.role == "x_after":
        yield from _euler(case)


def _known(case: Case, name: str) -> Array | None:
    get = case.context.known.get(name)
    found = get() if get else None
    return None if found is None or found.shape != case.shape else np.asarray(found, np.float64)


def _guidance(case: Case) -> Iterator[Guess]:
    mixes, rows = {}, {}
    for side, output in (("reference", case.reference), ("candidate", case.candidate)):
        c, u = _known(case, f"{side}.v_cond"), _known(case, f"{side}.v_uncond")
        if c is None or u is None:
            return
        rows[side] = c, u
        mix = solve_mix(output, c, u)
        if mix is None or mix.left > _NEAR:
            return
        mixes[side] = mix
    c, u = rows["candidate"]
    own, right = mixes["candidate"], mixes["reference"]
    evidence = {
        "conditional": own.a, "unconditional": own.b, "reference_conditional": right.a,
        "reference_unconditional": right.b,
    }  # fmt: skip
    spread = float(case.both[1] @ case.both[1])
    if own.like(right):
        yield _carried(
            "Both sides mix their two rows alike "
            f"({_formula(right)[0]}): the error comes with the rows.",
            right.a * c + (right.b or 0.0) * u, evidence,
        )  # fmt: skip
        return
    words, rate, records = _formula(own)
    expected = _formula(right)
    if rate is not None:
        evidence["rate"] = rate
    if expected[1] is not None:
        evidence["reference_rate"] = expected[1]
    if records == ("CF02",) and expected[1] is not None and rate is not None:
        title = f"Guidance rate {rate:.3g} in place of {expected[1]:.3g}"
    else:
        title = "Another guidance formula"
    who = "From its own rows the candidate" if _rows_differ(rows) else "The candidate"
    yield Guess(
        "guidance", title,
        f"{who} makes {words}; the reference makes {expected[0]}.",
        lambda: own.a * c + (own.b or 0.0) * u, 2, evidence=evidence, records=records,
        spread=spread,
    )  # fmt: skip


def _rows_differ(rows: dict[str, tuple[Array, Array]]) -> bool:
    return any(
        float(np.abs(a - b).max()) > 1e-3 * float(np.abs(a).max() or 1.0)
        for a, b in zip(rows["reference"], rows["candidate"], strict=True)
    )


def solve_mix(output: Array, first: Array, second: Array) -> _Mix | None:
    """Least squares a, b of ``output = a first + b second``; None when it says nothing."""
    o, f, s = (np.asarray(x, np.float64).reshape(-1) for x in (output, first, second))
    keep = np.isfinite(o) & np.isfinite(f) & np.isfinite(s)
    o, f, s = o[keep], f[keep], s[keep]
    ff, ss, fs, size = float(f @ f), float(s @ s), float(f @ s), float(o @ o)
    if not ff or not size:
        return None
    alone = ss <= _ALONE * ff or ff * ss - fs * fs <= _ALONE * ff * ss
    if alone:  # one row is zero or a multiple of the other: only one number follows
        a, b = float(f @ o) / ff, None
        left = o - a * f
    else:
        a, b = (float(x) for x in np.linalg.solve([[ff, fs], [fs, ss]], [f @ o, s @ o]))
        left = o - a * f - b * s
    return _Mix(a, b, float(np.sqrt(left @ left / size)))


def _formula(mix: _Mix) -> tuple[str, float | None, tuple[str, ...]]:
    """The mix in words, its rate r when it has one, and the records of a wrong one."""
    a, b = mix.a, mix.b
    if b is None:
        return (f"{a:.4g} c with u = 0 (r = {a - 1:.3g})", a - 1, ("CF02",))
    text = f"{a:.4g} c {'-' if b < 0 else '+'} {abs(b):.4g} u"
    if abs(a - 1) < _NEAR and abs(b) < _NEAR:
        return (f"{text}: no guidance", 0.0, ("CF01", "CF06"))
    if abs(a) < _NEAR and abs(b - 1) < _NEAR:
        return (f"{text}: the unconditional row alone", None, ("CF05", "CF01"))
    if abs(a + b - 1) > _NEAR:
        return (f"{text}, whose factors do not add up to 1", None, ("CF01",))
    if a < 0:
        return (f"{text}, that is, the rows exchanged (r = {-a:.3g})", -a, ("CF05",))
    if a < 1:
        return (f"{text}, that is, u + r (c - u) with r = {a:.3g}", a, ("CF01",))
    return (f"{text}, that is, c + r (c - u) with r = {a - 1:.3g}", a - 1, ("CF02",))


def _euler(case: Case) -> Iterator[Guess]:
    steps, parts = {}, {}
    for side, output in (("reference", case.reference), ("candidate", case.candidate)):
        x, v = _known(case, f"{side}.x_before"), _known(case, f"{side}.v_cfg")
        if x is None or v is None:
            return
        moved = (output - x).reshape(-1)
        flat = v.reshape(-1)
        power = float(flat @ flat)
        if not power or not np.isfinite(power) or not np.isfinite(moved).all():
            return
        steps[side] = float(flat @ moved) / power
        left = moved - steps[side] * flat
        if float(left @ left) > _NEAR**2 * float(moved @ moved):
            return
        parts[side] = x, v
    own, right = steps["candidate"], steps["reference"]
    x, v = parts["candidate"]
    evidence = {"dt": own, "reference_dt": right}
    if abs(own - right) <= _SAME * abs(right):
        yield _carried(
            f"Both sides step alike (dt = {right:.4g}): the error comes with the state "
            "and the velocity.", x + right * v, evidence,
        )  # fmt: skip
        return
    back = own * right < 0
    side = "candidate" if own < 0 else "reference"
    sign = f" The {side}'s step goes backwards." if back else ""
    yield Guess(
        "euler_step", "Another time step",
        f"The candidate steps by dt = {own:.4g}, the reference by {right:.4g}.{sign}",
        lambda: x + own * v, 1, evidence=evidence, records=() if back else ("OD02", "OD01", "OD03"),
    )  # fmt: skip


def _carried(sentence: str, predicted: Array, evidence: dict[str, object]) -> Guess:
    return Guess(
        "carried", "Carried, not made here", sentence, lambda: predicted, kind="fact",
        evidence=evidence,
    )  # fmt: skip
