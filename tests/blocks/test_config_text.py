"""Settings are found under their own names, a constructor's, and deeper in the file."""

from __future__ import annotations

import pytest

from inspector.blocks.config_text import read_settings
from inspector.errors import UsageError
from tests.blocks.seeded import MATCHA, SMALL

CHATTERBOX = {
    "in_channels": 320, "out_channels": 80, "causal": True, "channels": [256], "dropout": 0.0,
    "attention_head_dim": 64, "n_blocks": 4, "num_mid_blocks": 12, "num_heads": 8,
    "act_fn": "gelu",
}  # fmt: skip
READ = {
    "in_channels": 320, "mel_bins": 80, "causal": True, "channels": (256,), "head_width": 64,
    "blocks_per_stage": 4, "mid_blocks": 12, "heads": 8, "activation": "gelu",
}  # fmt: skip


def test_the_names_of_a_constructor():
    assert read_settings(CHATTERBOX, "x") == READ


@pytest.mark.parametrize("config", [SMALL, MATCHA])
def test_the_names_of_our_own(config):
    assert read_settings(config.to_dict(), "x") == {
        **config.to_dict(), "channels": config.channels
    }  # fmt: skip


def test_settings_lie_deeper_and_the_solver_beside():
    values = {
        "encoder": {"num_heads": 3, "act_fn": "swish"},
        "flow": {"decoder": {"estimator": CHATTERBOX, "cfm_params": {"inference_cfg_rate": 0.5,
                                                                     "t_scheduler": "linear"}}},
    }  # fmt: skip
    assert read_settings(values, "x") == {**READ, "cfg_rate": 0.5, "schedule": "linear"}


def test_one_width_may_stand_for_one_level():
    assert read_settings({"channels": 96}, "x") == {"channels": (96,)}
    assert read_settings({"act_fn": "gelu-approximate", "n_blocks": 0}, "x") == {
        "activation": "gelu_tanh", "blocks_per_stage": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([], "not a table"), (None, "not a table"), ({}, "no setting"),
        ({"a": {"b": 1}}, "no setting"),
        ({"channels": []}, "channels"), ({"channels": [True]}, "channels"),
        ({"channels": [2**40]}, "channels"), ({"channels": [1] * 99}, "channels"),
        ({"num_heads": 0}, "heads"), ({"num_heads": "8"}, "heads"), ({"num_heads": True}, "heads"),
        ({"causal": 1}, "causal"), ({"n_blocks": -1}, "blocks_per_stage"),
        ({"eps": -1.0}, "eps"), ({"eps": None}, "eps"), ({"act_fn": "swish"}, "activation"),
        ({"act_fn": ["gelu"]}, "activation"), ({"norm": {"a": 1}}, "norm"),
        ({"num_heads": 8, "heads": 4}, "twice"), ({"t_scheduler": "sigmoid"}, "schedule"),
        ({"num_heads": float("nan")}, "heads"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_a_sentence(values, word):
    with pytest.raises(UsageError) as caught:
        read_settings(values, "file.json")
    assert caught.value.code == "config"
    assert word in caught.value.sentence


def test_no_guidance_is_a_statement():
    assert read_settings({"cfg_rate": None}, "x") == {"cfg_rate": None}


def test_a_deep_table_ends():
    values: dict = {}
    inner = values
    for _ in range(500):
        inner["a"] = {}
        inner = inner["a"]
    inner["num_heads"] = 3
    with pytest.raises(UsageError):
        read_settings(values, "x")
