"""One known mistake: what it changes, where it can be applied, how it shows."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inspector.blocks.graph import Graph
from inspector.errors import UsageError
from inspector.faults.edit import Edit

Shapes = Mapping[str, tuple[int, ...]]
"""Shapes of the weights by canonical key; empty when unknown."""

KINDS = ("fault", "control")

BLIND_CONDITIONS = {
    "full_mask": "every frame is valid",
    "no_empty_row": "no row of the mask is all zero",
    "first_step": "t = 0, the first ODE step",
    "second_step": "the second ODE step",
    "later_step": "the third ODE step and those after it",
}
"""Conditions of a trace under which some faults change nothing at all."""


Places = Callable[[Graph, Shapes], tuple[str, ...]]
"""``places(graph, shapes) -> names`` of the nodes, blocks or inputs for `Fault.apply`."""

MakeEdit = Callable[[Graph, tuple[str, ...], Shapes], Edit]
"""``edit(graph, places, shapes) -> Edit`` with the fault at the given places."""


@dataclass(frozen=True)
class Fault:
    """A known mistake, or a control that is none.

    Attributes:
        key: stable name.
        title: a few words.
        kind: ``fault``, or ``control`` for a difference that is no mistake.
        slot: slot of the architecture that it belongs to (see `inspector.blocks.decoder`),
            ``weights``, ``inputs`` or ``rows``.
        change: exact change in one sentence.
        symptom: how it shows.
        records: short IDs of the recorded bugs and recipes behind it.
        first_seen: first value that differs, in words.
        places: names at which it can be applied alone: a node, a block, a stage or an input
            of the graph.  Weight changes that need equal axes ask for the shapes.
        edit: makes the edit at some of the places; use `apply`.
        blind: when it cannot be seen; empty when always visible.
        silent_when: names of `BLIND_CONDITIONS` under which it changes nothing.
        random: it draws values, so a port never holds the same numbers.
        group: the same for faults that no trace can tell apart, else `key`.
    """

    key: str
    title: str
    kind: str
    slot: str
    change: str
    symptom: str
    records: tuple[str, ...]
    first_seen: str
    places: Places = field(repr=False, compare=False)
    edit: MakeEdit = field(repr=False, compare=False)
    blind: str = ""
    silent_when: tuple[str, ...] = ()
    random: bool = False
    group: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError("fault", self.key, f"its kind is {self.kind!r}", " or ".join(KINDS))
        if not self.group:
            object.__setattr__(self, "group", self.key)

    def apply(
        self,
        graph: Graph,
        places: Iterable[str] | None = None,
        shapes: Shapes | None = None,
        seed: int = 0,
    ) -> Edit:
        """The fault at `places`, or at all places of `graph`.

        Args:
            graph: a whole step or a part of it.
            places: some of ``self.places(graph, shapes)``.
            shapes: shapes of the weights by canonical key.
            seed: chooses the draw of a random fault.

        Raises:
            UsageError: it cannot be applied there.
        """
        known = shapes if shapes is not None else {}
        possible = self.places(graph, known)
        if not possible:
            raise UsageError(
                "place", self.key, "it cannot be applied to any part of this decoder", "",
                "" if shapes else "Pass the shapes of the weights.",
            )  # fmt: skip
        chosen = possible if places is None else tuple(dict.fromkeys(places))
        for place in chosen:
            if place not in possible:
                near = difflib.get_close_matches(place, possible, n=3, cutoff=0.3)
                raise UsageError(
                    "place", place, f"{self.key} cannot be applied there",
                    f"one of its {len(possible)} places, such as {', '.join(near or possible[:3])}",
                )  # fmt: skip
        if not chosen:
            raise UsageError("place", self.key, "no place was named", "one place or more")
        return self.edit(graph, chosen, known).with_seed(seed)

    def to_dict(self) -> dict[str, Any]:
        """The entry as plain values, without its functions."""
        return {
            "key": self.key, "title": self.title, "kind": self.kind, "slot": self.slot,
            "change": self.change, "symptom": self.symptom, "records": list(self.records),
            "first_seen": self.first_seen, "blind": self.blind,
            "silent_when": list(self.silent_when), "random": self.random, "group": self.group,
        }  # fmt: skip


def apply_all(
    graph: Graph,
    faults: Iterable[tuple[Fault, Iterable[str] | None]],
    shapes: Shapes | None = None,
    seed: int = 0,
) -> Edit:
    """Several faults, each with its places (None: all), one after the other.

    Raises:
        UsageError: one of them cannot be applied.
    """
    edit = Edit(graph)
    for fault, places in faults:
        edit = edit.joined(fault.apply(edit.graph, places, shapes, seed))
    return edit
