"""Activation faults against their formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf

from tests.faults.small_run import SMALL, TANH, healthy_and_faulty, weights

BLOCK = "mid_blocks.0.0"
ACT, NORM = f"{BLOCK}.block1.block.4", f"{BLOCK}.block1.block.2"
FF = "mid_blocks.0.1.0.ff.net.0"


def _mish(x):
    return x * np.tanh(np.logaddexp(0, x))


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


KINDS = {
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2,
    "gelu_quick": lambda x: x * _sigmoid(1.702 * x),
    "relu": lambda x: np.maximum(x, 0),
    "identity": lambda x: x,
    "mish": _mish,
}


@pytest.mark.parametrize("kind", ["silu", "gelu", "relu", "identity"])
def test_the_activation_of_a_block(kind):
    healthy, faulty = healthy_and_faulty(f"block_activation_{kind}", SMALL, [ACT])
    assert np.allclose(healthy[ACT], _mish(healthy[NORM]))
    assert np.allclose(faulty[ACT], KINDS[kind](faulty[NORM]))


@pytest.mark.parametrize("kind", ["gelu_tanh", "gelu_quick", "silu", "relu", "identity"])
def test_the_activation_of_the_feed_forward(kind):
    healthy, faulty = healthy_and_faulty(f"feed_forward_activation_{kind}", SMALL, [FF])
    assert np.allclose(healthy[FF], KINDS["gelu"](healthy[f"{FF}.proj"]))
    assert np.allclose(faulty[FF], KINDS[kind](faulty[f"{FF}.proj"]))


def test_the_reverse_where_the_tanh_form_is_right():
    healthy, faulty = healthy_and_faulty("feed_forward_activation_gelu", TANH, [FF])
    assert np.allclose(healthy[FF], KINDS["gelu_tanh"](healthy[f"{FF}.proj"]))
    assert np.allclose(faulty[FF], KINDS["gelu"](faulty[f"{FF}.proj"]))
    assert 0 < np.abs(faulty[FF] - healthy[FF]).max() < 6e-4  # the largest distance of the two


@pytest.mark.parametrize("kind", ["mish", "gelu", "relu", "identity"])
def test_the_activation_of_the_time_mlp(kind):
    healthy, faulty = healthy_and_faulty(f"time_mlp_activation_{kind}", SMALL)
    assert np.allclose(healthy["time_mlp.act"], KINDS["silu"](healthy["time_mlp.linear_1"]))
    assert np.allclose(faulty["time_mlp.act"], KINDS[kind](faulty["time_mlp.linear_1"]))


def test_the_time_projection_before_its_activation():
    known = weights(SMALL)
    weight, bias = known[f"{BLOCK}.mlp.1.weight"], known[f"{BLOCK}.mlp.1.bias"]
    healthy, faulty = healthy_and_faulty("time_activation_after_linear", SMALL, [BLOCK])
    t = healthy["time_mlp.linear_2"]
    right = healthy[f"{BLOCK}.block1"] + (_mish(t) @ weight.T + bias)[:, None]
    wrong = healthy[f"{BLOCK}.block1"] + _mish(t @ weight.T + bias)[:, None]
    assert np.allclose(healthy[f"{BLOCK}.with_time"], right)
    assert np.allclose(faulty[f"{BLOCK}.with_time"], wrong)
    # the module that holds the weights keeps its name
    assert np.allclose(faulty[f"{BLOCK}.mlp.1"], t @ weight.T + bias)
