"""The layout is told by where the kernel is, and turning a weight keeps its values."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.conv_layout import find_layout, is_transposed_conv, torch_axes
from tests.blocks.port_names import in_mlx_layout
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights


@pytest.mark.parametrize("config", [SMALL, MATCHA])
def test_both_layouts_are_told_and_turned_back(config):
    weights = seeded_weights(config)
    turned = in_mlx_layout(weights)
    assert find_layout((k, v.shape) for k, v in weights.items())[0] == "torch"
    layout, torch, mlx = find_layout((k, v.shape) for k, v in turned.items())
    assert (layout, torch) == ("mlx", 0)
    assert mlx > 10
    for key, stored in turned.items():
        axes = torch_axes(key, stored.ndim, "mlx")
        back = stored if axes is None else stored.transpose(axes)
        assert np.array_equal(back, weights[key]), key
        assert torch_axes(key, stored.ndim, "torch") is None


def test_a_weight_with_the_kernel_at_both_places_has_no_voice():
    assert find_layout([("final_block.block.0.weight", (3, 3, 3))]) == ("torch", 0, 0)
    assert find_layout([("mid_blocks.0.1.0.ff.net.2.weight", (8, 3, 4))]) == ("torch", 0, 0)
    assert find_layout([("final_block.block.0.bias", (16,))]) == ("torch", 0, 0)


def test_the_majority_decides():
    shapes = [("mid_blocks.0.0.block1.block.0.weight", (16, 3, 8))] * 3
    shapes.append(("mid_blocks.1.0.block1.block.0.weight", (16, 8, 3)))
    assert find_layout(shapes) == ("mlx", 1, 3)


def test_only_the_up_sampling_convolution_is_transposed():
    assert is_transposed_conv("up_blocks.0.2.conv.weight")
    assert not is_transposed_conv("up_blocks.1.2.weight")
    assert not is_transposed_conv("down_blocks.0.2.conv.weight")
    assert not is_transposed_conv("up_blocks.0.2.conv.bias")
