"""Linear and convolution layers whose output reaches a recorded value unchanged."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.blocks.graph import Graph, Node

_PASSING = frozenset({"add", "apply_mask", "add_over_frames", "take_rows"})


@dataclass(frozen=True)
class Reachable:
    """A layer and what lies between its output and the recorded value.

    Attributes:
        node: the layer.
        masked: a mask multiplies it on the way.
        part: which share of the rows is recorded; None for all.
        parts: number of shares.
    """

    node: Node
    masked: bool
    part: int | None = None
    parts: int = 1


def reachable_layers(graph: Graph, target: str) -> tuple[Reachable, ...]:
    """Layers of `graph` whose output is part of a sum that `target` holds.

    Only additions, masks and the choice of rows lie between, so what the layer must have
    given follows from the recorded value.
    """
    found: list[Reachable] = []
    queue = [Reachable(graph.node(target), False)]
    while queue:
        at = queue.pop(0)
        node = at.node
        if node.op in ("linear", "conv1d"):
            found.append(at)
            continue
        if node.op not in _PASSING or node.constants.get("use", "both") != "both":
            continue
        if node.constants.get("factor", 1) != 1:
            continue
        masked = at.masked or node.op == "apply_mask"
        part, parts = at.part, at.parts
        if node.op == "take_rows":
            part, parts = int(node.constants["part"] or 0), int(node.constants["parts"] or 1)
        values = node.inputs[:1] if node.op in ("apply_mask", "take_rows") else node.inputs
        for name in values:
            if name in graph and (node.op != "add_over_frames" or name == node.inputs[0]):
                queue.append(Reachable(graph.node(name), masked, part, parts))
    return tuple(found)
