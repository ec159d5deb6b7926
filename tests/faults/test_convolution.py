"""Padding faults against convolutions written out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults.small_run import MATCHA, SMALL, healthy_and_faulty, weights

CONV = "mid_blocks.0.0.block1"


def _conv(x, key, config, padded, stride=1):
    weight, bias = weights(config)[f"{key}.weight"], weights(config)[f"{key}.bias"]
    padded = padded(x)
    count = (padded.shape[1] - weight.shape[2]) // stride + 1
    return np.stack(
        [
            np.einsum("rki,oik->ro", padded[:, t * stride : t * stride + weight.shape[2]], weight)
            + bias
            for t in range(count)
        ],
        1,
    )


def _zeros(left, right):
    return lambda x: np.pad(x, ((0, 0), (left, right), (0, 0)))


@pytest.mark.parametrize(
    ("key", "config", "right", "wrong"),
    [
        ("causal_padding_symmetric", SMALL, (2, 0), (1, 1)),
        ("causal_padding_right", SMALL, (2, 0), (0, 2)),
        ("plain_padding_causal", MATCHA, (1, 1), (2, 0)),
    ],
)
def test_padding_on_another_side(key, config, right, wrong):
    name = f"{CONV}.block.0"
    healthy, faulty = healthy_and_faulty(key, config, [name])
    x = healthy[f"{CONV}.masked"]
    assert np.allclose(healthy[name], _conv(x, name, config, _zeros(*right)))
    assert np.allclose(faulty[name], _conv(x, name, config, _zeros(*wrong)))


@pytest.mark.parametrize(
    ("key", "padding"), [("strided_padding_right", (0, 2)), ("strided_padding_left", (2, 0))]
)
def test_the_strided_convolution(key, padding):
    healthy, faulty = healthy_and_faulty(key, MATCHA)
    name, x = "down_blocks.0.2", healthy["down_blocks.0.2.masked"]
    path = f"{name}.conv"
    assert np.allclose(healthy[name], _conv(x, path, MATCHA, _zeros(1, 1), 2))
    assert np.allclose(faulty[name], _conv(x, path, MATCHA, _zeros(*padding), 2))


@pytest.mark.parametrize("mode", ["edge", "reflect"])
def test_padding_with_values(mode):
    name = f"{CONV}.block.0"
    healthy, faulty = healthy_and_faulty(f"padding_{mode}", SMALL, [name])
    x = healthy[f"{CONV}.masked"]
    expected = _conv(x, name, SMALL, lambda v: np.pad(v, ((0, 0), (2, 0), (0, 0)), mode=mode))
    assert np.allclose(faulty[name], expected)
    assert np.allclose(faulty[name][:, 2:], healthy[name][:, 2:])  # the first frames only


def test_the_head_of_the_transposed_convolution():
    healthy, faulty = healthy_and_faulty("transposed_conv_head_kept", MATCHA)
    name = "up_blocks.0.2"
    frames = healthy[name].shape[1]
    assert faulty[name].shape[1] == frames + 2
    assert np.allclose(faulty[name][:, 1:-1], healthy[name])
    skip = "up_blocks.1.skip"
    width = healthy[name].shape[2]
    assert np.allclose(faulty[skip][:, 1:, :width], healthy[skip][:, :-1, :width])
