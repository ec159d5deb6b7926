"""The settings of a decoder, as values and as a file holds them."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields

import pytest

from inspector.blocks.config import DecoderConfig
from inspector.errors import UsageError
from tests.blocks.seeded import MATCHA, SMALL


def test_the_default_is_the_decoder_of_chatterbox():
    config = DecoderConfig()
    assert (config.mel_bins, config.in_channels, config.channels) == (80, 320, (256,))
    assert (config.heads, config.head_width, config.mid_blocks) == (8, 64, 12)
    assert config.blocks_per_stage == 4
    assert (config.causal, config.norm, config.activation) == (True, "layer", "gelu")
    assert (config.cfg_rate, config.steps, config.schedule) == (0.7, 10, "cosine")


@pytest.mark.parametrize("config", [DecoderConfig(), SMALL, MATCHA])
def test_a_file_gives_the_same_config_back(config):
    text = json.dumps(config.to_dict(), allow_nan=False)
    again = DecoderConfig.from_dict(json.loads(text))
    assert again == config
    assert hash(again) == hash(config)


def test_every_field_is_in_the_file():
    assert set(DecoderConfig().to_dict()) == {f.name for f in fields(DecoderConfig)}


def test_a_missing_value_keeps_its_default():
    assert DecoderConfig.from_dict({"heads": 4}) == DecoderConfig(heads=4)
    assert DecoderConfig.from_dict({}) == DecoderConfig()


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match=r"n_heads.*heads") as caught:
        DecoderConfig.from_dict({"n_heads": 4})
    assert caught.value.code == "config"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("norm", "batch"), ("activation", "snake"), ("attention_mask", "none"),
        ("schedule", "sine"), ("heads", 0), ("head_width", -1), ("mel_bins", 0),
        ("channels", ()), ("channels", (256, 0)), ("mid_blocks", -1), ("blocks_per_stage", -1),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(name, value):
    with pytest.raises(UsageError):
        DecoderConfig(**{name: value})


def test_a_config_does_not_change():
    config = DecoderConfig()
    with pytest.raises(FrozenInstanceError):
        config.heads = 4  # type: ignore[misc]  # that is the test


@pytest.mark.parametrize(
    "values",
    [
        {"channels": 256}, {"channels": None}, {"channels": [256, "a"]}, {"heads": "8"},
        {"heads": 2.5}, {"steps": True}, {"eps": "a"}, {"cfg_rate": "x"}, {"causal": 1},
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_a_sentence(values):
    with pytest.raises(UsageError, match=next(iter(values))):
        DecoderConfig.from_dict(values)
