"""Exchanged places along one axis: known orders first, then the best match of all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess
from inspector.diagnose.form.orders import Order, name_order, named_orders
from inspector.tensors import Array

_LEAST = 0.4
"""Share of the features' error that an order must explain before it is tried in full."""
_LONGEST = 2048
_LONGEST_NAMED = 1 << 20
_FEWEST_FEATURES = 8
_KEPT = 3
_LEAST_NAMED = 0.5
_LEAST_FREE = 0.95
"""Frames of one mel matched freely to those of another leave only 0.15 of the error."""


def permutations_of_axes(case: Case) -> Iterator[Guess]:
    """Yield orders of the places of each axis that bring the features together."""
    for axis in case.axes():
        n = case.shape[axis]
        if n > _LONGEST_NAMED:
            continue
        r, c = case.features(axis)
        yield from _of_axis(case, axis, r, c)


def _of_axis(case: Case, axis: int, r: Array, c: Array) -> Iterator[Guess]:
    found = []
    whole = _left(case, r, c)
    if whole == 0.0:
        return
    # A constant slice looks the same at every place; the mean of all is the fair rival.
    base = whole if case.exact else min(whole, float(np.square(c - c.mean()).sum()))
    for order in named_orders(r.shape[0]):
        left = _left(case, r[order.index], c)
        if left <= (1.0 - _LEAST) * base:
            found.append((left, len(found), order))
    found.sort(key=lambda item: item[:2])
    if not found or found[0][0] > 1e-9 * base:
        matched = _match(r, c, (1.0 - _LEAST) * base)
        if matched is not None:
            left = _left(case, r[matched], c)
            if left <= (1.0 - _LEAST) * base and (not found or left < 0.5 * found[0][0]):
                found.insert(0, (left, -1, name_order(matched)))
    for _, _, order in found[:_KEPT]:
        yield _guess(case, axis, order)


def _left(case: Case, r: Array, c: Array) -> float:
    if case.exact:
        return float((r != c).sum())
    return float(np.square(c - r).sum())


def _match(r: Array, c: Array, most: float) -> Array | None:
    """For each place of the candidate the reference's place with the nearest slice, [n].

    None when no order can leave less than `most`, or when it is the identity.
    """
    n, m = r.shape
    if n > _LONGEST or n < 3 or m < _FEWEST_FEATURES:
        return None
    if np.unique(r, axis=0).shape[0] < n // 2:
        return None  # slices that are alike cannot be told apart
    cost = np.square(c).sum(1)[:, None] + np.square(r).sum(1)[None] - 2.0 * (c @ r.T)
    # Every place taking its nearest, even twice, bounds what any order leaves.
    if float(cost.min(axis=1).sum()) > most:
        return None
    # Among equals a place stays where it is.
    cost[np.arange(n), np.arange(n)] -= 1e-9 * (np.abs(cost).mean() + 1e-300)
    index = cost.argmin(axis=1)
    if np.unique(index).size < n:
        _, index = linear_sum_assignment(cost)
    return None if np.array_equal(index, np.arange(n)) else index


def _guess(case: Case, axis: int, order: Order) -> Guess:
    letter, many = case.context.letter(axis), case.context.many(axis)
    words = order.words.format(many=many)
    title = {
        "swapped_rows": f"Swapped {many}", "reversed": f"{many.capitalize()} reversed",
        "halves": "Halves exchanged", "neighbours": "Neighbours exchanged",
        "interleaved": f"{many.capitalize()} interleaved", "blocks": "Blocks exchanged",
        "rolled": "Two parts exchanged", "two_places": f"Two {many} exchanged",
    }.get(order.key, f"{many.capitalize()} permuted")  # fmt: skip
    evidence: dict[str, object] = {"axis": axis, "letter": letter, "order": order.key}
    if order.index.size <= 512:
        evidence["index"] = [int(i) for i in order.index]
    return Guess(
        order.key, title, words[:1].upper() + words[1:] + ".",
        lambda: np.take(case.reference, order.index, axis), order.parameters,
        evidence=evidence, records=order.records,
        least=_LEAST_FREE if order.key == "permuted" else _LEAST_NAMED,
    )  # fmt: skip
