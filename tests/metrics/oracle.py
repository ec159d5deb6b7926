"""The metrics again, by rational arithmetic on Python numbers: slow, and never rounded.

Only for small arrays of real numbers.  Roots are taken to 200 bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

INF = float("inf")


def to_float(value: Fraction | None) -> float | None:
    """The nearest float; Inf beyond its range."""
    if value is None:
        return None
    try:
        return float(value)
    except OverflowError:
        return INF if value > 0 else -INF


def root(value: Fraction) -> Fraction:
    """Square root to about 200 significant bits."""
    if value == 0:
        return Fraction(0)
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    shift = 200 - bits // 2
    scaled = value * Fraction(4) ** shift
    return Fraction(math.isqrt(int(scaled))) / Fraction(2) ** shift


@dataclass
class Expected:
    """Exact results; None means undefined."""

    finite: int
    nan_both: int
    nan_reference: int
    nan_candidate: int
    inf_mismatch: int
    unequal: int
    max_abs: Fraction | None = None
    mean_abs: Fraction | None = None
    rmse: Fraction | None = None
    relative_l2: Fraction | None = None
    norm_ratio: Fraction | None = None
    cosine: Fraction | None = None
    correlation: Fraction | None = None
    gain: Fraction | None = None
    offset: Fraction | None = None
    required: Fraction | None = None
    max_relative: Fraction | None = None
    sign_agreement: Fraction | None = None
    well_conditioned: bool = True
    worst: tuple[int, ...] = ()
    outside: tuple[int, int] = (0, 0)


def _is_nan(x: float | int) -> bool:
    return isinstance(x, float) and math.isnan(x)


def _is_inf(x: float | int) -> bool:
    return isinstance(x, float) and math.isinf(x)


def expect(reference: np.ndarray, candidate: np.ndarray, rtol: float, atol: float) -> Expected:
    """Exact metrics of two real arrays.

    `outside` is the range of counts and `worst` the flat indexes that rounding allows.
    """
    pairs = list(zip(reference.ravel().tolist(), candidate.ravel().tolist(), strict=True))
    nan_both = nan_reference = nan_candidate = inf_mismatch = 0
    first_nan = first_inf = None
    exact: list[tuple[int, Fraction, Fraction]] = []
    for place, (r, c) in enumerate(pairs):
        if _is_nan(r) or _is_nan(c):
            nan_both += _is_nan(r) and _is_nan(c)
            nan_reference += _is_nan(r) and not _is_nan(c)
            nan_candidate += _is_nan(c) and not _is_nan(r)
            if _is_nan(r) != _is_nan(c) and first_nan is None:
                first_nan = place
        elif _is_inf(r) or _is_inf(c):
            inf_mismatch += r != c
            if r != c and first_inf is None:
                first_inf = place
        else:
            exact.append((place, Fraction(r), Fraction(c)))
    bad = nan_reference + nan_candidate + inf_mismatch
    found = Expected(
        len(exact), nan_both, nan_reference, nan_candidate, inf_mismatch,
        unequal=bad + sum(r != c for _, r, c in exact),
    )  # fmt: skip
    low = high = bad
    for _, r, c in exact:
        # The absolute limit is an RMS that was rounded, and so is the sum of the limits.
        limit = Fraction(atol) + Fraction(rtol) * abs(r)
        error = abs(c - r)
        high += error > limit * (1 - Fraction(1, 10**12))
        low += error > limit * (1 + Fraction(1, 10**12)) and error > 0
    found.outside = low, min(high, found.unequal)
    peak = max((abs(c - r) for _, r, c in exact), default=Fraction(0))
    if first_nan is not None:
        found.worst = (first_nan,)
    elif first_inf is not None:
        found.worst = (first_inf,)
    elif peak > 0:
        # Errors that float64 cannot tell apart may stand for each other.
        near = peak * (1 - Fraction(1, 2**51))
        found.worst = tuple(place for place, r, c in exact if abs(c - r) >= near)
    if exact:
        _statistics(found, [r for _, r, _ in exact], [c for _, _, c in exact])
    return found


def _statistics(found: Expected, left: list[Fraction], right: list[Fraction]) -> None:
    n = len(left)
    errors = [abs(c - r) for r, c in zip(left, right, strict=True)]
    found.max_abs = max(errors)
    found.mean_abs = sum(errors, Fraction(0)) / n
    squares = sum((e * e for e in errors), Fraction(0))
    found.rmse = root(squares / n)
    one, two = (sum((x * x for x in side), Fraction(0)) for side in (left, right))
    agree = sum((r > 0) == (c > 0) and (r < 0) == (c < 0) for r, c in zip(left, right, strict=True))
    found.sign_agreement = Fraction(agree, n)
    dot = sum((r * c for r, c in zip(left, right, strict=True)), Fraction(0))
    means = sum(left, Fraction(0)) / n, sum(right, Fraction(0)) / n
    spread = [sum(((x - m) ** 2 for x in side), Fraction(0))
              for side, m in zip((left, right), means, strict=True)]  # fmt: skip
    if one > 0:
        norm = root(one / n)
        found.relative_l2 = root(squares / one)
        found.norm_ratio = root(two / one)
        found.required = max(e / (norm + abs(r)) for e, r in zip(errors, left, strict=True))
        if max(map(abs, left + right)) < 1e300:  # beyond, denormals may be shrunk away
            found.max_relative = max(e / abs(r) for e, r in zip(errors, left, strict=True) if r)
        if two > 0:
            found.cosine = dot / root(one * two)
    cross = sum(((r - means[0]) * (c - means[1]) for r, c in zip(left, right, strict=True)),
                Fraction(0))  # fmt: skip
    if spread[0] > 0:
        found.gain = cross / spread[0]
        found.offset = means[1] - found.gain * means[0]
        if spread[1] > 0:
            found.correlation = cross / root(spread[0] * spread[1])
    # A spread below a millionth of the size leaves few digits of it in float64.
    found.well_conditioned = all(
        s == 0 or s > Fraction(1, 10**12) * size for s, size in zip(spread, (one, two), strict=True)
    )
