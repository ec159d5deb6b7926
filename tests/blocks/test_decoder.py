"""The decoder as a graph: its structure, and what must hold of any of its runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import MODULE_VALUES, ROW_INPUTS, STEP_INPUTS, step_graph
from inspector.blocks.implementations import backend
from inspector.blocks.operations import OPERATIONS
from inspector.blocks.parameter_shapes import parameter_shapes
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.blocks.walk import random_inputs, walk

CONFIGS = {
    "full size": DecoderConfig(),
    "small": SMALL,
    "matcha": MATCHA,
    "three levels": replace(SMALL, channels=(16, 8, 24)),
    "no transformers": replace(SMALL, blocks_per_stage=0, mid_blocks=0),
    "no guidance": replace(SMALL, cfg_rate=None),
    "gelu_tanh": replace(SMALL, activation="gelu_tanh"),
}
ALL = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def run(config, values, graph=None, precision="float64"):
    b = backend("torch")
    made = walk(graph or step_graph(config), values, seeded_weights(config), b, precision)
    return {name: b.take(value) for name, value in made.items()}


def test_the_full_size_has_its_blocks():
    graph = step_graph(DecoderConfig())
    resnets = [n.name for n in graph.nodes if n.name.endswith(".block1")]
    transformers = [n.name for n in graph.nodes if n.name.endswith("attn1.scores")]
    assert (len(resnets), len(transformers)) == (14, 56)
    assert len(graph.keys()) == 910
    assert graph.inputs == STEP_INPUTS
    assert step_graph(DecoderConfig()) is graph


@ALL
def test_every_node_reads_what_is_there_before_it(config):
    graph = step_graph(config)
    known = set(graph.inputs)
    for node in graph.nodes:
        assert set(node.inputs) <= known, node.name
        assert node.name not in known
        known.add(node.name)


@ALL
def test_every_node_is_set_as_its_operation_allows(config):
    for node in step_graph(config).nodes:
        signature = OPERATIONS[node.op]
        assert set(node.constants) <= set(signature.settings), node.name
        assert {p for p, _ in node.params} <= set(signature.params), node.name
        for name, value in node.constants.items():
            values = signature.settings[name]
            assert not values or value in values, node.name
            # the first value is the right one; these choose between right ones
            if values and name not in ("kind", "mode", "second"):
                assert value == values[0], (node.name, name)


@ALL
def test_the_keys_are_those_of_the_parameters(config):
    assert set(step_graph(config).keys()) == set(parameter_shapes(config))


@pytest.mark.parametrize("name", [n for n in CONFIGS if n != "full size"])
def test_every_config_runs_and_keeps_its_shapes(name):
    config = CONFIGS[name]
    rows = 1 if config.cfg_rate is None else 2
    for frames in (1, 2, 7):
        values = random_inputs(config, frames, step=1)
        made = run(config, values)
        assert made["velocity"].shape == (rows, frames, config.mel_bins)
        assert made["ode.x_after"].shape == (1, frames, config.mel_bins)
        assert made["ode.t"].shape == made["ode.dt"].shape == (1,)
        assert all(np.isfinite(value).all() for value in made.values())


def test_a_step_is_one_euler_step_of_the_guided_velocity():
    values = random_inputs(SMALL, 6, step=3)
    made = run(SMALL, values)
    cond, uncond = made["velocity"]
    span = [1 - np.cos(np.pi * i / (2 * SMALL.steps)) for i in range(SMALL.steps + 1)]
    assert made["ode.t"] == pytest.approx(span[3], abs=1e-6)
    assert made["ode.dt"] == pytest.approx(span[4] - span[3], abs=1e-6)
    expected = values["x"] + made["ode.dt"] * (1.7 * cond - 0.7 * uncond)
    np.testing.assert_allclose(made["ode.x_after"], expected, atol=1e-12)


def test_the_unconditional_row_sees_no_condition():
    values = random_inputs(SMALL, 6)
    other = {**values, "mu": values["mu"] + 1, "cond": values["cond"] - 1,
             "speaker": values["speaker"] * 2}  # fmt: skip
    a, b = run(SMALL, values), run(SMALL, other)
    np.testing.assert_array_equal(a["ode.v_uncond"], b["ode.v_uncond"])
    assert np.abs(a["ode.v_cond"] - b["ode.v_cond"]).max() > 0.01


def test_masked_frames_are_silent_and_change_nothing():
    values = random_inputs(SMALL, 8)
    values["mask"][:, 5:] = 0
    made = run(SMALL, values)
    assert not made["velocity"][:, 5:].any()
    assert made["velocity"][:, :5].any()
    short = {k: v[:, :5] if v.ndim == 3 else v for k, v in values.items()}
    np.testing.assert_allclose(made["velocity"][:, :5], run(SMALL, short)["velocity"], atol=1e-9)


def test_a_causal_decoder_without_attention_sees_no_later_frame():
    config = replace(SMALL, blocks_per_stage=0)
    values = random_inputs(config, 9)
    later = {k: v.copy() for k, v in values.items()}
    later["x"][:, 6:] += 1
    a, b = run(config, values)["velocity"], run(config, later)["velocity"]
    np.testing.assert_array_equal(a[:, :6], b[:, :6])
    assert (a[:, 6:] != b[:, 6:]).any()


def test_a_decoder_that_is_not_causal_does():
    config = replace(SMALL, blocks_per_stage=0, causal=False, norm="layer")
    values = random_inputs(config, 9)
    later = {k: v.copy() for k, v in values.items()}
    later["x"][:, 6:] += 1
    a, b = run(config, values)["velocity"], run(config, later)["velocity"]
    assert (a[:, 5] != b[:, 5]).any()


def test_unused_inputs_are_not_asked_for():
    assert step_graph(MATCHA).inputs == ("x", "mu", "mask", "step")
    rows = {n.name for n in step_graph(SMALL).nodes if n.op == "rows"}
    assert rows == set(ROW_INPUTS)
    estimator = step_graph(SMALL).cut(["velocity"], ROW_INPUTS)
    assert set(estimator.inputs) == set(ROW_INPUTS)


@pytest.mark.parametrize("config", [SMALL, MATCHA], ids=["small", "matcha"])
def test_modules_that_return_an_inner_value_are_resolved(config):
    graph = step_graph(config)
    block = "mid_blocks.0.1.0."
    for module, value in MODULE_VALUES.items():
        prefix = {"mlp": "mid_blocks.0.0.", "time_mlp": "", "final_proj": ""}.get(module, block)
        assert prefix + value in graph, module
