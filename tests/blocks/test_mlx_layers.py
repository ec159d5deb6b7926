"""Layers equal MLX's own modules, whose convolution weights are turned."""

from __future__ import annotations

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest

from inspector.blocks.mlx_backend import MlxBackend
from inspector.blocks.mlx_layers import LAYERS
from inspector.errors import UsageError

B = MlxBackend()


@pytest.fixture(autouse=True)
def seed():
    mx.random.seed(0)


def given(*shape):
    return mx.random.normal(shape)


def close(ours, theirs, tolerance=1e-6):
    np.testing.assert_allclose(B.take(ours), B.take(theirs), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("frames", [1, 2, 7])
@pytest.mark.parametrize(("kernel", "side", "stride"), [(1, 0, 1), (3, 1, 1), (3, 1, 2)])
def test_convolution_reads_weights_in_pytorch_layout(frames, kernel, side, stride):
    module, x = nn.Conv1d(6, 4, kernel, stride, side), given(2, frames, 6)
    module.bias = given(4)
    params = {"weight": module.weight.transpose(0, 2, 1), "bias": module.bias}
    assert params["weight"].shape == (4, 6, kernel)
    settings = {"left": side, "right": side, "stride": stride}
    close(B.run("conv1d", [x], params, settings), module(x))


def test_transposed_convolution_reads_weights_in_pytorch_layout():
    module, x = nn.ConvTranspose1d(6, 4, 4, 2, 1), given(2, 5, 6)
    params = {"weight": module.weight.transpose(2, 0, 1), "bias": module.bias}
    assert params["weight"].shape == (6, 4, 4)
    close(B.run("conv_transpose1d", [x], params, {"stride": 2, "padding": 1}), module(x))


def test_norms():
    x = given(2, 5, 12)
    layer, rms = nn.LayerNorm(12, eps=1e-3), nn.RMSNorm(12, eps=1e-3)
    layer.weight, layer.bias, rms.weight = given(12), given(12), given(12)
    params = {"weight": layer.weight, "bias": layer.bias}
    close(B.run("layer_norm", [x], params, {"eps": 1e-3}), layer(x))
    close(B.run("layer_norm", [x], {"weight": rms.weight}, {"eps": 1e-3, "kind": "rms"}), rms(x))


@pytest.mark.parametrize("grouping", ["pytorch", "strided"])
def test_the_default_of_the_group_norm_of_mlx_is_the_strided_one(grouping):
    module, x = nn.GroupNorm(4, 12, pytorch_compatible=grouping == "pytorch"), given(2, 5, 12)
    module.weight, module.bias = given(12), given(12)
    settings = {"eps": 1e-5, "groups": 4, "grouping": grouping}
    params = {"weight": module.weight, "bias": module.bias}
    close(B.run("group_norm", [x], params, settings), module(x), 1e-5)


def test_linear_and_activations():
    x, module = given(2, 5, 12), nn.Linear(12, 3)
    params = {"weight": module.weight, "bias": module.bias}
    close(B.run("linear", [x], params, {}), module(x))
    for kind, function in {
        "mish": nn.mish, "silu": nn.silu, "gelu": nn.gelu, "gelu_tanh": nn.gelu_approx,
        "relu": nn.relu, "tanh": nn.tanh, "gelu_quick": nn.gelu_fast_approx,
    }.items():  # fmt: skip
        close(B.run("activation", [x], {}, {"kind": kind}), function(x))


@pytest.mark.parametrize("kind", ["mish", "silu", "gelu", "gelu_tanh", "gelu_quick"])
@pytest.mark.parametrize("precision", B.precisions)
def test_activations_stay_finite_far_from_zero(kind, precision):
    x = B.put(np.array([-5e4, -100.0, 100.0, 5e4]), precision)
    made = B.take(B.run("activation", [x], {}, {"kind": kind}))
    if kind == "gelu_tanh" and precision == "float16":
        made, x = made[1:3], x[1:3]  # the cube of 5e4 is beyond half precision
    expected = np.maximum(B.take(x), 0)
    np.testing.assert_allclose(made, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("frames", "settings", "sentence"),
    [
        (2, {"left": 2, "right": 0, "pad_mode": "reflect"}, "2 frames cannot be reflected by 2"),
        (2, {"left": 0, "right": 0}, "2 frames after padding are fewer than the 3"),
    ],
)
def test_too_few_frames_are_a_sentence(frames, settings, sentence):
    with pytest.raises(UsageError, match=sentence):
        B.run("conv1d", [given(1, frames, 4)], {"weight": given(5, 4, 3)}, settings)


def test_norms_of_half_precision_accumulate_wider():
    x = (300 + given(1, 4096, 1)).astype(mx.float16)
    for op, settings in (
        ("layer_norm", {"axis": "frames"}),
        ("group_norm", {"groups": 1}),
    ):
        value = B.run(op, [x], {}, {"eps": 1e-5, **settings})
        assert value.dtype == mx.float16
        assert abs(B.take(value).std() - 1) < 0.02


def test_every_layer_is_registered_under_its_name():
    assert all(function.__name__ == op for op, function in LAYERS.items())
