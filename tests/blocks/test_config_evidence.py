"""Widths and counts are read from shapes by majority."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.blocks.config_evidence import read_evidence
from inspector.blocks.parameter_shapes import parameter_shapes
from tests.blocks.seeded import MATCHA, SMALL


@pytest.mark.parametrize("config", [SMALL, MATCHA, replace(SMALL, mid_blocks=0),
                                    replace(SMALL, blocks_per_stage=0),
                                    replace(SMALL, channels=(16, 24, 8))])  # fmt: skip
def test_all_facts_are_read(config):
    found = read_evidence(parameter_shapes(config))
    assert (found.mel_bins, found.in_channels) == (config.mel_bins, config.in_channels)
    assert (found.channels, found.time_width) == (config.channels, config.time_width)
    assert (found.blocks_per_stage, found.mid_blocks) == (
        config.blocks_per_stage,
        config.mid_blocks,
    )
    assert found.inner == (config.heads * config.head_width if config.blocks_per_stage else None)
    assert found.snakebeta == (config.activation == "snakebeta" and config.blocks_per_stage > 0)


def test_wrong_and_missing_parameters_are_outvoted():
    shapes = dict(parameter_shapes(replace(SMALL, mid_blocks=6)))
    shapes["down_blocks.0.0.res_conv.weight"] = (99, 7, 1)
    shapes["mid_blocks.0.1.0.attn1.to_q.weight"] = (7, 16)
    shapes["mid_blocks.3.0.mlp.1.weight"] = (16, 5)
    shapes = {
        k: v for k, v in shapes.items() if not k.startswith(("mid_blocks.4.", "time_mlp.linear_2"))
    }
    found = read_evidence(shapes)
    assert (found.channels, found.inner, found.time_width) == ((16,), 16, 32)
    assert (found.mid_blocks, found.in_channels) == (6, 32)


def test_wild_indexes_do_not_count():
    shapes = dict(parameter_shapes(SMALL))
    shapes["mid_blocks.9999.1.0.norm1.weight"] = (16,)
    shapes["down_blocks.77.0.res_conv.weight"] = (16, 16, 1)
    shapes["mid_blocks.0.1.888.norm1.weight"] = (16,)
    found = read_evidence(shapes)
    assert (found.mid_blocks, found.channels, found.blocks_per_stage) == (2, (16,), 1)


def test_nothing_is_known_of_nothing():
    found = read_evidence({})
    assert (found.mel_bins, found.channels, found.inner, found.mid_blocks) == (None, (), None, 0)


def test_scalars_and_zero_lengths_state_nothing():
    found = read_evidence(dict.fromkeys(parameter_shapes(SMALL), ()))
    assert (found.mel_bins, found.channels, found.time_width) == (None, (), None)
    found = read_evidence({key: (0,) * len(s) for key, s in parameter_shapes(SMALL).items()})
    assert (found.mel_bins, found.channels, found.inner) == (None, (), None)
