"""Stored names recognised as values of the decoder."""

from __future__ import annotations

import pytest

from inspector.blocks.decoder import step_graph
from inspector.live.node_names import NodeNames
from tests.blocks.seeded import MATCHA, SMALL

CAUSAL, MATCHED = NodeNames(step_graph(SMALL)), NodeNames(step_graph(MATCHA))


@pytest.mark.parametrize(
    ("stored", "node"),
    [
        ("step01/decoder.estimator.mid_blocks.0.0", "mid_blocks.0.0"),
        ("step01/mid_blocks.0.1.0.attn1.to_q", "mid_blocks.0.1.0.attn1.to_q"),
        ("flow.decoder.estimator.final_proj", "final_proj"),
        ("mid_blocks.0.1.0.attn1", "mid_blocks.0.1.0.attn1.to_out.0"),
        ("mid_blocks.0.1.0.attn1.to_out", "mid_blocks.0.1.0.attn1.to_out.0"),
        ("mid_blocks.0.1.0.ff", "mid_blocks.0.1.0.ff.net.2"),
        ("mid_blocks.0.1.0.ff.net", "mid_blocks.0.1.0.ff.net.2"),
        ("mid_blocks.0.0.mlp", "mid_blocks.0.0.mlp.1"),
        ("mid_blocks.0.0.block1.block", "mid_blocks.0.0.block1.block.4"),
        ("mid_blocks.0.0.block1", "mid_blocks.0.0.block1"),
        ("time_mlp", "time_mlp.linear_2"),
        ("midBlocks[0].0.resConv", "mid_blocks.0.0.res_conv"),
        ("mid_blocks.0.0.weight", None),
        ("mid_blocks.7.0", None),
        ("encoder.mid_blocks.0.0", None),
        ("", None),
    ],
)
def test_the_causal_decoder(stored, node):
    assert CAUSAL.find(stored) == node


def test_the_block_of_a_non_causal_decoder_ends_in_its_activation():
    assert MATCHED.find("mid_blocks.0.0.block1.block") == "mid_blocks.0.0.block1.block.2"


def test_every_node_is_found_by_its_own_name():
    for names, config in ((CAUSAL, SMALL), (MATCHED, MATCHA)):
        for node in step_graph(config).nodes:
            assert names.find(f"decoder.estimator.{node.name}") == node.name
