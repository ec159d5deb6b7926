"""Shapes foretold without computing are those that a run gives."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.live.execution import execute
from inspector.live.shapes import value_shapes
from inspector.live.weight_store import WeightStore
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.live.recorded import run_inputs


@pytest.mark.parametrize("config", [SMALL, MATCHA])
@pytest.mark.parametrize("frames", [12, 13])
def test_every_value_has_the_foretold_shape(config, frames):
    graph = step_graph(config)
    shapes = value_shapes(graph, parameter_shapes(config), config.mel_bins)
    given = {**run_inputs(config, frames), "step": np.array([0])}
    found = execute(graph, given, WeightStore(seeded_weights(config)))
    rows = 1 if config.cfg_rate is None else 2
    known = {"B": 1, "R": rows, "T": frames, "T/2": -(-frames // 2), "S": config.steps + 1}
    for name, value in found.items():
        foretold = [known[d] if isinstance(d, str) else d for d in shapes[name]]
        assert list(value.shape) in (foretold, [*foretold[:1], frames + 1, *foretold[2:]]), name


def test_the_inputs_have_their_letters():
    shapes = value_shapes(step_graph(SMALL), parameter_shapes(SMALL), 8)
    assert shapes["x"] == ("B", "T", 8)
    assert shapes["mask"] == ("B", "T", 1)
    assert shapes["speaker"] == ("B", 8)


def test_three_levels_halve_twice():
    config = DecoderConfig(mel_bins=8, in_channels=16, channels=(8, 8, 8), heads=1, head_width=8,
                           blocks_per_stage=1, mid_blocks=1, causal=False, norm="group",
                           speaker=False, cond=False, time_width=16)  # fmt: skip
    shapes = value_shapes(step_graph(config), parameter_shapes(config), 8)
    assert shapes["mid_blocks.0.0"] == ("R", "T/4", 8)
    assert shapes["velocity"] == ("R", "T", 8)
