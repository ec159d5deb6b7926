"""Where a fault acts: nodes, blocks, inputs."""

from __future__ import annotations

from inspector.blocks.decoder import step_graph
from inspector.faults.edit import WeightChange
from inspector.faults.scope import (
    constants,
    conv_blocks,
    inputs,
    named,
    nodes,
    resnets,
    reweighted,
    transformers,
)
from tests.blocks.seeded import SMALL

GRAPH = step_graph(SMALL)


def test_a_node_that_would_stay_the_same_is_no_place():
    scope = constants(nodes("guide"), rate=0.7)
    assert scope.places(GRAPH, {}) == ()
    assert constants(nodes("guide"), rate=0.5).places(GRAPH, {}) == ("ode.v_cfg",)


def test_nodes_are_chosen_by_all_that_is_given():
    select = nodes("conv1d", "causal_conv", ends=".block.0", left=2)
    found = [n.name for n in GRAPH.nodes if select(n)]
    assert found == [n.name for n in GRAPH.nodes if n.name.endswith(".block.0")]
    assert not [n for n in GRAPH.nodes if nodes("conv1d", left=5)(n)]


def test_an_edit_changes_only_the_chosen_places():
    scope = constants(nodes("apply_mask"), mode="none")
    places = scope.places(GRAPH, {})
    edit = scope.edit(GRAPH, places[:1], {})
    changed = [n.name for n in edit.graph.nodes if GRAPH.node(n.name) != n]
    assert changed == list(places[:1])


def test_nodes_without_changes_are_no_place_for_weights():
    scope = reweighted(
        lambda n: True,
        lambda n, _: (WeightChange("k", "zero"),) if n.name == "final_proj" else (),
    )
    assert scope.places(GRAPH, {}) == ("final_proj",)


def test_inputs_are_found_with_and_without_rows():
    scope = inputs("mask", "ones")
    assert scope.places(GRAPH, {}) == ("mask",)
    part = GRAPH.cut(["down_blocks.0.0"], ["rows.mask", "inputs.concat", "time_mlp.linear_2"])
    assert scope.places(part, {}) == ("rows.mask",)


def test_names_need_their_companions():
    assert named("ode.t", needs=("ode.dt",))(GRAPH) == ("ode.t",)
    assert named("ode.t", needs=("nothing",))(GRAPH) == ()


def test_blocks_of_a_kind():
    assert transformers(GRAPH) == tuple(b for b in GRAPH.blocks if b.count(".") == 3)
    assert resnets(GRAPH) == tuple(
        b for b in GRAPH.blocks if b.endswith(".0") and b.count(".") == 2
    )
    assert "final_block" in conv_blocks(GRAPH)
    assert "mid_blocks.0.0.block2" in conv_blocks(GRAPH)
    assert transformers(GRAPH.cut(["ode.t"])) == ()
