"""Relations judged by outputs, where frames are too few to recover weights."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.faults.edit import WeightChange, changed_weights
from inspector.faults.prediction import identify, relate_by_prediction
from inspector.faults.registry import faults
from inspector.faults.weight_hypotheses import weight_hypotheses
from inspector.faults.weights_unloaded import LAYOUTS
from tests.faults import small_run as lab
from tests.faults.test_recovery import _conv

RNG = np.random.default_rng(2)
W = {
    "a.weight": (RNG.standard_normal((96, 64)) / 8).astype(np.float32),
    "a.bias": RNG.normal(0, 0.1, 96).astype(np.float32),
    "b.weight": (RNG.standard_normal((96, 64)) / 8).astype(np.float32),
    "c.weight": (RNG.standard_normal((80, 40, 3)) / 11).astype(np.float32),
    "c.bias": RNG.normal(0, 0.1, 80).astype(np.float32),
}

EXPECTED = {
    "final_projection_unloaded": "fresh", "attention_unloaded": "fresh",
    "resnet_time_and_skip_unloaded": "fresh", "feed_forward_unloaded": "fresh",
    "time_mlp_unloaded": "fresh", "convolution_unloaded": "fresh", "block_unloaded": "fresh",
    "linear_transposed": "transposed", "conv_in_out_swapped": "transposed",
    "kernel_flipped": "flipped", "conv_memory_reread": "transposed",
    "conv_memory_reread_back": "transposed", "linear_memory_reread": "transposed",
    "kv_heads_shifted": "permuted", "head_rows_interleaved": "permuted",
    "rows_zeroed": "rows_zeroed", "weight_zero": "zero", "weights_float16": "half",
    "weights_bfloat16": "half", "weights_8_bit": "quantised", "weights_4_bit": "quantised",
    "weights_of_another_block": "other_block", "neighbours_swapped": "other_block",
    "blocks_sorted_as_text": "other_block", "query_key_weights_swapped": "other_block",
    "key_value_weights_swapped": "other_block", "output_bias_lost": "equal",
    "output_bias_random": "equal", "bias_lost": "equal", "bias_random": "equal",
    "bias_invented": "equal",
}  # fmt: skip
"""Kind of relation for every fault that changes a linear or convolution layer."""

BIASES = {
    "output_bias_lost": {"missing"}, "bias_lost": {"missing"}, "bias_invented": {"invented"},
    "output_bias_random": {"random", "other"}, "bias_random": {"random", "other"},
}  # fmt: skip
"""Kind of bias; a few values may be too few to call random."""


def _affected(fault, config):
    """Nodes of the first place whose weights or bias change, with the changed weights."""
    graph = lab.step_graph(config)
    place = fault.places(graph, lab.shapes(config))[0]
    edit = fault.apply(graph, [place], lab.shapes(config))
    keys = {c.key for c in edit.weights}
    nodes = [
        n for n in edit.graph.nodes
        if n.op in ("linear", "conv1d") and keys & {k for _, k in n.params}
    ]  # fmt: skip
    return nodes, changed_weights(lab.weights(config), edit.weights)


def _weight_faults():
    for key, fault in faults().items():
        for name, config in lab.CONFIGS.items():
            if fault.places(lab.step_graph(config), lab.shapes(config)):
                if _affected(fault, config)[0]:
                    yield pytest.param(key, name, id=key)
                break


def _output(node, x, weights):
    weight = weights[node.key("weight")]
    bias = weights[node.key("bias")] if node.key("bias") else np.zeros(len(weight))
    if node.op == "linear":
        return (x.astype(float) @ weight.T.astype(float) + bias).astype(np.float32)
    c = node.constants
    return _conv(
        x.astype(float), weight.astype(float), bias, c.get("left", 0), c.get("right", 0),
        c.get("stride", 1),
    ).astype(np.float32)  # fmt: skip


@pytest.mark.parametrize("frames", [300, 14])
@pytest.mark.parametrize(("key", "config"), list(_weight_faults()))
def test_every_weight_fault_is_recognised(key, config, frames):
    settings = lab.CONFIGS[config]
    nodes, changed = _affected(faults()[key], settings)
    assert LAYOUTS
    checkpoint = lab.weights(settings)
    for node in nodes[:4]:
        name = node.key("weight")
        width = checkpoint[name].shape[1]
        x = (RNG.standard_normal((2, frames, width)) + 0.3).astype(np.float32)
        c = node.constants
        found, fit = identify(
            x, _output(node, x, changed), checkpoint, name, left=c.get("left", 0),
            right=c.get("right", 0), stride=c.get("stride", 1), heads=settings.heads,
        )  # fmt: skip
        assert (found.method == "recovered") == fit.determined
        assert found.kind == EXPECTED[key], (node.name, found.sentence)
        if found.kind not in ("fresh", "unknown"):
            assert found.residual < 1e-5
        if key in BIASES:
            assert found.bias in BIASES[key]


def test_few_frames_do_not_determine_and_still_decide():
    x = RNG.standard_normal((12, 64)).astype(np.float32)
    y = (x @ W["b.weight"].T + W["a.bias"]).astype(np.float32)
    found, fit = identify(x, y, W, "a.weight")
    assert not fit.determined
    assert (found.kind, found.bias, found.source) == ("other_block", "equal", "b.weight")
    assert found.method == "predicted"


def test_a_single_frame_is_judged_with_an_assumed_bias():
    x = RNG.standard_normal((1, 64)).astype(np.float32)
    for bias, kind in ((W["a.bias"], "equal"), (0 * W["a.bias"], "missing")):
        y = (x @ W["a.weight"].T + bias).astype(np.float32)
        found, _ = identify(x, y, W, "a.weight")
        assert (found.kind, found.bias) == ("equal", kind)
    with pytest.raises(UsageError, match="Assume a bias"):
        relate_by_prediction(x, y, weight_hypotheses(W, "a.weight"))


@pytest.mark.parametrize("frames", [20, 400])
def test_other_padding_of_the_same_weights_is_recognised(frames):
    x = RNG.standard_normal((1, frames, 40)).astype(np.float32)
    for left, right in ((1, 1), (0, 2)):
        y = _conv(x.astype(float), W["c.weight"].astype(float), W["c.bias"], left, right)
        found, fit = identify(x, y, W, "c.weight", left=2, right=0)
        assert not fit.determined
        assert found.kind == "shifted"
        assert f"{left} + {right}" in found.detail
        assert found.bias == "equal"


def test_noise_of_a_half_precision_run_is_called_half():
    x = RNG.standard_normal((30, 64)).astype(np.float16)
    y = (x.astype(np.float32) @ W["a.weight"].astype(np.float16).T.astype(np.float32)).astype(
        np.float16
    )
    found, _ = identify(x, y.astype(np.float32), W, "a.weight")
    assert found.kind == "half"


def test_an_output_that_no_weights_explain_is_unknown():
    x = RNG.standard_normal((200, 64))
    found, fit = identify(x, np.abs(x @ W["a.weight"].T), W, "a.weight")
    assert not fit.determined
    assert found.kind == "unknown"
    assert "no weights explain" in found.detail


def test_trained_weights_are_not_called_fresh_by_their_outputs():
    """An unrelated normal weight with the std of a trained one, over 200 draws."""
    x = RNG.standard_normal((20, 64))
    kinds = []
    for _ in range(200):
        weight = RNG.standard_normal((96, 64)) * RNG.uniform(0.7, 2.5) / 8
        found, _ = relate_by_prediction(x, x @ weight.T, weight_hypotheses(W, "a.weight"))
        kinds.append(found.kind)
    assert set(kinds) == {"unknown"}


def test_a_fresh_draw_is_recognised_by_its_outputs():
    """A draw is called fresh nearly always, also on inputs of very different directions."""
    x = RNG.standard_normal((20, 64)) * np.logspace(0, -2, 64) + 1
    found = []
    for seed in range(50):
        change = WeightChange("a.weight", "uniform", (("seed", seed),))
        weight = changed_weights(W, (change,))["a.weight"]
        found.append(
            relate_by_prediction(x, x @ weight.T, weight_hypotheses(W, "a.weight"))[0].kind
        )
    assert found.count("fresh") >= 49


def test_shapes_that_do_not_belong_together_are_refused():
    with pytest.raises(UsageError, match="belong to a weight"):
        identify(np.zeros((3, 9)), np.zeros((3, 96)), W, "a.weight")
    with pytest.raises(UsageError, match="as many of both"):
        relate_by_prediction(np.zeros((3, 64)), np.zeros((2, 96)), [])
