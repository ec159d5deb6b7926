"""Unloaded weights: each layer belongs to one entry, values as the frameworks draw them."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.faults.edit import changed_weights
from inspector.faults.registry import faults
from inspector.faults.weights_unloaded import FAULTS, fresh
from tests.faults.small_run import CONFIGS, MATCHA, SMALL, shapes, weights

SINGLE = [f.key for f in FAULTS if f.key != "block_unloaded"]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_layer_with_parameters_belongs_to_exactly_one_entry(config):
    graph, known = step_graph(CONFIGS[config]), shapes(CONFIGS[config])
    places = [p for k in SINGLE for p in faults()[k].places(graph, known)]
    assert sorted(places) == sorted(n.name for n in graph.nodes if n.params)


@pytest.mark.parametrize("config", [SMALL, MATCHA])
def test_values_are_those_of_a_module_that_was_never_loaded(config):
    known = weights(config)
    for node in step_graph(config).nodes:
        changed = changed_weights(known, fresh(node))
        for parameter, key in node.params:
            value = changed[key]
            assert value.shape == known[key].shape
            if "norm" in node.op:
                assert (value == (parameter == "weight")).all()
            elif node.op == "snakebeta" or (parameter == "bias" and node.op != "linear"):
                assert (value == 0).all()
            else:
                shape = known[node.key("weight")].shape
                out = 1 if node.op == "conv_transpose1d" else 0
                bound = (np.prod(shape) / shape[out]) ** -0.5
                assert 0.5 * bound < np.abs(value).max() <= bound
                assert len(np.unique(value)) > 0.9 * value.size


def test_a_whole_block_is_all_its_layers():
    graph = step_graph(SMALL)
    edit = faults()["block_unloaded"].apply(graph, ["mid_blocks.0.1.0"], shapes(SMALL))
    keys = {k for n in graph.of_block("mid_blocks.0.1.0") for _, k in n.params}
    assert {c.key for c in edit.weights} == keys
    places = faults()["block_unloaded"].places(graph, shapes(SMALL))
    assert "final_proj" not in places  # a single layer has its own entry
    assert "mid_blocks.0.0" in places


def test_the_same_draw_whether_alone_or_together():
    graph = step_graph(SMALL)
    key = "mid_blocks.0.1.0.attn1.to_q.weight"
    one = faults()["attention_unloaded"].apply(graph, ["mid_blocks.0.1.0.attn1.to_q"])
    all_of_it = faults()["block_unloaded"].apply(graph, ["mid_blocks.0.1.0"])
    values = [changed_weights(weights(SMALL), e.weights)[key] for e in (one, all_of_it)]
    assert np.array_equal(*values)
