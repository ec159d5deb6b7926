"""Attention in parts equals PyTorch's own in one, and masks do what they say."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from inspector.blocks.torch_attention import ATTENTION
from inspector.blocks.torch_backend import TorchBackend
from tests.blocks.masked_attention import CHECKS

B = TorchBackend()


@pytest.mark.parametrize("precision", B.precisions)
@pytest.mark.parametrize("check", CHECKS, ids=[c.__name__ for c in CHECKS])
def test_masks(check, precision):
    check(B, precision)


@pytest.mark.parametrize("frames", [1, 5])
def test_the_parts_are_scaled_dot_product_attention(frames):
    torch.manual_seed(0)
    flat = [torch.randn(2, frames, 12, dtype=torch.float64) for _ in range(3)]
    mask = torch.ones(2, frames, 1, dtype=torch.float64)
    mask[1, (frames + 1) // 2 :] = 0
    q, k, v = (B.run("split_heads", [x], {}, {"heads": 3}) for x in flat)
    s = B.run("scale", [B.run("scores", [q, k], {}, {})], {}, {"factor": 0.5})
    s = B.run("softmax", [B.run("mask_scores", [s, mask], {}, {})], {}, {})
    ours = B.run("merge_heads", [B.run("attend", [s, v], {}, {})], {}, {})
    whole = F.scaled_dot_product_attention(
        *(x.view(2, frames, 3, 4).transpose(1, 2) for x in flat),
        attn_mask=(mask == 1).transpose(1, 2)[:, None],
    )
    torch.testing.assert_close(
        ours, whole.transpose(1, 2).reshape(2, frames, 12), rtol=1e-12, atol=1e-12
    )


def test_every_operation_is_registered_under_its_name():
    assert all(function.__name__ == op for op, function in ATTENTION.items())
