"""Blocks by kind, what they read under short names, and one node in place of a block."""

from __future__ import annotations

import pytest

from inspector.blocks.decoder import step_graph
from inspector.live.block_kinds import (
    KINDS,
    block_kind,
    boundary,
    parameters,
    with_block_replaced,
)
from tests.blocks.seeded import MATCHA, SMALL

GRAPH, MATCHED = step_graph(SMALL), step_graph(MATCHA)


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        ("ode", "ode"), ("time_mlp", "time"), ("inputs", "inputs"), ("down_blocks.0.0", "resnet"),
        ("mid_blocks.11.1.3", "transformer"), ("mid_blocks.1.0", "resnet"),
        ("down_blocks.0.2", "conv"), ("up_blocks.1.2", "conv"), ("final_block", "final"),
        ("final_proj", "final"),
    ],
)  # fmt: skip
def test_kinds(block, kind):
    assert block_kind(block) == kind


@pytest.mark.parametrize("graph", [GRAPH, MATCHED])
def test_every_block_has_a_kind_and_short_names(graph):
    for block in graph.blocks:
        assert block_kind(block) in KINDS
        short = [name for name, _ in boundary(graph, block)]
        assert len(short) == len(set(short))
        inside = {node.name for node in graph.of_block(block)}
        read = {n for node in graph.of_block(block) for n in node.inputs} - inside
        assert {name for _, name in boundary(graph, block)} == read


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("mid_blocks.0.1.0", {"h": "mid_blocks.0.0", "mask": "rows.mask"}),
        ("mid_blocks.1.0", {"h": "mid_blocks.0.1.0", "mask": "rows.mask",
                            "time": "time_mlp.linear_2"}),
        ("up_blocks.0.0", {"h": "mid_blocks.1.1.0", "skip": "down_blocks.0.1.0",
                           "mask": "rows.mask", "time": "time_mlp.linear_2"}),
        ("time_mlp", {"t": "rows.t"}),
        ("inputs", {"x": "rows.x", "mu": "rows.mu", "speaker": "rows.speaker",
                    "cond": "rows.cond"}),
        ("final_block", {"h": "up_blocks.0.2", "mask": "rows.mask"}),
    ],
)  # fmt: skip
def test_what_a_block_reads(block, expected):
    assert dict(boundary(GRAPH, block)) == expected


def test_parameters_have_the_keys_of_the_block():
    keys = dict(parameters(GRAPH, "mid_blocks.0.1.0"))
    assert keys["attn1.to_q.weight"] == "mid_blocks.0.1.0.attn1.to_q.weight"
    assert "norm1.bias" in keys
    assert dict(parameters(GRAPH, "down_blocks.0.2"))["weight"] == "down_blocks.0.2.weight"


def test_a_replaced_block_is_one_node():
    graph = with_block_replaced(GRAPH, "mid_blocks.0.1.0")
    nodes = graph.of_block("mid_blocks.0.1.0")
    assert [(n.name, n.op) for n in nodes] == [("mid_blocks.0.1.0", "user_block")]
    assert nodes[0].inputs == ("mid_blocks.0.0", "rows.mask")
    assert len(graph) == len(GRAPH) - len(GRAPH.of_block("mid_blocks.0.1.0")) + 1


def test_a_value_that_others_read_stays():
    graph = with_block_replaced(MATCHED, "down_blocks.0.2")
    assert [n.name for n in graph.of_block("down_blocks.0.2")] == [
        "down_blocks.0.2", "down_blocks.0.mask",
    ]  # fmt: skip
    assert graph.cut(["velocity"]).inputs == MATCHED.cut(["velocity"]).inputs
