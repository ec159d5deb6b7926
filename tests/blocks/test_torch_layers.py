"""Layers equal PyTorch's own modules bit by bit, channels last against channels first."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inspector.blocks.torch_backend import TorchBackend
from inspector.blocks.torch_layers import LAYERS, wide

B = TorchBackend()
NN = torch.nn


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def given(*shape, dtype=torch.float32):
    return torch.randn(*shape, dtype=dtype)


def equals_module(op, module, x, settings, first=True):
    """Our value against the module's, whose channels come first."""
    params = {name: p.detach() for name, p in module.named_parameters()}
    ours = B.run(op, [x], params, settings)
    theirs = module(x.transpose(1, 2)).transpose(1, 2) if first else module(x)
    torch.testing.assert_close(ours, theirs.detach(), rtol=0, atol=0)


@pytest.mark.parametrize("frames", [1, 2, 7])
@pytest.mark.parametrize(("kernel", "side", "stride"), [(1, 0, 1), (3, 1, 1), (3, 1, 2)])
def test_convolution(frames, kernel, side, stride):
    module = NN.Conv1d(6, 4, kernel, stride, side)
    settings = {"left": side, "right": side, "stride": stride}
    equals_module("conv1d", module, given(2, frames, 6), settings)


def test_causal_convolution_sees_no_later_frame():
    x = given(1, 6, 4)
    params = {"weight": given(5, 4, 3), "bias": given(5)}
    later = x.clone()
    later[:, 4:] += 1
    a, b = (B.run("conv1d", [v], params, {"left": 2, "right": 0}) for v in (x, later))
    assert torch.equal(a[:, :4], b[:, :4])
    assert not torch.equal(a[:, 4:], b[:, 4:])


def test_transposed_convolution_doubles_the_frames():
    module = NN.ConvTranspose1d(6, 4, 4, 2, 1)
    x = given(2, 5, 6)
    equals_module("conv_transpose1d", module, x, {"stride": 2, "padding": 1})
    params = {name: p.detach() for name, p in module.named_parameters()}
    value = B.run("conv_transpose1d", [x], params, {"stride": 2, "padding": 1})
    assert value.shape == (2, 10, 4)


def test_norms():
    layer, group = NN.LayerNorm(12, eps=1e-3), NN.GroupNorm(4, 12, eps=1e-3)
    for module in (layer, group):
        NN.init.normal_(module.weight)
        NN.init.normal_(module.bias)
    x = given(2, 5, 12)
    equals_module("layer_norm", layer, x, {"eps": 1e-3}, first=False)
    equals_module("group_norm", group, x, {"eps": 1e-3, "groups": 4})


def test_linear_and_activations():
    x = given(2, 5, 12)
    equals_module("linear", NN.Linear(12, 3), x, {}, first=False)
    for kind, module in {
        "mish": NN.Mish(), "silu": NN.SiLU(), "gelu": NN.GELU(), "relu": NN.ReLU(),
        "gelu_tanh": NN.GELU(approximate="tanh"), "tanh": NN.Tanh(), "identity": NN.Identity(),
    }.items():  # fmt: skip
        equals_module("activation", module, x, {"kind": kind}, first=False)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_norms_of_half_precision_accumulate_wider(dtype):
    """A mean over 4096 values of about 300: squares would overflow or stall in half."""
    x = (300 + given(1, 4096, 1)).to(dtype)
    assert wide(x).dtype == torch.float32
    assert wide(x.double()).dtype == torch.float64
    for op, settings in (
        ("layer_norm", {"axis": "frames"}),
        ("layer_norm", {"axis": "frames", "variance": "unbiased"}),
        ("group_norm", {"groups": 1, "grouping": "strided"}),
    ):
        value = B.run(op, [x], {}, {"eps": 1e-5, **settings})
        assert value.dtype == dtype
        assert abs(float(value.float().std()) - 1) < 0.02


def test_an_unbiased_variance_of_one_value_is_not_a_number():
    value = B.run("layer_norm", [given(1, 2, 1)], {}, {"eps": 1e-5, "variance": "unbiased"})
    assert np.isnan(B.take(value)).all()


def test_every_layer_is_registered_under_its_name():
    assert all(function.__name__ == op for op, function in LAYERS.items())
