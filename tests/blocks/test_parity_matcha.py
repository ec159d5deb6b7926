"""The non-causal decoder of two levels equals the source semantics of Matcha-TTS."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.implementations import backend
from tests.blocks.chatterbox_package import channels_first, filled, package
from tests.blocks.matcha_reference import Reference
from tests.blocks.seeded import MATCHA, seeded_weights
from tests.blocks.walk import random_inputs, relative_l2, walk

PLAIN = replace(MATCHA, time_width=4 * MATCHA.channels[0])
SPEAKER = replace(PLAIN, speaker=True, in_channels=3 * MATCHA.mel_bins)
FULL = DecoderConfig(
    in_channels=240, channels=(256, 256), heads=2, blocks_per_stage=1, mid_blocks=2,
    causal=False, norm="group", activation="snakebeta", cond=False,
    attention_mask="added_01", cfg_rate=None, schedule="linear",
)  # fmt: skip
CONFIGS = pytest.mark.parametrize("config", [PLAIN, SPEAKER], ids=["plain", "speaker"])


def given(config, frames, masked=0, step=3):
    values = random_inputs(config, frames, step)
    values["mask"][:, frames - masked :] = 0
    return values


def ours(config, values, name="torch", precision="float64"):
    b = backend(name)
    made = walk(step_graph(config), values, seeded_weights(config), b, precision)
    return b.take(made["velocity"]), b.take(made["ode.t"])


def expected(config, values, t):
    import torch

    speaker = torch.from_numpy(values["speaker"]).double() if config.speaker else None
    velocity = Reference(config, seeded_weights(config)).velocity(
        channels_first(values["x"]).double(), channels_first(values["mask"]).double(),
        channels_first(values["mu"]).double(), torch.from_numpy(np.array(t)), speaker,
    )  # fmt: skip
    return velocity.transpose(1, 2).numpy()


@CONFIGS
@pytest.mark.parametrize(("frames", "masked"), [(12, 0), (16, 5), (7, 2), (2, 0), (1, 0), (8, 8)])
def test_our_oracle_equals_the_source_semantics(config, frames, masked):
    values = given(config, frames, masked)
    velocity, t = ours(config, values)
    reference = expected(config, values, t)
    if masked == frames:
        assert not velocity.any()
        return
    assert 0.05 < reference[:, : frames - masked].std() < 10
    assert relative_l2(velocity, reference) <= 1e-12


@CONFIGS
@pytest.mark.parametrize("name", ["torch", "mlx"])
def test_both_frameworks_equal_the_source_semantics(config, name):
    values = given(config, 20, 6, step=0)
    velocity, t = ours(config, values, name, "float32")
    assert relative_l2(velocity, expected(config, values, t)) <= 2e-6


@pytest.mark.parametrize("config", [PLAIN, SPEAKER, FULL], ids=["plain", "speaker", "full size"])
def test_we_equal_the_decoder_of_the_package(config):
    import torch

    module = package().matcha.Decoder(
        in_channels=config.in_channels, out_channels=config.mel_bins, channels=config.channels,
        attention_head_dim=config.head_width, n_blocks=config.blocks_per_stage,
        num_mid_blocks=config.mid_blocks, num_heads=config.heads, act_fn="snakebeta",
    )  # fmt: skip
    values = given(config, 40, 9)
    velocity, t = ours(config, values, precision="float32")
    with torch.inference_mode():
        published = filled(module, seeded_weights(config))(
            channels_first(values["x"]), channels_first(values["mask"]),
            channels_first(values["mu"]), torch.from_numpy(np.array(t)),
            torch.from_numpy(values["speaker"]) if config.speaker else None,
        )  # fmt: skip
    assert relative_l2(velocity, published.transpose(1, 2).numpy()) <= 1e-6


@pytest.mark.parametrize("causal", [True, False], ids=["causal", "not causal"])
@pytest.mark.parametrize("frames", [24, 23], ids=["even", "odd"])
def test_two_levels_of_the_later_decoder(causal, frames):
    """The decoder of the package with additive mask, prompt mel and two levels."""
    import torch

    config = DecoderConfig(
        mel_bins=8, in_channels=32, channels=(16, 24), heads=2, head_width=8, blocks_per_stage=2,
        mid_blocks=2, causal=causal, norm="layer" if causal else "group", time_width=64,
        cfg_rate=None,
    )  # fmt: skip
    module = package().decoder.ConditionalDecoder(
        in_channels=32, out_channels=8, causal=causal, channels=[16, 24], n_blocks=2,
        num_mid_blocks=2, num_heads=2, attention_head_dim=8,
    )  # fmt: skip
    values = given(config, frames, 5)
    velocity, t = ours(config, values, precision="float32")
    with torch.inference_mode():
        published = filled(module, seeded_weights(config))(
            channels_first(values["x"]), channels_first(values["mask"]),
            channels_first(values["mu"]), torch.from_numpy(np.array(t)),
            torch.from_numpy(values["speaker"]), channels_first(values["cond"]),
        )  # fmt: skip
    assert relative_l2(velocity, published.transpose(1, 2).numpy()) <= 1e-6


@pytest.mark.parametrize(
    ("ending", "change"),
    [
        ("attn1.masked", {"mode": "additive"}),
        ("block1.block.1", {"grouping": "strided"}),
        ("down_blocks.0.2", {"left": 2, "right": 0}),
        ("up_blocks.0.skip", {"order": "skip_h"}),
        ("up_blocks.1.skip", {"order": "h_h"}),
    ],
)
def test_the_comparison_sees_a_wrong_variant(ending, change):
    values, graph = given(PLAIN, 12, 3), step_graph(PLAIN)
    place = next(node.name for node in graph.nodes if node.name.endswith(ending))
    changed = graph.change([place], lambda node: node.with_settings(**change))
    b, weights = backend("torch"), seeded_weights(PLAIN)
    velocity = b.take(walk(changed, values, weights, b, "float64")["velocity"])
    assert relative_l2(velocity, expected(PLAIN, values, ours(PLAIN, values)[1])) > 1e-5
