"""Graphs with nodes replaced and added."""

from __future__ import annotations

import pytest

from inspector.blocks.graph import Graph, Node
from inspector.errors import UsageError
from inspector.faults.rewiring import rewired


def _node(name, *inputs):
    return Node(name, "s", "add", inputs)


GRAPH = Graph((_node("a", "x"), _node("b", "a"), _node("c", "b")), ("x",))


def test_order_stays_when_nothing_moves():
    assert rewired(GRAPH, {"b": _node("b", "x")}).nodes[1].inputs == ("x",)
    assert [n.name for n in rewired(GRAPH, {"b": _node("b", "x")}).nodes] == ["a", "b", "c"]


def test_a_new_node_stands_before_its_reader():
    graph = rewired(GRAPH, {"new": _node("new", "a"), "c": _node("c", "new")})
    assert [n.name for n in graph.nodes] == ["a", "b", "new", "c"]


def test_a_node_that_reads_a_later_one_moves_behind_it():
    graph = rewired(GRAPH, {"b": _node("b", "c"), "c": _node("c", "a")})
    assert [n.name for n in graph.nodes] == ["a", "c", "b"]


def test_a_circle_is_refused():
    with pytest.raises(UsageError, match="circle"):
        rewired(GRAPH, {"a": _node("a", "c")})


def test_a_node_that_reads_itself_is_refused():
    with pytest.raises(UsageError, match="circle"):
        rewired(GRAPH, {"a": _node("a", "a")})
