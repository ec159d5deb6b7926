"""Attention in parts equals MLX's own in one, and masks do what they say."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from inspector.blocks.mlx_attention import ATTENTION
from inspector.blocks.mlx_backend import MlxBackend
from tests.blocks.masked_attention import CHECKS

B = MlxBackend()


@pytest.mark.parametrize("precision", B.precisions)
@pytest.mark.parametrize("check", CHECKS, ids=[c.__name__ for c in CHECKS])
def test_masks(check, precision):
    check(B, precision)


@pytest.mark.parametrize("frames", [1, 5])
def test_the_parts_are_scaled_dot_product_attention(frames):
    mx.random.seed(0)
    flat = [mx.random.normal((2, frames, 12)) for _ in range(3)]
    mask = np.ones((2, frames, 1), np.float32)
    mask[1, (frames + 1) // 2 :] = 0
    q, k, v = (B.run("split_heads", [x], {}, {"heads": 3}) for x in flat)
    s = B.run("scale", [B.run("scores", [q, k], {}, {})], {}, {"factor": 0.5})
    s = B.run("mask_scores", [s, B.put(mask, "float32")], {}, {})
    s = B.run("softmax", [s], {}, {})
    ours = B.run("merge_heads", [B.run("attend", [s, v], {}, {})], {}, {})
    whole = mx.fast.scaled_dot_product_attention(
        q, k, v, scale=0.5, mask=mx.array((mask == 1).swapaxes(1, 2)[:, None])
    )
    expected = B.take(whole).swapaxes(1, 2).reshape(2, frames, 12)
    np.testing.assert_allclose(B.take(ours), expected, rtol=1e-5, atol=1e-6)


def test_the_addend_made_in_half_precision_would_be_no_number():
    """Why the addend is made in float32: an unmasked frame would be 0 times -inf."""
    mask = mx.array([1.0, 0.0]).astype(mx.float16)
    literal = np.array(((1 - mask) * -1e10).astype(mx.float32))
    assert np.isnan(literal[0])
    assert np.isneginf(literal[1])


def test_every_operation_is_registered_under_its_name():
    assert all(function.__name__ == op for op, function in ATTENTION.items())
