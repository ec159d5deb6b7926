"""Recorded values in place of what single nodes read: the choice ``source`` of a plan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from inspector.blocks.graph import Graph
from inspector.errors import TraceError
from inspector.live.binding import BoundSide, BoundValue
from inspector.live.execution import execute
from inspector.live.lab import Lab
from inspector.live.part import Part
from inspector.live.plan import RunPlan
from inspector.live.rows import copies_of, has_rows
from inspector.tensors import Array

_NAMED = 4
"""How many values a sentence names."""


@dataclass(frozen=True)
class Unrecorded:
    """A value that a node was to read from a trace that does not hold it.

    Attributes:
        side: ``reference`` or ``candidate``.
        name: of the value.
        rows: the trace holds its conditional rows alone, and the run needs all.
    """

    side: str
    name: str
    rows: bool = False


def with_slot_sources(
    part: Part, plan: RunPlan, lab: Lab
) -> tuple[Part, tuple[Unrecorded, ...]]:  # fmt: skip
    """`part` with recorded values where choices of `plan` ask for them, and what was missing.

    A node with a source reads ``side:name``, a new input of the graph, instead of ``name``.

    Raises:
        UsageError: a choice names a trace that was not given.
    """
    taken: dict[str, Array] = {}
    missing: dict[Unrecorded, None] = {}
    nodes = []
    for node in part.graph.nodes:
        side = plan.choice(node.name, node.slot).source
        inputs = list(node.inputs)
        if side in ("reference", "candidate"):
            bound = lab.side(side)
            for position, name in enumerate(node.inputs):
                if name == "step":  # a number, the same on both sides
                    continue
                value = _recorded(lab, bound, name, part.step)
                fitted = None if value is None else _fitted(lab, bound, name, value, part)
                if fitted is None:
                    missing[Unrecorded(side, name, rows=value is not None)] = None
                else:
                    inputs[position] = f"{side}:{name}"
                    taken[inputs[position]] = fitted
        nodes.append(replace(node, inputs=tuple(inputs)))
    if not taken:
        return part, tuple(missing)
    start = part.graph.inputs
    graph = Graph(tuple(nodes), (*start, *taken)).cut(part.names, start)
    return replace(part, graph=graph, given={**part.given, **taken}), tuple(missing)


def can_read(lab: Lab, side: BoundSide, node: str, step: int) -> bool:
    """True where a trace recorded any input of a node at `step` (from 0)."""
    names = lab.graph.node(node).inputs
    return any(_bound(lab, side, name, step) is not None for name in names)


def unrecorded_sentences(missing: Collection[Unrecorded], *, steps: int) -> tuple[str, ...]:
    """One sentence for each trace that lacks something, given how many steps ran."""
    sentences = []
    for side in dict.fromkeys(entry.side for entry in missing):
        found = [e.name + " in all rows" * e.rows for e in missing if e.side == side]
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        every = " at every step" if steps > 1 else ""
        sentences.append(
            f"The {side} did not record {', '.join(found[:_NAMED])}{more}{every}; what this run "
            "computed was read there."
        )
    return tuple(sentences)


def _bound(lab: Lab, side: BoundSide, name: str, step: int) -> BoundValue | None:
    """What a trace holds of a value; of rows, also the input that they are made of."""
    found = side.get(name, step)
    if found is None and name in lab.graph and lab.graph.node(name).op == "rows":
        found = side.get(lab.graph.node(name).inputs[0], step)
    return found


def _recorded(lab: Lab, side: BoundSide, name: str, step: int) -> Array | None:
    found = _bound(lab, side, name, step)
    try:
        value = None if found is None else found.read()
    except TraceError:
        return None
    if value is None or side.get(name, step) is not None:
        return value
    rows = lab.graph.node(name)
    return execute(Graph((rows,), rows.inputs), {rows.inputs[0]: value}, lab.store)[name]


def _fitted(lab: Lab, side: BoundSide, name: str, value: Array, part: Part) -> Array | None:
    """`value` in the rows that `part` runs on; None where it lacks some."""
    copies = copies_of(lab.graph)
    if copies == 1 or not has_rows(lab.graph, name):
        return value
    states = (side.get(state, part.step) for state in ("x", "mask"))
    batch = next((len(state.read()) for state in states if state is not None), 1)
    if part.rows == "cond":
        return value[:batch]
    return value if len(value) == batch * copies else None
