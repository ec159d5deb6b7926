"""Heads, attention mask and softmax in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from inspector.blocks.graph import Settings
from inspector.blocks.operations import Operation

Tensor = torch.Tensor
_Params = Mapping[str, Tensor]
_Inputs = Sequence[Tensor]
_AXES = {"keys": -1, "queries": -2, "heads": 1}


def split_heads(inputs: _Inputs, _params: _Params, settings: Any) -> Tensor:
    """[R, T, C] -> [R, H, T, D]."""
    x, heads = inputs[0], settings["heads"]
    rows, frames, channels = x.shape
    if settings["order"] == "interleaved":
        return x.reshape(rows, frames, channels // heads, heads).permute(0, 3, 1, 2)
    return x.reshape(rows, frames, heads, channels // heads).permute(0, 2, 1, 3)


def mask_scores(inputs: _Inputs, _params: _Params, settings: Any) -> Tensor:
    """Scores [R, H, T, T] with the frame mask [R, T, 1] brought in.

    The addend is made in float32 at least and then cast: -1e10 becomes -inf in float16,
    and a frame that is not masked adds 0 rather than 0 times infinity.  Where every key is
    masked, float64 keeps the scores beside -1e10 (the softmax is that without a mask),
    float32 rounds them away (even weights), and float16 gives NaN.
    """
    scores, mask = inputs
    mode, value = settings["mode"], settings["value"]
    if mode == "none":
        return scores
    key = mask.transpose(1, 2)[:, None].to(torch.promote_types(scores.dtype, torch.float32))
    if mode == "multiplicative":
        return scores * key.to(scores.dtype)
    if mode == "added_01":
        addend = key
    elif mode == "inverted":
        addend = key * value
    elif mode == "query":
        addend = (1.0 - key.transpose(2, 3)) * value
    else:
        addend = (1.0 - key) * value
    scores = scores + addend.to(scores.dtype)
    if mode == "causal":
        later = torch.ones(scores.shape[-2:], dtype=addend.dtype).triu(1)
        scores = scores + (later * value).to(scores.dtype)
    return scores


def softmax(inputs: _Inputs, _params: _Params, settings: Settings) -> Tensor:
    """Softmax over one axis of [R, H, T, T]."""
    return torch.softmax(inputs[0], _AXES[str(settings["axis"])])


def merge_heads(inputs: _Inputs, _params: _Params, settings: Settings) -> Tensor:
    """[R, H, T, D] -> [R, T, C]."""
    x = inputs[0]
    rows, heads, frames, width = x.shape
    if settings["order"] == "head_major":
        x = x.permute(0, 2, 1, 3)
    elif settings["order"] == "interleaved":
        x = x.permute(0, 2, 3, 1)
    return x.reshape(rows, frames, heads * width)


ATTENTION: Mapping[str, Operation] = {
    "split_heads": split_heads,
    "mask_scores": mask_scores,
    "softmax": softmax,
    "merge_heads": merge_heads,
}
"""Operation name -> function."""
