"""One-to-one assignment of a few tensors, and how sure it is."""

from __future__ import annotations

import numpy as np

from inspector.tensors import Array

_FLOOR = 1e-9


def assign(costs: Array, margin: float) -> tuple[tuple[int, int], ...]:
    """Pairs of the cheapest one-to-one assignment that nothing else comes near.

    A pair is taken when `margin` times its cost is below every other cost in its row and
    column; what is taken leaves the table, which can make other pairs clear.

    Args:
        costs: [rows, columns], at least 0; infinite where a pair is impossible.
        margin: how many times better than the next a pair must be.

    Returns:
        ``(row, column)`` in order of row.
    """
    from scipy.optimize import linear_sum_assignment

    blocked = np.where(np.isfinite(costs), costs, 1e9)
    rows, columns = linear_sum_assignment(blocked)
    proposed = [
        (int(i), int(j)) for i, j in zip(rows, columns, strict=True) if np.isfinite(costs[i, j])
    ]
    left = np.array(costs, np.float64)
    taken: list[tuple[int, int]] = []
    changed = True
    while changed:
        changed = False
        for i, j in [pair for pair in proposed if pair not in taken]:
            rivals = np.concatenate([np.delete(left[i], j), np.delete(left[:, j], i)])
            if costs[i, j] * margin + _FLOOR < rivals.min(initial=np.inf):
                taken.append((i, j))
                left[i, :] = left[:, j] = np.inf
                changed = True
    return tuple(sorted(taken))


def increasing(values: list[int]) -> tuple[int, ...]:
    """Places of a longest strictly increasing subsequence of `values`."""
    from bisect import bisect_left

    tails: list[int] = []
    ends: list[int] = []
    before = [-1] * len(values)
    for place, value in enumerate(values):
        at = bisect_left(tails, value)
        if at == len(tails):
            tails.append(value)
            ends.append(place)
        else:
            tails[at], ends[at] = value, place
        before[place] = ends[at - 1] if at else -1
    chain = []
    place = ends[-1] if ends else -1
    while place >= 0:
        chain.append(place)
        place = before[place]
    return tuple(reversed(chain))
