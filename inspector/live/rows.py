"""Conditional and unconditional rows: which values hold them and how to run on one kind."""

from __future__ import annotations

from inspector.blocks.graph import Graph, Node
from inspector.tensors import Array

BATCH_OPERATIONS = frozenset({"take_rows", "guide", "euler", "schedule", "step_time", "step_size"})
"""Operations whose value has B rows or none, not the R rows of the estimator."""


def has_rows(graph: Graph, name: str) -> bool:
    """True for values with R rows; ``side:name`` counts as the value that it stands for."""
    name = name.rpartition(":")[2]
    return name in graph and graph.node(name).op not in BATCH_OPERATIONS


def copies_of(graph: Graph) -> int:
    """R / B: 2 with an unconditional row, else 1."""
    for node in graph.nodes:
        if node.op == "rows":
            return int(node.constants.get("copies") or 1)
    return 1


def conditional_graph(graph: Graph) -> Graph:
    """The same computation on the conditional rows alone.

    What needs the unconditional rows (guidance and the Euler update) is left out.
    """
    if copies_of(graph) == 1:
        return graph
    lost: set[str] = set()
    kept = []
    for node in graph.nodes:
        other = node.op == "take_rows" and node.constants.get("part") != 0
        if other or lost & set(node.inputs):
            lost.add(node.name)
        else:
            kept.append(alone(node))
    return Graph(tuple(kept), graph.inputs)


def alone(node: Node) -> Node:
    """The node as it is without unconditional rows."""
    if node.op == "rows":
        return node.with_settings(copies=1)
    return node.with_settings(parts=1) if node.op == "take_rows" else node


def take(value: Array, rows: str, copies: int, by_rows: bool) -> Array:
    """The wanted rows of a value that holds all of them."""
    if rows == "both" or not by_rows or copies == 1:
        return value
    half = value.shape[0] // copies
    return value[:half] if rows == "cond" else value[half:]
