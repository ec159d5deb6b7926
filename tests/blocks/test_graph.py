"""A graph is cut, changed and asked without ever computing anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.blocks.decoder import step_graph
from inspector.blocks.graph import Graph, Node
from inspector.blocks.implementations import backend
from inspector.errors import UsageError
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.blocks.walk import random_inputs, walk

CHAIN = Graph(
    (
        Node("a", "s", "linear", ("x",), (("weight", "a.weight"), ("bias", "a.bias")), (), "one"),
        Node("b", "s", "activation", ("a",), (), (("kind", "mish"),), "one.0"),
        Node("c", "s", "add", ("b", "a"), (), (), "one.0"),
        Node("d", "s", "add", ("c", "y"), (("weight", "a.weight"),), (), "one.01"),
        Node("e", "s", "activation", ("a",), (), (), "two"),
    ),
    ("x", "y"),
)


def names(graph):
    return [node.name for node in graph.nodes]


def test_a_node_knows_its_constants_and_keys():
    node = CHAIN.node("a")
    assert node.key("bias") == "a.bias"
    assert node.key("scale") is None
    assert dict(CHAIN.node("b").constants) == {"kind": "mish"}


def test_changes_of_a_node_leave_the_node_itself():
    node = CHAIN.node("b")
    changed = node.with_settings(kind="silu", other=1)
    assert changed.settings == (("kind", "silu"), ("other", 1))
    assert node.settings == (("kind", "mish"),)
    assert CHAIN.node("c").with_input(1, "x").inputs == ("b", "x")
    assert CHAIN.node("a").without_param("bias").params == (("weight", "a.weight"),)


def test_nodes_are_found_by_name():
    assert "c" in CHAIN
    assert "x" not in CHAIN
    assert len(CHAIN) == 5
    assert CHAIN.position("d") == 3
    for ask in (CHAIN.node, CHAIN.position, CHAIN.block_output):
        with pytest.raises(UsageError, match="nothing"):
            ask("nothing")


def test_a_stage_holds_its_blocks_and_no_other_with_the_same_beginning():
    assert [n.name for n in CHAIN.of_block("one")] == ["a", "b", "c", "d"]
    assert [n.name for n in CHAIN.of_block("one.0")] == ["b", "c"]
    assert CHAIN.block_output("one.0") == "c"
    assert CHAIN.blocks == ("one", "one.0", "one.01", "two")


@pytest.mark.parametrize(
    ("block", "output"),
    [("down_blocks.0.2", "down_blocks.0.2"), ("down_blocks.0", "down_blocks.0.2"),
     ("mid_blocks.0", "mid_blocks.0.1.0"), ("final_proj", "final_proj"),
     ("time_mlp", "time_mlp.linear_2"), ("inputs", "inputs.concat"), ("ode", "ode.x_after")],
)  # fmt: skip
def test_a_block_hands_on_its_own_value_and_not_the_mask_after_it(block, output):
    graph = step_graph(MATCHA)
    assert graph.block_output(block) == output
    if block.startswith("down"):
        assert graph.of_block(block)[-1].name == "down_blocks.0.mask"


def test_a_cut_keeps_what_the_outputs_need():
    cut = CHAIN.cut(["c"])
    assert names(cut) == ["a", "b", "c"]
    assert cut.inputs == ("x",)


def test_a_cut_stops_at_given_values():
    cut = CHAIN.cut(["d"], given=["a"])
    assert names(cut) == ["b", "c", "d"]
    assert cut.inputs == ("y", "a")
    assert names(CHAIN.cut(["d"], given=["c"])) == ["d"]


def test_a_given_output_is_computed_again_and_read_as_given():
    cut = CHAIN.cut(["a", "b"], given=["a"])
    assert names(cut) == ["a", "b"]
    assert cut.inputs == ("x", "a")


def test_an_unknown_output_is_refused():
    with pytest.raises(UsageError, match="nothing"):
        CHAIN.cut(["nothing"])


def test_a_change_reaches_the_named_nodes_alone():
    changed = CHAIN.change(["b", "e"], lambda node: node.with_settings(kind="relu"))
    assert [dict(n.settings).get("kind") for n in changed.nodes] == [
        None, "relu", None, None, "relu",
    ]  # fmt: skip
    assert changed != CHAIN
    assert changed.node("c") is CHAIN.node("c")


def test_equal_graphs_are_one_key():
    again = CHAIN.change(["a"], lambda node: node)
    assert again == CHAIN
    assert hash(again) == hash(CHAIN)
    assert hash(CHAIN.cut(["c"])) != hash(CHAIN)


def test_a_key_read_twice_is_listed_once():
    assert CHAIN.keys() == ("a.weight", "a.bias")


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_cut_computes_the_same_values(data):
    """Any output from any known values before it: equal to the whole run, bit by bit."""
    graph, b = step_graph(SMALL), backend("torch")
    whole = _whole()
    order = [node.name for node in graph.nodes]
    known = data.draw(st.lists(st.sampled_from(order), max_size=4, unique=True))
    output = data.draw(st.sampled_from(order))
    cut = graph.cut([output], known)
    assert set(cut.inputs) <= {*graph.inputs, *known}
    made = walk(cut, whole, seeded_weights(SMALL), b)
    np.testing.assert_array_equal(b.take(made[output]), b.take(whole[output]))


_CACHE: dict = {}


def _whole():
    if not _CACHE:
        given_values, b = random_inputs(SMALL, 5, step=2), backend("torch")
        _CACHE.update(given_values)
        _CACHE.update(walk(step_graph(SMALL), given_values, seeded_weights(SMALL), b))
    return _CACHE
