"""The configuration comes back from shapes, with what they cannot tell said or stated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.blocks.config import DecoderConfig
from inspector.blocks.config_from_shapes import infer_config
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.errors import UsageError
from tests.blocks.seeded import MATCHA, SMALL

UNTOLD = ("heads", "steps")
FULL = DecoderConfig()


def infer(config, given=None, norm_index="own", **options):
    index = (2 if config.causal else 1) if norm_index == "own" else norm_index
    return infer_config(parameter_shapes(config), given or {}, "file", norm_index=index, **options)


@pytest.mark.parametrize(
    "config",
    [FULL, SMALL, MATCHA,
     replace(FULL, channels=(256, 256), causal=False, norm="group", mid_blocks=1),
     replace(FULL, in_channels=160, speaker=False, cond=False)],
)  # fmt: skip
def test_the_published_structures(config):
    found, notes = infer(config, {"heads": config.heads, "steps": config.steps})
    assert found == config
    assert not any("heads" in note for note in notes)


def test_the_usual_head_width_is_assumed_and_said():
    found, notes = infer(FULL)
    assert (found.heads, found.head_width) == (8, 64)
    assert any("8 heads of 64 are assumed" in note for note in notes)


def test_an_unusual_width_needs_a_statement():
    with pytest.raises(UsageError) as caught:
        infer(SMALL)
    assert caught.value.code == "config"
    assert "num_heads" in caught.value.sentence
    found, notes = infer(SMALL, needs_heads=False)
    assert (found.heads, found.head_width) == (1, 16)
    assert any("one head is assumed" in note for note in notes)
    assert infer(SMALL, {"head_width": 4})[0].heads == 4


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"mel_bins": 9}, "mel_bins"), ({"in_channels": 33}, "in_channels"),
        ({"channels": (16, 16)}, "16x16"), ({"blocks_per_stage": 2}, "blocks_per_stage"),
        ({"mid_blocks": 10**6}, "mid_blocks"), ({"time_width": 64}, "time_width"),
        ({"heads": 3}, "3 heads"), ({"heads": 2, "head_width": 16}, "2 heads of 16"),
        ({"head_width": 5}, "heads of 5"), ({"activation": "snakebeta"}, "snakebeta"),
        ({"causal": False}, "causal"), ({"speaker": False}, "prompt mel"),
        ({"cond": False, "speaker": False}, "neither"),
        ({"norm": "group", "groups": 5}, "5 groups"),
    ],
)  # fmt: skip
def test_a_contradiction_is_a_sentence(given, word):
    with pytest.raises(UsageError) as caught:
        infer(SMALL, {"heads": 2, **given})
    assert caught.value.code == "config"
    assert word in caught.value.sentence
    assert "parameters" in caught.value.sentence


@pytest.mark.parametrize(("rest", "expected"), [
    (0, (False, False)), (5, (True, False)), (8, (True, False)), (13, (True, True)),
    (16, (True, True)),
])  # fmt: skip
def test_inputs_beside_state_and_mu(rest, expected):
    config = replace(SMALL, in_channels=16 + rest)
    found, notes = infer(config, {"heads": 2})
    assert (found.speaker, found.cond) == expected
    assert any("beside state and mu" in n for n in notes) == (rest == 8)


def test_as_many_channels_as_bins_may_be_the_prompt():
    found, _ = infer(replace(SMALL, in_channels=24), {"heads": 2, "cond": True})
    assert (found.speaker, found.cond) == (False, True)


def test_too_few_inputs_are_a_sentence():
    with pytest.raises(UsageError) as caught:
        infer(replace(SMALL, in_channels=15), {"heads": 2})
    assert "twice the bins" in caught.value.sentence


def test_without_an_index_the_levels_tell_the_variant():
    one, said = infer(SMALL, {"heads": 2}, norm_index=None)
    assert (one.causal, one.norm) == (True, "layer")
    assert any("causal is assumed" in note for note in said)
    two, said = infer(MATCHA, {"heads": 2}, norm_index=None)
    assert (two.causal, two.norm) == (False, "group")
    assert infer(SMALL, {"heads": 2, "causal": True}, norm_index=None)[0].causal


@pytest.mark.parametrize(
    ("lost", "word"),
    [("final_proj", "mel bins"), ("time_mlp", "time embedding"), ("down_blocks", "channels"),
     ("attn1", "heads")],
)  # fmt: skip
def test_a_part_of_a_decoder_is_a_sentence(lost, word):
    shapes = {k: v for k, v in parameter_shapes(SMALL).items() if lost not in k}
    if lost == "time_mlp":
        shapes = {k: v for k, v in shapes.items() if ".mlp." not in k}
    with pytest.raises(UsageError) as caught:
        infer_config(shapes, {}, "file", norm_index=2)
    assert word in caught.value.sentence


def test_settings_of_the_solver_follow_the_family():
    matcha, notes = infer(MATCHA, {"heads": 2})
    assert (matcha.attention_mask, matcha.cfg_rate, matcha.schedule) == ("added_01", None, "linear")
    assert any("Matcha-TTS are used" in note for note in notes)
    chatterbox, _ = infer(FULL, {"cfg_rate": 0.5})
    assert (chatterbox.attention_mask, chatterbox.cfg_rate) == ("additive", 0.5)
