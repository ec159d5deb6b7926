"""The identities that every Euler step with classifier-free guidance must obey.

Euler: ``x_after = x_before + dt * v``.  Guidance: ``v = (1 + r) c - r u`` with the
conditional velocity c, the unconditional velocity u and the rate r (0.7 in Chatterbox
and CosyVoice).  dt and r are solved by least squares, so that a wrong constant is
named by its value and not only by a residual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.analysis.chunks import float64_chunks, inner
from inspector.dtypes import dtype_info
from inspector.tensors import Array

USUAL_CFG_RATE = 0.7
_UNDEFINED_SHARE = 1e-12
"""|c - u|^2 below this share of |c|^2: the rows are equal but for rounding, so no rate
can be solved."""


@dataclass(frozen=True)
class EulerFit:
    """How well one step obeys ``x_after = x_before + dt * v``.

    Attributes:
        residual: max |x_after - (x_before + dt v)| / rms(x_after) with the dt given, or
            with the solved one when none was given; None when undefined.
        dt_solved: least-squares dt = <x_after - x_before, v> / <v, v>; None when v is zero.
        residual_solved: the same residual with `dt_solved`.
    """

    residual: float | None
    dt_solved: float | None
    residual_solved: float | None


def fit_euler(x_before: Array, x_after: Array, velocity: Array, dt: float | None) -> EulerFit:
    """Check one Euler step; the three arrays have one shape.

    NaN in any of them gives a NaN residual, never a small one.
    """
    moved = squared = level = 0.0
    for before, after, v in float64_chunks(x_before, x_after, velocity):
        moved += inner(after - before, v)
        squared += inner(v, v)
        level += inner(after, after)
    solved = moved / squared if squared != 0 else None
    rms = float(np.sqrt(level / x_after.size)) if x_after.size else 0.0
    if rms == 0:
        return EulerFit(None, solved, None)
    used = solved if dt is None else dt
    worst = worst_solved = 0.0
    for before, after, v in float64_chunks(x_before, x_after, velocity):
        step = after - before
        # np.maximum keeps NaN, the built-in max would lose it.
        if used is not None:
            worst = float(np.maximum(worst, np.abs(step - used * v).max()))
        elif squared == 0:  # a zero velocity: the state must not move, whatever dt is
            worst = float(np.maximum(worst, np.abs(step).max()))
        if solved is not None:
            worst_solved = float(np.maximum(worst_solved, np.abs(step - solved * v).max()))
    return EulerFit(worst / rms, solved, None if solved is None else worst_solved / rms)


@dataclass(frozen=True)
class CfgFit:
    """The guidance rate solved from three velocities.

    Attributes:
        rate: least-squares r of ``v = c + r (c - u)``; None when c and u are equal.
        residual: max |v - (c + r (c - u))| / rms(v); None when undefined.
        weights: (a, b) of the free fit ``v = a c + b u``; None when c and u are parallel.
        free_residual: max |v - (a c + b u)| / rms(v) of the free fit.
        uncond_zero: u is exactly zero everywhere.
        rows_equal: c and u are exactly equal everywhere.
        numerator, denominator: <v - c, c - u> and |c - u|^2, to pool several steps.
    """

    rate: float | None
    residual: float | None
    weights: tuple[float, float] | None
    free_residual: float | None
    uncond_zero: bool
    rows_equal: bool
    numerator: float
    denominator: float


def fit_cfg(v_cond: Array, v_uncond: Array, v_cfg: Array) -> CfgFit:
    """Solve the guidance rate of one step; the three arrays have one shape."""
    top = bottom = cc = uu = cu = vc = vu = vv = 0.0
    zero = equal = True
    for c, u, v in float64_chunks(v_cond, v_uncond, v_cfg):
        d = c - u
        top += inner(v - c, d)
        bottom += inner(d, d)
        cc += inner(c, c)
        uu += inner(u, u)
        cu += inner(c, u)
        vc += inner(v, c)
        vu += inner(v, u)
        vv += inner(v, v)
        zero = zero and not u.any()
        equal = equal and bool((c == u).all())
    undefined = bottom == 0 or bottom <= _UNDEFINED_SHARE * cc
    rate = None if undefined else top / bottom
    # Cauchy-Schwarz: the determinant vanishes exactly when c and u are parallel.
    determinant = cc * uu - cu * cu
    weights = None
    if determinant > 1e-9 * cc * uu and cc > 0 and uu > 0:
        weights = ((vc * uu - vu * cu) / determinant, (vu * cc - vc * cu) / determinant)
    rms = float(np.sqrt(vv / v_cfg.size)) if v_cfg.size else 0.0
    if rms == 0:
        return CfgFit(rate, None, weights, None, zero, equal, top, bottom)
    worst = worst_free = 0.0
    for c, u, v in float64_chunks(v_cond, v_uncond, v_cfg):
        if rate is not None:
            worst = float(np.maximum(worst, np.abs(v - c - rate * (c - u)).max()))
        else:  # equal rows: whatever the rate, v must equal c
            worst = float(np.maximum(worst, np.abs(v - c).max()))
        if weights is not None:
            worst_free = float(
                np.maximum(worst_free, np.abs(v - weights[0] * c - weights[1] * u).max())
            )
    free = None if weights is None else worst_free / rms
    return CfgFit(rate, worst / rms, weights, free, zero, equal, top, bottom)


_FORMULAS = (
    # name, then (a, b) of v = a c + b u as constant and slope in r
    ("(1 + r) c - r u", (1.0, 1.0), (0.0, -1.0)),
    ("u + r (c - u)", (0.0, 1.0), (1.0, -1.0)),
    ("(1 + r) u - r c, the rows exchanged", (0.0, -1.0), (1.0, 1.0)),
    ("(1 - r) c - r u", (1.0, -1.0), (0.0, -1.0)),
    ("(1 + r) c + r u", (1.0, 1.0), (0.0, 1.0)),
    ("(1 - r) c + r u", (1.0, -1.0), (0.0, 1.0)),
)


def name_formula(
    weights: tuple[float, float], expected_rate: float = USUAL_CFG_RATE, tolerance: float = 0.01
) -> tuple[str, float] | None:
    """Name the guidance formula whose weights fit ``v = a c + b u``.

    Several formulas can give the same weights with different rates; the one whose rate
    is nearest to `expected_rate` wins, so that -0.3 reads as ``u + 0.7 (c - u)``.

    Args:
        weights: (a, b) as measured.
        expected_rate: the rate of the model.
        tolerance: largest |error| of a and of b.

    Returns:
        The formula and its rate, or None when none fits.
    """
    a, b = weights
    found: list[tuple[float, int, str, float]] = []
    for place, (name, (a0, a1), (b0, b1)) in enumerate(_FORMULAS):
        rate = (a1 * (a - a0) + b1 * (b - b0)) / (a1 * a1 + b1 * b1)
        error = max(abs(a0 + a1 * rate - a), abs(b0 + b1 * rate - b))
        if error <= tolerance and rate >= -tolerance:
            found.append((round(abs(rate - expected_rate), 6), place, name, rate))
    if not found:
        return None
    _, _, name, rate = min(found)
    return name, rate


def value_eps(array: Array, stored: str) -> float:
    """The rounding step of the values: that of the coarsest grid all of them lie on.

    A half-precision run is often stored as float32; its values still lie on the grid of
    float16 or bfloat16, and only that grid says how well an identity can hold.

    Args:
        array: values as read.
        stored: name of the stored dtype.

    Returns:
        eps of bfloat16, float16, float32 or the stored dtype; 0 for integers.
    """
    eps = dtype_info(stored).eps
    if eps == 0 or array.dtype.kind != "f" or not array.size:
        return eps
    flat = np.ascontiguousarray(array).reshape(-1)
    with np.errstate(over="ignore"):
        single = flat.astype(np.float32)
        if (
            flat.dtype.itemsize > 4
            and np.array_equal(single.astype(flat.dtype), flat, equal_nan=True)
        ):  # fmt: skip
            eps = max(eps, dtype_info("float32").eps)
        for name, on_grid in (
            ("float16", lambda: single.astype(np.float16).astype(np.float32)),
            ("bfloat16", lambda: (single.view(np.uint32) & 0xFFFF0000).view(np.float32)),
        ):
            if np.array_equal(on_grid().astype(flat.dtype), flat, equal_nan=True):
                eps = max(eps, dtype_info(name).eps)
    return eps
