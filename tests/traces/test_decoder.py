"""The torch decoder: names, causality, masks and time."""

from __future__ import annotations

import pytest
import torch

from traces.training import decoder


@pytest.fixture(scope="module")
def network():
    """A decoder with seeded values."""
    torch.manual_seed(0)
    return decoder.Estimator().eval()


def run(network, frames: int = 12, valid: int = 12, changed: int | None = None):
    """Velocity of seeded inputs; `changed` alters the state at one frame."""
    generator = torch.Generator().manual_seed(1)
    x, mu, cond = (torch.randn(1, 80, 12, generator=generator)[..., :frames] for _ in range(3))
    if changed is not None:
        x[:, :, changed] += 1.0
    mask = torch.zeros(1, 1, frames)
    mask[:, :, :valid] = 1.0
    with torch.no_grad():
        return network(x, mask, mu, torch.tensor([0.3]), torch.ones(1, 80), cond)


def test_the_time_embedding_is_sines_then_cosines_of_1000_t():
    t = 0.25
    embedding = decoder.TimeEmbedding()(torch.tensor([t]))[0].double()
    rate = 10000.0 ** -(torch.arange(160).double() / 159)
    assert embedding.shape == (320,)
    torch.testing.assert_close(embedding[:160], torch.sin(1000 * t * rate), atol=2e-5, rtol=0)
    torch.testing.assert_close(embedding[160:], torch.cos(1000 * t * rate), atol=2e-5, rtol=0)


def test_convolutions_see_no_later_frame():
    conv = decoder.CausalConv1d(4, 4)
    x = torch.zeros(1, 4, 9)
    x[:, :, 5] = 1.0
    moved = (conv(x) - conv(torch.zeros_like(x))).abs().sum(dim=1)[0] > 0
    assert moved.tolist() == [False] * 5 + [True] * 3 + [False]


def test_attention_carries_a_change_to_every_frame(network):
    moved = (run(network, changed=6) - run(network)).abs().amax(dim=(0, 1))
    assert (moved > 0).all()


def test_padding_gets_no_velocity_and_does_not_matter(network):
    padded = run(network, valid=8)
    assert (padded[:, :, 8:] == 0).all()
    assert padded[:, :, :8].abs().max() > 0
    again = run(network, valid=8, changed=10)
    torch.testing.assert_close(padded, again, atol=1e-6, rtol=0)
    alone = run(network, frames=8, valid=8)
    torch.testing.assert_close(padded[:, :, :8], alone, atol=1e-5, rtol=0)


def test_the_config_says_the_shapes(network):
    config, shapes = decoder.CONFIG, {n: tuple(v.shape) for n, v in network.state_dict().items()}
    channels = config["channels"][0]
    inner = config["num_heads"] * config["attention_head_dim"]
    assert shapes["down_blocks.0.0.res_conv.weight"] == (channels, config["in_channels"], 1)
    assert shapes["up_blocks.0.0.res_conv.weight"] == (channels, 2 * channels, 1)
    assert shapes["mid_blocks.1.1.0.attn1.to_q.weight"] == (inner, channels)
    assert shapes["final_proj.weight"] == (config["out_channels"], channels, 1)
    assert len(network.mid_blocks) == config["num_mid_blocks"]
    assert f"mid_blocks.{config['num_mid_blocks']}.0.res_conv.weight" not in shapes
    assert f"mid_blocks.0.1.{config['n_blocks']}.norm1.weight" not in shapes
