"""Orders in which the places of one axis are known to be exchanged by mistake, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from inspector.tensors import Array

_MOST_DIVISORS = 24
_MOST_BLOCKS = 4


@dataclass(frozen=True)
class Order:
    """A named order: place j of the candidate holds place ``index[j]`` of the reference.

    Attributes:
        key: hypothesis; orders of one key are variants of it.
        words: what happened to ``{many}``, the places of the axis.
        index: the order, int [n].
        parameters: numbers that had to be chosen.
        records: porting mistakes that it resembles.
    """

    key: str
    words: str
    index: Array
    parameters: int
    records: tuple[str, ...]


def named_orders(n: int) -> Iterator[Order]:
    """Yield the known orders of `n` places, without the identity."""
    places = np.arange(n)
    if n == 2:
        yield Order("swapped_rows", "the two {many} are exchanged", places[::-1], 0,
                    ("CF05", "ST01"))  # fmt: skip
        return
    yield Order("reversed", "the {many} run backwards", places[::-1], 0, ("HR01", "PO04"))
    if n % 2 == 0:
        yield Order("halves", "the two halves of the {many} are exchanged",
                    np.roll(places, n // 2), 0, ("TE02", "NM06", "WL08"))  # fmt: skip
        yield Order("neighbours", "neighbouring {many} are exchanged in pairs", places ^ 1, 0,
                    ("PO01",))  # fmt: skip
    for groups in [d for d in range(2, n // 2 + 1) if n % d == 0][:_MOST_DIVISORS]:
        index = places.reshape(groups, n // groups).T.reshape(-1)
        if groups == 2:
            words, records = "the two halves of the {many} are interleaved", ("PO01", "PO06")
        elif 2 * groups == n:
            words = "the even {many} come first, then the odd ones: an interleaving is undone"
            records = ("PO01", "PO06")
        else:
            words = (
                f"the {groups} groups of {n // groups} {{many}} are interleaved, as when "
                f"{groups} x {n // groups} is read as {n // groups} x {groups}"
            )
            records = ("AL05", "AL01")
        yield Order("interleaved", words, index, 1, records)
    for blocks in range(3, _MOST_BLOCKS + 1):
        if n % blocks or n == blocks:
            continue
        parts = places.reshape(blocks, n // blocks)
        for order in permutations(range(blocks)):
            index = parts[list(order)].reshape(-1)
            if order == tuple(range(blocks)) or np.array_equal(index, np.roll(places, n // 2)):
                continue
            yield block_order(order, n // blocks, index)


def block_order(order: tuple[int, ...], size: int, index: Array) -> Order:
    """The order of equal blocks, as another order of a concatenation leaves it."""
    shown = " ".join(map(str, order)) if len(order) <= 16 else f"{len(order)} of them moved"
    return Order(
        "blocks", f"blocks of {size} {{many}} stand in the order {shown}", index, 1,
        ("R33", "R34", "AL05"),
    )  # fmt: skip


def name_order(index: Array) -> Order:
    """Describe an order that was found by matching: rolled, blocks, or just another order."""
    n = index.size
    roll = int(index[0])
    if np.array_equal(index, np.roll(np.arange(n), -roll)):
        return Order(
            "rolled", f"the {{many}} before {roll} come last: two parts are exchanged",
            index, 1, ("R33", "R34", "PD01"),
        )  # fmt: skip
    starts = np.flatnonzero(np.diff(index, prepend=index[0] - 2) != 1)
    lengths = np.diff(np.append(starts, n))
    size = int(np.gcd.reduce(lengths))
    if size > 1:
        order = tuple(int(i) // size for i in index[::size])
        found = block_order(order, size, index)
        return Order(found.key, found.words, index, len(starts), found.records)
    moved = int((index != np.arange(n)).sum())
    if moved == 2:
        a, b = np.flatnonzero(index != np.arange(n))
        return Order("two_places", f"{{many}} {a} and {b} are exchanged", index, 2, ("AL05",))
    return Order(
        "permuted", f"{moved} of the {n} {{many}} stand at other places", index, n,
        ("WL03", "AL05"),
    )  # fmt: skip
