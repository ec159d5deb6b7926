"""Weights in another layout: what the layer computes, and which weights cannot have it."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.faults.edit import changed_weights
from inspector.faults.registry import faults
from tests.faults.small_run import CONFIGS, MATCHA, SMALL, healthy_and_faulty, shapes, weights

A = "mid_blocks.0.1.0.attn1"


def test_a_square_projection_transposed():
    name = f"{A}.to_q"
    healthy, faulty = healthy_and_faulty("linear_transposed", SMALL, [name])
    weight = weights(SMALL)[f"{name}.weight"]
    x = healthy["mid_blocks.0.1.0.norm1"]
    assert np.allclose(healthy[name], x @ weight.T)
    assert np.allclose(faulty[name], x @ weight)


def test_a_kernel_reads_time_backwards():
    name = "mid_blocks.0.0.block1.block.0"
    healthy, faulty = healthy_and_faulty("kernel_flipped", SMALL, [name])
    x = np.pad(healthy["mid_blocks.0.0.block1.masked"], ((0, 0), (2, 0), (0, 0)))
    weight, bias = weights(SMALL)[f"{name}.weight"], weights(SMALL)[f"{name}.bias"]
    frames = healthy[name].shape[1]
    taps = [x[:, k : k + frames] @ weight[:, :, 2 - k].T for k in range(3)]
    assert np.allclose(faulty[name], sum(taps) + bias)


@pytest.mark.parametrize(
    ("key", "kernel", "square"),
    [("linear_transposed", False, True), ("linear_memory_reread", False, False),
     ("conv_memory_reread", True, None), ("kernel_flipped", True, None)],
)  # fmt: skip
def test_places_are_those_whose_shape_allows_it(key, kernel, square):
    for config in CONFIGS.values():
        known = shapes(config)
        graph = step_graph(config)
        for place in faults()[key].places(graph, known):
            o, i, *taps = known[graph.node(place).key("weight")]
            assert bool(taps and taps[0] > 1) == kernel
            if square is not None:
                assert (o == i) == square
    assert faults()[key].places(step_graph(SMALL), {}) == ()


def test_a_transposed_convolution_can_have_inputs_and_outputs_swapped():
    fault = faults()["conv_in_out_swapped"]
    assert "up_blocks.0.2" in fault.places(step_graph(MATCHA), shapes(MATCHA))
    edit = fault.apply(step_graph(MATCHA), ["up_blocks.0.2"], shapes(MATCHA))
    key = "up_blocks.0.2.conv.weight"
    before = weights(MATCHA)
    assert np.array_equal(changed_weights(before, edit.weights)[key], before[key].swapaxes(0, 1))


def test_every_layout_keeps_the_values():
    for key in ("linear_transposed", "conv_in_out_swapped", "kernel_flipped", "conv_memory_reread",
                "conv_memory_reread_back", "linear_memory_reread", "kv_heads_shifted",
                "head_rows_interleaved"):  # fmt: skip
        edit = faults()[key].apply(step_graph(SMALL), shapes=shapes(SMALL))
        before, after = weights(SMALL), changed_weights(weights(SMALL), edit.weights)
        for change in edit.weights:
            a, b = before[change.key], after[change.key]
            assert np.array_equal(np.sort(a, axis=None), np.sort(b, axis=None))
            assert not np.array_equal(a, b), (key, change.key)


def test_heads_of_keys_and_values_shifted_against_the_queries():
    healthy, faulty = healthy_and_faulty("kv_heads_shifted", SMALL, ["mid_blocks.0.1.0"])
    for name in ("key", "value"):
        assert np.allclose(faulty[f"{A}.{name}"], np.roll(healthy[f"{A}.{name}"], 1, axis=1))
    assert np.allclose(faulty[f"{A}.query"], healthy[f"{A}.query"])
