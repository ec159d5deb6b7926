"""Fingerprints of tensors: what stays the same when axes, names and files change.

A fingerprint holds projections of the values on vectors that depend on the length of an
axis alone, so that BCT and BTC, unit axes and Fortran order give one result, and so that
the distance of two fingerprints estimates the relative L2 difference of the tensors.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np

from inspector.errors import TraceError
from inspector.tensors import Array, TensorRecord

Key = tuple[int, ...]

# With 12 projections the estimated distance of unrelated tensors stays within 0.6 to 1.5
# times the true one (20,000 draws), and a chance hit at 1e-2 is out of reach.
PROJECTIONS = 12
# Larger tensors are thinned, each axis by its own length, so that axes still commute.
FULL_SIZE = 1 << 19
_CFG_ROWS = 2
_CACHED = 40_000
_HUGE = 1e60


@dataclass(frozen=True)
class Print:
    """What one array holds, whatever the order of its axes.

    Attributes:
        key: lengths of the axes longer than 1, sorted.
        size: number of elements.
        norm: root of the sum of squares over the finite values.
        spread: the same after the mean is taken away; 0 for a constant.
        point: place in the space where distances are relative L2 differences: the
            projections without the mean, the mean and the logarithm of the RMS.
        moments: mean, mean magnitude, third and fourth moment, smallest and largest value
            in units of the RMS, and the logarithm of the RMS: equal after any reshaping.
        finite: fraction of finite values.
    """

    key: Key
    size: int
    norm: float
    spread: float
    point: Array
    moments: Array
    finite: float

    @property
    def constant(self) -> bool:
        """All values are one value, as far as rounding can tell."""
        return self.spread <= 1e-6 * self.norm


@dataclass(frozen=True)
class Fingerprint:
    """The print of a tensor and of its rows.

    Attributes:
        whole: print of all values.
        rows: prints of the two rows of a first axis of length 2; empty otherwise.
        exchanged: print of all values with those rows in the other order.
        whole_numbers: the stored dtype is an integer or bool.
        half: the stored dtype has fewer than 12 bits of mantissa.
    """

    whole: Print
    rows: tuple[Print, ...] = ()
    exchanged: Print | None = None
    whole_numbers: bool = False
    half: bool = False


def fingerprint(record: TensorRecord) -> Fingerprint | None:
    """Read `record` once and take its fingerprint; None when it cannot be read or is empty."""
    if record.size == 0:
        return None
    try:
        values = record.read()
    except TraceError:
        return None
    if values.dtype.kind not in "biufc":
        return None
    whole_numbers = values.dtype.kind in "biu"
    half = record.dtype in ("float16", "bfloat16") or record.dtype.startswith("float8")
    if values.ndim > 1 and values.shape[0] == _CFG_ROWS and values.size > _CFG_ROWS:
        first, second = (_sum(values[i]) for i in range(_CFG_ROWS))
        return Fingerprint(
            _print(_stack(first, second)),
            (_print(first), _print(second)),
            _print(_stack(second, first)),
            whole_numbers,
            half,
        )
    return Fingerprint(print_of(values), (), None, whole_numbers, half)


def print_of(values: Array) -> Print:
    """The print of `values`; not finite values count as 0 and are remembered as a fraction."""
    return _print(_sum(values))


@dataclass(frozen=True)
class _Sums:
    """Sums over an array, of which those of a stack of arrays can be made."""

    shape: Key
    size: int
    count: int
    finite: int
    powers: Array
    ends: tuple[float, float]
    projected: Array
    ones: Array


def _sum(values: Array) -> _Sums:
    shape = tuple(n for n in values.shape if n != 1)
    size = values.size
    values = thin(values.reshape(shape))
    if values.dtype.kind == "c":
        # one real number per value; pi is as good as any to keep the two parts apart
        values = np.real(values) + np.pi * np.imag(values)
    values = np.asarray(values, np.float64)
    finite = values.size
    low, high = float(values.min()), float(values.max())
    if not (low > -_HUGE and high < _HUGE):  # also for NaN
        good = np.isfinite(values)
        finite = int(good.sum())
        # huge values must not overflow when squared
        values = np.clip(np.where(good, values, 0.0), -_HUGE, _HUGE)
        low, high = float(values.min()), float(values.max())
    flat = values.ravel()
    square = flat * flat
    powers = np.array([flat.sum(), flat @ flat, square @ flat, square @ square, np.abs(flat).sum()])
    return _Sums(
        shape,
        size,
        flat.size,
        finite,
        powers,
        (low, high),
        _project(values),
        _ones(values.shape),
    )


def _stack(first: _Sums, second: _Sums) -> _Sums:
    """Sums of two arrays of one shape, one after the other along a new first axis."""
    turn = directions(_CFG_ROWS)
    return _Sums(
        (_CFG_ROWS, *first.shape),
        first.size + second.size,
        first.count + second.count,
        first.finite + second.finite,
        first.powers + second.powers,
        (min(first.ends[0], second.ends[0]), max(first.ends[1], second.ends[1])),
        turn[0] * first.projected + turn[1] * second.projected,
        turn.sum(0) * first.ones,
    )


def _print(sums: _Sums) -> Print:
    count = sums.count
    total, squares, cubes, fourths, magnitudes = sums.powers
    mean, norm = total / count, float(np.sqrt(squares))
    # the difference of two large sums: below the rounding of the sums it means nothing
    left = squares - total * mean
    spread = float(np.sqrt(left)) if left > 1e-13 * squares else 0.0
    rms = norm / np.sqrt(count)
    unit = rms or 1.0
    point = np.empty(PROJECTIONS + 2)
    centred = sums.projected - mean * sums.ones
    point[:PROJECTIONS] = centred / ((norm or 1.0) * np.sqrt(PROJECTIONS))
    point[PROJECTIONS] = mean / unit
    point[PROJECTIONS + 1] = np.log(rms + 1e-30)
    low, high = sums.ends
    moments = np.array(
        [
            mean / unit,
            magnitudes / count / unit,
            cubes / count / unit**3,
            fourths / count / unit**4,
            low / unit,
            high / unit,
            point[-1],
        ]
    )
    key = tuple(sorted(sums.shape))
    return Print(key, sums.size, norm, spread, point, moments, sums.finite / count)


def thin(values: Array) -> Array:
    """At most about `FULL_SIZE` of `values`, axes of equal length thinned alike."""
    if values.size <= FULL_SIZE:
        return values
    steps = dict.fromkeys(values.shape, 1)
    kept = values.size
    while kept > FULL_SIZE:
        longest = max(steps, key=lambda n: (-(-n // steps[n]), n))
        # odd steps do not lock on to the even periods of interleaved data
        steps[longest] += 2
        kept = math.prod(-(-n // steps[n]) for n in values.shape)
    return values[tuple(slice(None, None, steps[n]) for n in values.shape)]


def _project(values: Array) -> Array:
    """Sums of `values` weighted with a product of one vector per axis, [PROJECTIONS]."""
    if values.ndim == 0:
        return np.full(PROJECTIONS, float(values))
    # the last axis at once for all projections, the others one projection at a time
    found = values @ directions(values.shape[-1])
    for n in reversed(values.shape[:-1]):
        found = np.einsum("...nk,nk->...k", found, directions(n))
    return found


@lru_cache(maxsize=4096)
def _ones(shape: Key) -> Array:
    """The projection of an array of ones."""
    found = np.ones(PROJECTIONS)
    for n in shape:
        found = found * directions(n).sum(0)
    return found


@lru_cache(maxsize=4096)
def directions(length: int) -> Array:
    """The vectors of an axis of this length, [length, PROJECTIONS], of unit mean square.

    The magnitudes vary, so that two tensors of few non-zero values do not collide.
    """
    rng = np.random.default_rng([20_240_229, length])
    signs = rng.choice([-1.0, 1.0], size=(length, PROJECTIONS))
    return signs * rng.uniform(0.6, 1.3, size=(length, PROJECTIONS)) / 0.9713


def gap(one: Print, other: Print) -> float:
    """Estimated ||a - b|| / max(||a||, ||b||) of two arrays of one key: 0 equal, 1.4 unrelated.

    Infinite for different keys or different fractions of finite values.
    """
    if one.key != other.key or abs(one.finite - other.finite) > 1e-3:
        return np.inf
    return float(_gaps(one, other))


def centred_gap(one: Print, other: Print) -> float:
    """The same in units of the deviation from the mean: what is left beside the offset."""
    distance = gap(one, other)
    spread, norm = max(one.spread, other.spread), max(one.norm, other.norm)
    if one.constant and other.constant:
        return distance
    return distance * norm / spread


def _gaps(one: Print, other: Print) -> float:
    top = max(one.norm, other.norm)
    if top == 0.0:
        return 0.0
    left, right = one.point * (one.norm / top), other.point * (other.norm / top)
    inside = left[: PROJECTIONS + 1] - right[: PROJECTIONS + 1]
    return float(np.sqrt(inside @ inside))


class Fingerprints:
    """Fingerprints of the tensors of one trace, each read at most once.

    Args:
        identity: identity of the trace; empty when nothing may be kept between matches.
    """

    def __init__(self, identity: str) -> None:
        self._identity = identity
        self._own: dict[str, Fingerprint | None] = {}

    def of(self, record: TensorRecord) -> Fingerprint | None:
        """The fingerprint of `record`, read when it is asked for the first time."""
        if record.name in self._own:
            return self._own[record.name]
        found = _KEPT.get(self._identity, record) if self._identity else _MISSING
        if isinstance(found, _Missing):
            found = fingerprint(record)
            if self._identity:
                _KEPT.put(self._identity, record, found)
        self._own[record.name] = found
        return found


class _Missing:
    """Marks a fingerprint that was not taken yet."""


_MISSING = _Missing()


class _Kept:
    """The latest fingerprints of all traces, bounded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str], Fingerprint | None] = OrderedDict()

    def get(self, identity: str, record: TensorRecord) -> Fingerprint | _Missing | None:
        with self._lock:
            return self._kept.get((identity, record.name), _MISSING)

    def put(self, identity: str, record: TensorRecord, found: Fingerprint | None) -> None:
        with self._lock:
            self._kept[identity, record.name] = found
            while len(self._kept) > _CACHED:
                self._kept.popitem(last=False)


_KEPT = _Kept()
