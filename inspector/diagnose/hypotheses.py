"""Faults that could act on one cell: which of them touch its part of the decoder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from inspector.blocks.graph import Graph
from inspector.errors import UsageError
from inspector.faults.edit import Edit
from inspector.faults.fault import Fault
from inspector.live.isolation import Cut


@dataclass(frozen=True)
class Touched:
    """What an edit changes: nodes, checkpoint keys and inputs."""

    nodes: frozenset[str]
    keys: frozenset[str]
    inputs: frozenset[str]

    def meets(self, cut: Cut) -> bool:
        """True when the edit changes something inside `cut` or its inputs."""
        if self.inputs and not self.inputs.isdisjoint(cut.graph.inputs):
            return True
        return any(
            n.name in self.nodes or any(key in self.keys for _, key in n.params)
            for n in cut.graph.nodes
        )


def touched(graph: Graph, edit: Edit) -> Touched:
    """What `edit` changes of `graph`."""
    before = {n.name: n for n in graph.nodes}
    nodes = {n.name for n in edit.graph.nodes if before.get(n.name) != n}
    return Touched(
        frozenset(nodes),
        frozenset(c.key for c in edit.weights),
        frozenset(c.name for c in edit.inputs),
    )


@dataclass(frozen=True)
class Hypothesis:
    """A fault at some of its places.

    Attributes:
        fault: the fault.
        places: where it is applied.
        edit: the changed step.
        touched: what the edit changes.
    """

    fault: Fault
    places: tuple[str, ...]
    edit: Edit
    touched: Touched

    def __hash__(self) -> int:
        return hash((self.fault.key, self.places))


@dataclass(frozen=True)
class Options:
    """What can be tried on a cut.

    Attributes:
        together: each fault at all its places inside the cut.
        alone: each fault that has several places there, at one of them.
    """

    together: tuple[Hypothesis, ...]
    alone: tuple[Hypothesis, ...]


class Hypotheses:
    """All faults at all their places, made once for a decoder.

    Args:
        graph: the step graph.
        shapes: shapes of the weights.
        faults: the faults to try.
    """

    def __init__(
        self, graph: Graph, shapes: dict[str, tuple[int, ...]], faults: Iterable[Fault]
    ) -> None:
        self.graph = graph
        self.shapes = shapes
        self.faults = tuple(faults)
        self._made: dict[tuple[str, tuple[str, ...]], Hypothesis] = {}

    @cached_property
    def places(self) -> dict[str, tuple[str, ...]]:
        """Places of every fault that can act on this decoder."""
        found = {f.key: f.places(self.graph, self.shapes) for f in self.faults}
        return {key: places for key, places in found.items() if places}

    def make(self, fault: Fault, places: tuple[str, ...]) -> Hypothesis | None:
        """`fault` at `places`; None when it cannot be applied there together."""
        key = (fault.key, places)
        if key not in self._made:
            try:
                edit = fault.apply(self.graph, places, self.shapes)
            except UsageError:
                return None
            self._made[key] = Hypothesis(fault, places, edit, touched(self.graph, edit))
        return self._made[key]

    def singles(self, cut: Cut, *, random: bool = False) -> Options:
        """Every fault that acts on `cut`: at all its places inside it, and at each alone.

        Args:
            cut: the part of the decoder.
            random: faults that draw values instead of those that do not.
        """
        together: list[Hypothesis] = []
        alone: list[Hypothesis] = []
        for fault in self.faults:
            places = self.places.get(fault.key)
            if not places or fault.random != random:
                continue
            inside = []
            for place in places:
                one = self.make(fault, (place,))
                if one is not None and one.touched.meets(cut):
                    inside.append(one)
            if len(inside) == 1:
                together += inside
            elif inside:
                widest = self.make(fault, tuple(h.places[0] for h in inside))
                together += [widest] if widest is not None else []
                alone += inside
        return Options(tuple(together), tuple(alone))

    def joined(self, first: Hypothesis, second: Hypothesis) -> Edit | None:
        """Both at once; None when they cannot be."""
        try:
            after = second.fault.apply(first.edit.graph, second.places, self.shapes)
        except UsageError:
            return None
        return first.edit.joined(after)
