"""Every key is found again in every known spelling, and other names are not taken for it."""

from __future__ import annotations

import pytest

from inspector.blocks.parameter_names import name_words, parse_name, settle_key
from inspector.blocks.parameter_shapes import parameter_shapes
from tests.blocks.port_names import STYLES
from tests.blocks.seeded import MATCHA, SMALL

PREFIXES = ("", "decoder.estimator.", "flow.decoder.estimator.", "s3gen.flow.decoder.estimator.")


@pytest.mark.parametrize("config", [SMALL, MATCHA], ids=["causal", "matcha"])
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("style", STYLES)
def test_every_spelling_of_every_key(style, prefix, config):
    for key in parameter_shapes(config):
        found = parse_name(prefix + STYLES[style](key))
        assert found is not None, STYLES[style](key)
        settled = settle_key(found.key, causal=config.causal, levels=len(config.channels))
        assert settled == key
        assert found.prefix.startswith(prefix)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("decoder.down_blocks_0.transformer_0.attn.query_proj.weight",
         "down_blocks.0.1.0.attn1.to_q.weight"),
        ("s3gen.flow.decoder.estimator.down_blocks_0.resnet.mlp_linear.weight",
         "down_blocks.0.0.mlp.1.weight"),
        ("midBlocks.11.transformers.3.norm2.bias", "mid_blocks.11.1.3.norm3.bias"),
        ("mid_blocks.0.1.0.norm2.gamma", "mid_blocks.0.1.0.norm3.weight"),
        ("timeMLP.linear1.weight", "time_mlp.linear_1.weight"),
        ("time_mlp.layers.2.bias", "time_mlp.linear_2.bias"),
        ("up_blocks.0.1.0.ff.net.0.alpha", "up_blocks.0.1.0.ff.net.0.alpha"),
        ("finalBlock.norm.weight", "final_block.block.norm.weight"),
        ("down_blocks.0.upsample.conv.weight", "down_blocks.0.resample.weight"),
    ],
)  # fmt: skip
def test_names_of_known_ports(name, key):
    found = parse_name(name)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "name",
    ["", "weight", "encoder.embed.out.0.weight", "mel2wav.conv_pre.weight", "down_blocks.0.weight",
     "down_blocks.0.9.3.attn1.to_q.weight", "mid_blocks.0.2.weight", "final_proj.running_mean",
     "mid_blocks.99999.0.block1.block.0.weight", "time_mlp.linear_3.weight", "up.0.0.weight",
     "\0\ud800" * 50, "down_blocks." * 1000],
)  # fmt: skip
def test_other_names_are_no_parameter(name):
    assert parse_name(name) is None


def test_the_index_of_the_norm_is_read_where_pytorch_writes_it():
    def index(name):
        found = parse_name(name)
        return found and found.norm_index

    assert index("a.down_blocks.0.0.block1.block.2.weight") == 2
    assert index("final_block.block.1.bias") == 1
    assert index("final_block.norm.bias") is None
    assert index("down_blocks.0.0.block1.block.0.weight") is None


def test_a_long_name_takes_no_time():
    assert parse_name("down_blocks.0." + "conv." * 800 + "weight") is None


def test_words_ignore_case_and_separators():
    assert name_words("downBlocks[0].resConv_1") == name_words("down_blocks.0.res_conv1")
    assert name_words("a.b") != name_words("a.c")
