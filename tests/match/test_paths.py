"""Canonical module paths."""

import pytest

from inspector.match import aliases
from inspector.match.names import join, parse_name, tokenize
from inspector.match.paths import canonical_path, has_short_blocks, in_long_blocks


def canonical(name: str) -> str:
    return join(canonical_path(parse_name(name).tokens))


@pytest.mark.parametrize(
    "names",
    [
        (
            "flow.decoder.estimator.down_blocks.0.0.block1.block.0",
            "decoder.estimator.down_blocks.0.0.block1.block.0",
            "down_blocks_0.resnet.block1.conv.conv",
            "decoder.downBlocks[0].resnet.block1.conv.conv",
        ),
        ("down_blocks.0.0.block2.block.2", "downBlocks[0].resnet.block2.norm"),
        ("mid_blocks.11.0.mlp.1", "midBlocks[11].resnet.mlpLinear", "mid_blocks_11.resnet.mlp"),
        ("up_blocks.0.0.res_conv", "upBlocks[0].resnet.resConv"),
        (
            "mid_blocks.3.1.2.attn1.to_q",
            "midBlocks[3].transformers[2].attention.queryProj",
            "mid_blocks_3.transformer_2.attn.q_proj",
        ),
        ("mid_blocks.3.1.2.attn1.to_out.0", "mid_blocks_3.transformers_2.attn.out_proj"),
        ("mid_blocks.3.1.2.norm3", "midBlocks[3].transformers[2].norm2"),
        ("mid_blocks.3.1.2.ff.net.0.proj", "midBlocks[3].transformers[2].ff.layers[0]"),
        ("mid_blocks.3.1.2.ff.net.2", "midBlocks[3].transformers[2].ff.layers[1]"),
        ("up_blocks.0.2", "upBlocks[0].upLayer.conv"),
        ("final_block.block.0", "finalBlock.conv.conv"),
        ("decoder.estimator.final_proj", "decoder.finalProj"),
        ("encoder.encoders.0.norm_mha", "encoder.encoders_0.normMHA"),
        ("encoder.encoders.0.self_attn.linear_pos", "encoder.encoders_0.attn.linearPos"),
        ("step7a_d_down0_tfmr1", "down_blocks.0.1.1"),
        ("source_resblocks.0", "sourceResBlocks[0]"),
        ("tfmr_trace_output", "tfmr_trace_output_c_order"),
        ("mel_raw_BTC", "mel_raw"),
        ("swift_ode_h_input", "h_input"),
    ],
)
def test_names_of_one_module_meet(names):
    assert len({canonical(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("down_blocks.0.0", "mid_blocks.0.0"),
        ("mid_blocks.1.0", "mid_blocks.2.0"),
        ("mid_blocks.1.1.0", "mid_blocks.1.1.1"),
        ("down_blocks.0.0.block1.block.0", "down_blocks.0.0.block2.block.0"),
        ("down_blocks.0.0.block1.block.0", "down_blocks.0.0.block1.block.2"),
        ("a.attn1.to_q", "a.attn1.to_k"),
        ("a.norm1", "a.norm3"),
        ("a.ff.net.0.proj", "a.ff.net.2"),
        ("encoder.norm", "decoder.norm"),
        ("time_embeddings", "time_mlp"),
    ],
)
def test_different_modules_stay_apart(one, other):
    assert canonical(one) != canonical(other)


def test_something_always_stays():
    for name in ("decoder", "model.decoder.estimator", "d", "swift", "mel"):
        assert canonical_path(tokenize(name))


def test_every_row_of_the_table_works():
    for spelling, want in aliases.PATHS:
        got = canonical_path(("x", *spelling.replace("#", "7").split()))
        assert " ".join(got) == "x " + want.replace("#", "7")


@pytest.mark.parametrize(
    ("numbers", "short"),
    [("012", True), ("01", True), ("024", False), ("02", False), ("01234", False), ("0", False)],
)
def test_blocks_of_three_parts_are_told_from_those_of_five(numbers, short):
    names = [f"down_blocks.0.0.block1.block.{n}" for n in numbers]
    assert has_short_blocks(map(tokenize, names)) is short
    names = [f"final_block.block.{n}" for n in numbers]
    assert has_short_blocks(map(tokenize, names)) is short


def test_other_numbers_do_not_count_as_parts_of_a_block():
    assert not has_short_blocks([tokenize("down_blocks.0.1"), tokenize("encoder.block.1")])


def test_parts_of_a_short_block_get_the_words_of_a_long_one():
    words = ("conv", "norm", "act")
    for number, word in enumerate(words):
        path = in_long_blocks(tokenize(f"down_blocks.1.0.block1.block.{number}"))
        assert canonical_path(path) == ("down", "1", "resnet", "block1", word)
