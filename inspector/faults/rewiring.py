"""A graph with some nodes replaced or added, put back into an order of computation."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.blocks.graph import Graph, Node
from inspector.errors import UsageError


def rewired(graph: Graph, nodes: Mapping[str, Node]) -> Graph:
    """`graph` with `nodes` in place of those of the same name and new ones beside their readers.

    The order stays as it was except where a node now reads a later one.

    Raises:
        UsageError: the nodes would read each other in a circle.
    """
    merged = {n.name: nodes.get(n.name, n) for n in graph.nodes}
    merged |= nodes
    placed: dict[str, Node] = {}
    open_names: set[str] = set()
    for first in (*(n.name for n in graph.nodes), *nodes):
        stack = [first]
        while stack:
            name = stack[-1]
            if name in placed:
                stack.pop()
                continue
            waiting = [i for i in merged[name].inputs if i in merged and i not in placed]
            if not waiting:
                placed[name] = merged[name]
                open_names.discard(name)
                stack.pop()
                continue
            open_names.add(name)
            if any(i in open_names for i in waiting):
                raise UsageError("circle", name, "the changed nodes read each other in a circle")
            stack.extend(reversed(waiting))
    return Graph(tuple(placed.values()), graph.inputs)
