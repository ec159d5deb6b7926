"""Norm faults against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults.small_run import MATCHA, SMALL, TANH, healthy_and_faulty, weights

PATH = "mid_blocks.0.1.0"
NAME = f"{PATH}.norm1"


def _affine(x, key, config=SMALL):
    return x * weights(config)[f"{key}.weight"] + weights(config)[f"{key}.bias"]


def _norm(x, eps=1e-5, axis=-1, ddof=0, centre=True):
    mean = x.mean(axis, keepdims=True) if centre else 0.0
    size = x.var(axis, ddof=ddof, keepdims=True) if centre else (x**2).mean(axis, keepdims=True)
    return (x - mean) / np.sqrt(size + eps)


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("norm_eps_1e-12", {"eps": 1e-12}), ("norm_eps_1e-6", {"eps": 1e-6}),
        ("norm_eps_1e-2", {"eps": 1e-2}), ("norm_rms", {"centre": False}),
        ("norm_unbiased", {"ddof": 1}), ("norm_over_frames", {"axis": 1}),
    ],
)  # fmt: skip
def test_layer_norms(key, options):
    healthy, faulty = healthy_and_faulty(key, SMALL, [NAME])
    x = healthy["mid_blocks.0.0"]
    assert np.allclose(healthy[NAME], _affine(_norm(x), NAME))
    assert np.allclose(faulty[NAME], _affine(_norm(x, **options), NAME))


def test_the_usual_eps_where_the_source_has_another():
    healthy, faulty = healthy_and_faulty("norm_eps_1e-5", TANH, [NAME])
    x = healthy["mid_blocks.0.0"]
    assert np.allclose(healthy[NAME], _affine(_norm(x, eps=TANH.eps), NAME, TANH))
    assert np.allclose(faulty[NAME], _affine(_norm(x), NAME, TANH))


def test_a_skipped_norm():
    healthy, faulty = healthy_and_faulty("norm_skipped", SMALL, [NAME])
    assert np.array_equal(faulty[NAME], healthy["mid_blocks.0.0"])


def _grouped(x, of_group):
    out = np.empty_like(x)
    for channels in of_group:
        part = x[..., channels]
        mean, var = part.mean((1, 2), keepdims=True), part.var((1, 2), keepdims=True)
        out[..., channels] = (part - mean) / np.sqrt(var + 1e-5)
    return out


def test_group_norms():
    name = "down_blocks.0.0.block1.block.1"
    healthy, faulty = healthy_and_faulty("group_norm_strided", MATCHA, [name])
    x, channels = healthy["down_blocks.0.0.block1.block.0"], np.arange(16)
    neighbours = [channels[i : i + 2] for i in range(0, 16, 2)]
    strided = [channels[i::8] for i in range(8)]
    assert np.allclose(healthy[name], _affine(_grouped(x, neighbours), name, MATCHA))
    assert np.allclose(faulty[name], _affine(_grouped(x, strided), name, MATCHA))
    _, faulty = healthy_and_faulty("layer_norm_for_group_norm", MATCHA, [name])
    assert np.allclose(faulty[name], _affine(_norm(x), name, MATCHA))


def test_a_group_norm_for_a_layer_norm():
    name = "mid_blocks.0.0.block1.block.2"
    healthy, faulty = healthy_and_faulty("group_norm_for_layer_norm", SMALL, [name])
    x, channels = healthy["mid_blocks.0.0.block1.block.0"], np.arange(16)
    neighbours = [channels[i : i + 2] for i in range(0, 16, 2)]
    assert np.allclose(faulty[name], _affine(_grouped(x, neighbours), name))


def test_the_activation_before_the_norm():
    path = "mid_blocks.0.0.block1"
    healthy, faulty = healthy_and_faulty("activation_before_norm", SMALL, [path])
    conv, mask = healthy[f"{path}.block.0"], healthy["rows.mask"]
    mish = conv * np.tanh(np.logaddexp(0, conv))
    expected = _affine(_norm(mish), f"{path}.block.2")
    assert np.allclose(faulty[f"{path}.block.2"], expected)
    assert np.allclose(faulty[path], expected * mask)


def test_the_transformer_with_norms_after_the_residuals():
    healthy, faulty = healthy_and_faulty("transformer_post_norm", SMALL, [PATH])
    x = healthy["mid_blocks.0.0"]
    known = weights(SMALL)
    assert np.allclose(faulty[f"{PATH}.attn1.to_q"], x @ known[f"{PATH}.attn1.to_q.weight"].T)
    h = _affine(_norm(x + faulty[f"{PATH}.attn1.to_out.0"]), f"{PATH}.norm1")
    assert np.allclose(faulty[f"{PATH}.norm1"], h)
    hidden = h @ known[f"{PATH}.ff.net.0.proj.weight"].T + known[f"{PATH}.ff.net.0.proj.bias"]
    assert np.allclose(faulty[f"{PATH}.ff.net.0.proj"], hidden)
    out = _affine(_norm(h + faulty[f"{PATH}.ff.net.2"]), f"{PATH}.norm3")
    assert np.allclose(faulty[PATH], out)
