"""The shapes fit the graph, and PyTorch's own modules of the same constructor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.parameter_shapes import parameter_shapes
from tests.blocks.seeded import MATCHA, SMALL

CONFIGS = (
    SMALL, MATCHA, DecoderConfig(), replace(SMALL, channels=(16, 24, 32)),
    replace(MATCHA, channels=(24, 16), activation="gelu", mid_blocks=0),
)  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS)
def test_every_parameter_of_the_graph_has_a_shape_and_no_other(config: DecoderConfig) -> None:
    assert tuple(parameter_shapes(config)) == step_graph(config).keys()


def test_the_full_decoder_has_the_published_shapes() -> None:
    shapes = parameter_shapes(DecoderConfig())
    assert shapes["time_mlp.linear_1.weight"] == (1024, 320)
    assert shapes["down_blocks.0.0.block1.block.0.weight"] == (256, 320, 3)
    assert shapes["up_blocks.0.0.block1.block.0.weight"] == (256, 512, 3)
    assert shapes["mid_blocks.11.1.3.attn1.to_q.weight"] == (512, 256)
    assert shapes["mid_blocks.11.1.3.attn1.to_out.0.weight"] == (256, 512)
    assert shapes["up_blocks.0.1.0.ff.net.0.proj.weight"] == (1024, 256)
    assert shapes["final_proj.weight"] == (80, 256, 1)
    count = sum(1 for key in shapes if ".attn1." in key)
    assert count == 56 * 5


def test_levels_go_down_and_up_again() -> None:
    shapes = parameter_shapes(replace(SMALL, channels=(16, 24)))
    assert shapes["down_blocks.0.2.conv.weight"] == (16, 16, 3)
    assert shapes["down_blocks.1.2.weight"] == (24, 24, 3)
    assert shapes["mid_blocks.0.0.res_conv.weight"] == (24, 24, 1)
    assert shapes["up_blocks.0.0.res_conv.weight"] == (16, 48, 1)
    assert shapes["up_blocks.0.2.conv.weight"] == (16, 16, 4)
    assert shapes["up_blocks.1.0.res_conv.weight"] == (16, 32, 1)
    assert shapes["up_blocks.1.2.weight"] == (16, 16, 3)
