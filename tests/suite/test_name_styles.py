"""Name styles: one name per value, written as ports write them."""

from __future__ import annotations

import re

import pytest

from inspector.errors import UsageError
from inspector.suite.name_styles import STYLES, TELLING, NameStyle, Value, value_of
from inspector.suite.recording import record_run
from inspector.suite.seeded import MATCHA, SMALL, seeded_weights

QUERY = "step02/decoder.estimator.mid_blocks.1.1.0.attn1.to_q"
NORM = "step02/decoder.estimator.down_blocks.0.0.block1.block.2"
AFTER = "step02/ode.x_after"
ACT = "step02/decoder.estimator.down_blocks.0.0.block1.block.4"


def test_a_name_is_taken_apart():
    assert value_of("mu") == Value("mu", word="mu")
    assert value_of(AFTER) == Value(AFTER, 2, "x_after")
    assert value_of(QUERY) == Value(QUERY, 2, "", "mid_blocks.1.1.0.attn1.to_q")


@pytest.mark.parametrize(
    ("style", "query", "after", "norm"),
    [
        ("pytorch", QUERY, AFTER, NORM),
        ("snake-nested", "step02/decoder.mid_blocks.1.transformers.0.attention.query_proj",
         "step02/ode.x_after", "step02/decoder.down_blocks.0.resnet.block1.norm"),
        ("snake-glued", "step_2/mid_blocks_1.transformer_0.attn.q_proj", "step_2/x_after",
         "step_2/down_blocks_0.resnet.block1.norm"),
        ("camel-swift", "step2.midBlocks[1].transformers[0].attention.queryProj",
         "ode.step2.xAfter", "step2.downBlocks[0].resnet.block1.norm"),
        ("flat-files", "step7_step2_mid1_tfmr0_q", "step7_step2_x_after",
         "step7_step2_down0_block1_after_norm"),
    ],
)  # fmt: skip
def test_each_style_writes_as_its_program(style, query, after, norm):
    names = STYLES[style].names((QUERY, AFTER, NORM, ACT))
    assert (names[QUERY], names[AFTER], names[NORM]) == (query, after, norm)


@pytest.mark.parametrize("config", [SMALL, MATCHA])
@pytest.mark.parametrize("style", STYLES)
def test_no_name_is_used_twice_and_all_fit_a_file(style, config):
    recorded = record_run(config, seeded_weights(config), level="ops", frames=8)
    names = STYLES[style].names(recorded, "seed")
    assert list(names) == list(recorded)
    assert len(set(names.values())) == len(recorded)
    if STYLES[style].container == "npy":
        assert all(re.fullmatch(r"\w+", name) for name in names.values())


def test_without_causal_padding_the_norm_has_another_index():
    norm = "step01/decoder.estimator.down_blocks.0.0.block1.block.1"
    act = "step01/decoder.estimator.down_blocks.0.0.block1.block.2"
    names = STYLES["snake-nested"].names((norm, act))
    assert names[norm].endswith("block1.norm")
    assert names[act].endswith("block1.mish")


def test_random_names_say_nothing_and_come_from_the_seed():
    style = STYLES["random"]
    one, same, other = (style.names((QUERY, AFTER), seed) for seed in ("a", "a", "b"))
    assert one == same
    assert not set(one.values()) & set(other.values())
    assert all(re.fullmatch(r"t_[0-9a-f]{8}", name) for name in one.values())
    assert "random" not in TELLING


def test_a_style_that_names_two_values_alike_is_refused():
    with pytest.raises(UsageError, match="two values have this name"):
        NameStyle("same", lambda value, seed: "x").names((QUERY, AFTER))
