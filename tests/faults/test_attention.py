"""Attention faults against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults.small_run import DEEP, healthy_and_faulty

BLOCK = "mid_blocks.0.1.0"
A = f"{BLOCK}.attn1"
H, D, C = DEEP.heads, DEEP.head_width, DEEP.channels[0]


def _run(key, place=BLOCK):
    return healthy_and_faulty(key, DEEP, [place])


def _softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def test_heads_merged_without_permute_keep_their_values():
    healthy, faulty = _run("heads_merged_without_permute", f"{A}.merged")
    heads = healthy[f"{A}.heads"]
    assert np.allclose(healthy[f"{A}.merged"],
                       np.concatenate([heads[:, h] for h in range(H)], -1))  # fmt: skip
    assert np.array_equal(faulty[f"{A}.merged"].reshape(heads.shape), heads)
    assert np.allclose(np.sort(faulty[f"{A}.merged"], axis=None),
                       np.sort(healthy[f"{A}.merged"], axis=None))  # fmt: skip


def test_heads_merged_with_the_widths_first():
    healthy, faulty = _run("heads_merged_interleaved", f"{A}.merged")
    heads = healthy[f"{A}.heads"]
    expected = np.stack([heads[:, h, :, d] for d in range(D) for h in range(H)], -1)
    assert np.allclose(faulty[f"{A}.merged"], expected)


@pytest.mark.parametrize(
    ("key", "merged"), [("heads_split_interleaved", False), ("heads_interleaved_throughout", True)]
)
def test_heads_split_with_the_widths_first(key, merged):
    healthy, faulty = _run(key)
    for name in ("query", "key", "value"):
        flat = faulty[f"{A}.to_{name[0]}"]
        assert np.allclose(flat, healthy[f"{A}.to_{name[0]}"])
        for h in range(H):
            assert np.allclose(faulty[f"{A}.{name}"][:, h], flat[..., h::H])
    heads, out = faulty[f"{A}.heads"], faulty[f"{A}.merged"]
    for h in range(H):
        part = out[..., h::H] if merged else out[..., h * D : (h + 1) * D]
        assert np.allclose(part, heads[:, h])


@pytest.mark.parametrize(
    ("key", "factor"),
    [("channels", C**-0.5), ("missing", 1.0), ("twice", 1 / D), ("zero", 0.0)],
)
def test_scales(key, factor):
    healthy, faulty = _run(f"attention_scale_{key}", f"{A}.scaled")
    scores = healthy[f"{A}.scores"]
    assert np.allclose(healthy[f"{A}.scaled"], scores / np.sqrt(D))
    assert np.allclose(faulty[f"{A}.scaled"], scores * factor)


@pytest.mark.parametrize(("axis", "number"), [("queries", 2), ("heads", 1)])
def test_softmax_over_another_axis(axis, number):
    _, faulty = _run(f"softmax_over_{axis}", f"{A}.weights")
    assert np.allclose(faulty[f"{A}.weights"], _softmax(faulty[f"{A}.masked"], number))


def test_an_invented_norm_of_queries_and_keys():
    healthy, faulty = _run("query_key_norm_invented")
    parts = []
    for letter in "qk":
        x = healthy[f"{A}.to_{letter}"]
        x = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5)
        parts.append(x.reshape(*x.shape[:2], H, D).swapaxes(1, 2))
    assert np.allclose(faulty[f"{A}.scores"], parts[0] @ parts[1].swapaxes(2, 3))


def test_scores_transposed():
    healthy, faulty = _run("scores_transposed")
    assert np.allclose(faulty[f"{A}.scores"], healthy[f"{A}.scores"].swapaxes(2, 3))
