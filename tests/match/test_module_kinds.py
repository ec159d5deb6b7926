"""Kinds of module, by the words and the indexes of a name."""

import pytest

from inspector.match.entries import entries_of
from inspector.match.module_kinds import kinds_apart
from inspector.match.roles import recognise
from tests.match.build import shapes_trace

BLOCK = "decoder.estimator.mid_blocks.0."


def entry(name):
    trace = shapes_trace({name: (2,)})
    return entries_of(trace, recognise(trace))[0]


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        (f"{BLOCK}0", "midBlocks[0].transformers[0]", ("ResNet", "transformer")),
        (f"{BLOCK}1.0", "mid0_resnet", ("transformer", "ResNet")),
        (f"{BLOCK}0.block1", "midBlocks[0].attention", ("ResNet", "transformer")),
        (f"{BLOCK}1.0.attn1", f"{BLOCK}1.0.ff.net.2", ("attention", "feed-forward")),
        (f"{BLOCK}1.0.norm3", "mid0_tfmr0_q", ("norm", "query projection")),
        (f"{BLOCK}1.0.attn1.to_k", "mid0_tfmr0_q", ("key projection", "query projection")),
        (
            f"{BLOCK}1.0.attn1.to_v",
            "midBlocks[0].transformers[0].attention.outProj",
            ("value projection", "output projection"),
        ),
        (f"{BLOCK}0.block1", "mid0_block1_after_norm", ("convolution block", "norm")),
        (f"{BLOCK}1.0", "mid0_tfmr0_after_norm1", ("transformer", "norm")),
        ("up_blocks.0.2", "up_blocks_0.resnet", ("down- or upsampling convolution", "ResNet")),
        ("final_block.block.0", "finalBlock.norm", ("convolution", "norm")),
    ],
)
def test_names_of_two_kinds_are_apart(one, other, kinds):
    assert kinds_apart(entry(one), entry(other)) == kinds
    assert kinds_apart(entry(other), entry(one)) == kinds[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{BLOCK}0", "mid0_resnet"),
        (f"{BLOCK}1.3", "midBlocks[0].transformers[3]"),
        (f"{BLOCK}0.block1.block.0", "d_mid0_resnet_conv1"),
        ("down_blocks.0.2", "downBlocks[0].downsample.conv"),
        (f"{BLOCK}1.0.attn1.to_out.0", "mid0_tfmr0_attn_output"),
        # a name that leaves the kind open
        (f"{BLOCK}0", "t_4c0ef5d9"),
        (f"{BLOCK}1.0.oak", f"{BLOCK}1.0.attn1"),
        ("mel", "mu"),
    ],
)
def test_one_kind_and_open_names_are_not_apart(one, other):
    assert kinds_apart(entry(one), entry(other)) is None
