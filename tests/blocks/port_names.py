"""The decoder's keys as ports write them, for tests that read them back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from inspector.tensors import Array

_ORDER = ((r"\.0\.(block1|block2|mlp|res_conv)", r".resnet.\1"),
          (r"^((?:down|mid|up)_blocks\.\d+)\.1\.(\d+)\.", r"\1.transformers.\2."))  # fmt: skip


def swift_camel(key: str) -> str:
    """Camel case with named children: ``downBlocks.0.transformers.1.attention.queryProj``."""
    key = _children(key)
    for old, new in (
        (r"\.attn1\.to_([qkv])\.", lambda m: f".attention.{_LONG[m[1]]}Proj."),
        (r"\.attn1\.to_out\.0\.", ".attention.outProj."),
        (r"\.ff\.net\.0\.proj\.", ".ff.layers.0."), (r"\.ff\.net\.2\.", ".ff.layers.1."),
        (r"\.norm3\.", ".norm2."), (r"\.mlp\.1\.", ".mlpLinear."),
        (r"res_conv", "resConv"), (r"final_proj", "finalProj"), (r"final_block", "finalBlock"),
        (r"time_mlp\.linear_", "timeMlp.linear"), (r"(down|mid|up)_blocks", r"\1Blocks"),
        (r"^(downBlocks\.\d+)\.2(?:\.conv)?\.", r"\1.downLayer.conv."),
        (r"^(upBlocks\.\d+)\.2(?:\.conv)?\.", r"\1.upLayer.conv."),
    ):  # fmt: skip
        key = re.sub(old, new, key)
    return key


def python_mlx(key: str) -> str:
    """Numbers joined by underscores: ``down_blocks_0.transformer_1.attn.query_proj``."""
    key = _children(key)
    for old, new in (
        (r"\.attn1\.to_([qkv])\.", lambda m: f".attn.{_LONG[m[1]]}_proj."),
        (r"\.attn1\.to_out\.0\.", ".attn.out_proj."), (r"\.transformers\.", ".transformer_"),
        (r"\.ff\.net\.0\.proj\.", ".ff.layers.0."), (r"\.ff\.net\.2\.", ".ff.layers.1."),
        (r"\.norm3\.", ".norm2."), (r"\.mlp\.1\.", ".mlp_linear."),
        (r"^(down_blocks\.\d+)\.2(?:\.conv)?\.", r"\1.downsample.conv.conv."),
        (r"^(up_blocks\.\d+)\.2(?:\.conv)?\.", r"\1.upsample.conv."),
        (r"^(down|mid|up)_blocks\.(\d+)", r"\1_blocks_\2"),
    ):  # fmt: skip
        key = re.sub(old, new, key)
    return key


def swift_lists(key: str) -> str:
    """Lists as in PyTorch with wrappers: ``block1.block.0.conv.conv``, ``ff.gelu_gate.proj``."""
    key = re.sub(r"\.block\.0\.", ".block.0.conv.conv.", _children(key, norms=False))
    key = re.sub(r"\.block\.2\.", ".block.1.", key)
    for old, new in (
        (r"\.ff\.net\.0\.proj\.", ".ff.gelu_gate.proj."), (r"\.ff\.net\.2\.", ".ff.out_proj."),
        (r"\.mlp\.1\.", ".mlp.0."), (r"res_conv\.", "res_conv.conv."),
        (r"final_proj\.", "final_proj.conv."),
        (r"^(down_blocks\.\d+)\.2(?:\.conv)?\.", r"\1.downsample.conv.conv."),
        (r"^(up_blocks\.\d+)\.2(?:\.conv)?\.", r"\1.upsample.conv.conv."),
    ):  # fmt: skip
        key = re.sub(old, new, key)
    return key


def bracketed(key: str) -> str:
    """As a tree path is printed: ``['down_blocks'][0][0]['block1']...``."""
    return "".join(f"[{p}]" if p.isdigit() else f"['{p}']" for p in key.split("."))


def wrapped(key: str) -> str:
    """Inside the wrappers of compilation and parallel training."""
    return "_orig_mod.module." + key.replace(".attn1.", ".attn1.module.")


STYLES: Mapping[str, Callable[[str], str]] = {
    "pytorch": lambda key: key, "swift camel": swift_camel, "python mlx": python_mlx,
    "swift lists": swift_lists, "bracketed": bracketed, "wrapped": wrapped,
}  # fmt: skip


def in_mlx_layout(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Convolutions as [O, K, I], as MLX keeps them; keys stay."""
    turned = {}
    for key, value in weights.items():
        if value.ndim == 3:
            up = key.startswith("up_blocks") and value.shape[2] == 4
            value = value.transpose((1, 2, 0) if up else (0, 2, 1))
        turned[key] = np.ascontiguousarray(value)
    return turned


_LONG = {"q": "query", "k": "key", "v": "value"}


def _children(key: str, norms: bool = True) -> str:
    for old, new in _ORDER:
        key = re.sub(old, new, key)
    if norms:
        key = re.sub(r"\.block\.0\.", ".conv.conv.", key)
        key = re.sub(r"(block[12]?)\.block\.[12]\.", r"\1.norm.", key)
    return key
