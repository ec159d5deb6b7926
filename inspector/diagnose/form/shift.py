"""A lag along time: the same values, some frames or samples earlier or later."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.tensors import Array

_SHORTEST = 8
_LONGEST = 1 << 22
_COLUMNS = 32
_LEAST_OVERLAP = 0.5


def shifts(case: Case) -> Iterator[Guess]:
    """Yield the best lag along T and N, or along every axis when the letters are unknown."""
    for axis in case.axes("TN"):
        n = case.shape[axis]
        if not _SHORTEST <= n <= _LONGEST:
            continue
        lag = best_lag(*case.features(axis))
        if lag:
            yield _guess(case, axis, lag)


def best_lag(r: Array, c: Array) -> int:
    """Lag k for which ``c[t] = r[t - k]`` fits best over the frames that overlap; 0 for none.

    Args:
        r, c: float64 [n, m] and [l, m]; at least half of the shorter one must overlap.
    """
    if r.shape[1] > _COLUMNS:
        pick = np.linspace(0, r.shape[1] - 1, _COLUMNS).astype(int)
        r, c = r[:, pick], c[:, pick]
    centre = r.mean()
    r, c = r - centre, c - centre
    n, length = r.shape[0], c.shape[0]
    size = next_fast_len(n + length, real=True)
    product = np.asarray(rfft(c, size, axis=0)) * np.conj(np.asarray(rfft(r, size, axis=0)))
    cross = np.asarray(irfft(product.sum(axis=1), size))
    squares_r = np.concatenate([[0.0], np.cumsum(np.square(r).sum(axis=1))])
    squares_c = np.concatenate([[0.0], np.cumsum(np.square(c).sum(axis=1))])
    least = max(int(min(n, length) * _LEAST_OVERLAP), 1)
    lags = np.arange(-(n - least), length - least + 1)
    first = np.maximum(lags, 0)
    stop = np.minimum(length, n + lags)
    overlap = stop - first
    keep = overlap >= least
    lags, first, stop, overlap = lags[keep], first[keep], stop[keep], overlap[keep]
    own = squares_c[stop] - squares_c[first]
    other = squares_r[stop - lags] - squares_r[first - lags]
    left = np.maximum(own + other - 2.0 * cross[lags % size], 0.0) / overlap
    # Where nothing moves any lag fits: only a lag that beats its rivals by far counts.
    best = int(lags[np.argmin(left)])
    still = left[lags == 0] if (lags == 0).any() else np.array([np.inf])
    return best if left.min() < 0.5 * float(still[0]) else 0


def _guess(case: Case, axis: int, lag: int) -> Guess:
    n, letter = case.shape[axis], case.context.letter(axis)
    one, many = case.context.one(axis), case.context.many(axis)
    count = abs(lag)
    unit = one if count == 1 else many
    place = [slice(None)] * len(case.shape)
    place[axis] = slice(max(lag, 0), n + min(lag, 0))
    judged = np.zeros([n if a == axis else 1 for a in range(len(case.shape))])
    judged[tuple(place)] = 1.0
    when = "late" if lag > 0 else "early"
    sentence = f"Everything comes {count} {unit} too {when}."
    records = ("PD01",) if count == 1 else ("PD04", "PD02") if count == 2 else ("PD02", "PD04")
    if letter == "N":
        records = ("PD02", "VO04")
    return Guess(
        "lag", f"{count} {unit} {when}", sentence,
        lambda: np.roll(case.reference, lag, axis), 1,
        evidence={"axis": axis, "letter": letter, "lag": lag,
                  "lag_frames" if letter != "N" else "lag_samples": lag},
        records=records, judged=judged,
    )  # fmt: skip
