"""Faults of biases, rows and precision: what arrives in the layer."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.faults.edit import changed_weights
from inspector.faults.registry import faults
from tests.faults.small_run import DEEP, SMALL, healthy_and_faulty, shapes, weights

OUT = "mid_blocks.0.1.0.attn1.to_out.0"


def test_a_lost_bias_is_an_error_constant_over_the_frames():
    healthy, faulty = healthy_and_faulty("output_bias_lost", SMALL, [OUT])
    error = healthy[OUT] - faulty[OUT]
    assert np.allclose(error, weights(SMALL)[f"{OUT}.bias"])


@pytest.mark.parametrize("key", ["output_bias_random", "bias_random", "bias_invented"])
def test_a_random_bias_lies_within_the_bound(key):
    graph = step_graph(SMALL)
    fault = faults()[key]
    place = fault.places(graph, shapes(SMALL))[0]
    edit = fault.apply(graph, [place], shapes(SMALL))
    (change,) = edit.weights
    node = edit.graph.node(place)
    assert change.key == node.key("bias")
    values = changed_weights(weights(SMALL), edit.weights)[change.key]
    shape = weights(SMALL)[node.key("weight")].shape
    assert values.shape == shape[:1]
    assert np.abs(values).max() <= np.prod(shape[1:]) ** -0.5
    healthy, faulty = healthy_and_faulty(key, SMALL, [place])
    old = weights(SMALL).get(change.key, 0.0)
    assert np.allclose(faulty[place] - healthy[place], values - old)


def test_each_bias_belongs_to_one_entry():
    graph = step_graph(SMALL)
    keys = ("output_bias_lost", "bias_lost", "norm_bias_lost")
    places = [p for k in keys for p in faults()[k].places(graph, shapes(SMALL))]
    assert sorted(places) == sorted(n.name for n in graph.nodes if n.key("bias"))
    invented = faults()["bias_invented"].places(graph, shapes(SMALL))
    assert all(p.endswith(("to_q", "to_k", "to_v")) for p in invented)


def test_rows_and_whole_weights_of_zero():
    healthy, faulty = healthy_and_faulty("rows_zeroed", SMALL, [OUT])
    bias = weights(SMALL)[f"{OUT}.bias"]
    dead = np.isclose(faulty[OUT], bias).all((0, 1))
    assert np.flatnonzero(dead).tolist() == [4, 5]
    assert np.allclose(faulty[OUT][..., ~dead], healthy[OUT][..., ~dead])
    _, faulty = healthy_and_faulty("weight_zero", SMALL, [OUT])
    assert np.allclose(faulty[OUT], bias)


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("weights_float16", 1e-4, 4e-4), ("weights_bfloat16", 1e-3, 3e-3),
     ("weights_8_bit", 3e-3, 8e-3), ("weights_4_bit", 5e-2, 1.2e-1)],
)  # fmt: skip
def test_reduced_precision_moves_weights_by_its_size(key, low, high):
    edit = faults()[key].apply(step_graph(DEEP), shapes=shapes(DEEP))
    known = weights(DEEP)
    changed = changed_weights(known, edit.weights)
    for change in edit.weights:
        right = known[change.key].astype(float)
        if right.ndim > 1:
            error = np.linalg.norm(changed[change.key] - right) / np.linalg.norm(right)
            assert low < error < high
