"""Heads, attention mask and softmax in MLX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mlx.core as mx

from inspector.blocks.graph import Settings
from inspector.blocks.operations import Operation

_Params = Mapping[str, mx.array]
_Inputs = Sequence[mx.array]
_AXES = {"keys": -1, "queries": -2, "heads": 1}


def split_heads(inputs: _Inputs, _params: _Params, settings: Any) -> mx.array:
    """[R, T, C] -> [R, H, T, D]."""
    x, heads = inputs[0], settings["heads"]
    rows, frames, channels = x.shape
    if settings["order"] == "interleaved":
        return x.reshape(rows, frames, channels // heads, heads).transpose(0, 3, 1, 2)
    return x.reshape(rows, frames, heads, channels // heads).transpose(0, 2, 1, 3)


def mask_scores(inputs: _Inputs, _params: _Params, settings: Any) -> mx.array:
    """Scores [R, H, T, T] with the frame mask [R, T, 1] brought in.

    The addend is made in float32 and then cast: -1e10 becomes -inf in float16.  Made in
    float16 it would be 0 * -inf = NaN at every frame that is not masked.
    """
    scores, mask = inputs
    mode, value = settings["mode"], settings["value"]
    if mode == "none":
        return scores
    key = mask.transpose(0, 2, 1)[:, None].astype(mx.float32)
    if mode == "multiplicative":
        return scores * key.astype(scores.dtype)
    if mode == "added_01":
        addend = key
    elif mode == "inverted":
        addend = key * value
    elif mode == "query":
        addend = (1.0 - key.transpose(0, 1, 3, 2)) * value
    else:
        addend = (1.0 - key) * value
    scores = scores + addend.astype(scores.dtype)
    if mode == "causal":
        later = mx.triu(mx.ones(scores.shape[-2:]), 1)
        scores = scores + (later * value).astype(scores.dtype)
    return scores


def softmax(inputs: _Inputs, _params: _Params, settings: Settings) -> mx.array:
    """Softmax over one axis of [R, H, T, T], accumulated in float32."""
    return mx.softmax(inputs[0], axis=_AXES[str(settings["axis"])], precise=True)


def merge_heads(inputs: _Inputs, _params: _Params, settings: Settings) -> mx.array:
    """[R, H, T, D] -> [R, T, C]."""
    x = inputs[0]
    rows, heads, frames, width = x.shape
    if settings["order"] == "head_major":
        x = x.transpose(0, 2, 1, 3)
    elif settings["order"] == "interleaved":
        x = x.transpose(0, 2, 3, 1)
    return x.reshape(rows, frames, heads * width)


ATTENTION: Mapping[str, Operation] = {
    "split_heads": split_heads,
    "mask_scores": mask_scores,
    "softmax": softmax,
    "merge_heads": merge_heads,
}
"""Operation name -> function."""
