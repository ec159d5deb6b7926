"""Names as different programs write them: the same recording, five times renamed.

The rewriting follows what real recordings hold: PyTorch module paths, MLX ports in Python
(children in lists, or numbers glued to the attribute), MLX ports in Swift, folders with one
flat file name per tensor, and names that say nothing.  It is written from the ports' side
and knows nothing about how names are matched.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from inspector.errors import UsageError

SAFETENSORS, NPY = "safetensors", "npy"
_STEP = re.compile(r"step(\d+)/(?:ode\.(\w+)|decoder\.estimator\.(.+))")
Rules = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Value:
    """What one tensor of `inspector.suite.recording.record_run` is.

    Attributes:
        name: its name there.
        step: ODE step from 1; None outside the steps.
        word: ``mu``, ``dxdt_cond`` and so on; empty inside the decoder.
        path: module path inside the decoder; empty elsewhere.
    """

    name: str
    step: int | None = None
    word: str = ""
    path: str = ""


def value_of(name: str) -> Value:
    """Take a name of a recording apart."""
    found = _STEP.fullmatch(name)
    if found is None:
        return Value(name, word=name)
    return Value(name, int(found[1]), found[2] or "", found[3] or "")


@dataclass(frozen=True)
class NameStyle:
    """How a program names what it records.

    Attributes:
        key: stable name.
        rename: name of a value; the text is a seed for names that are drawn.
        container: `SAFETENSORS`, or `NPY` for a folder with one file per tensor.
        recorder: it comes from a recorder that also writes facts and order; otherwise the
            tensors lie in the order of their names.
    """

    key: str
    rename: Callable[[Value, str], str]
    container: str = SAFETENSORS
    recorder: bool = False

    def names(self, values: Iterable[str], seed: str = "") -> dict[str, str]:
        """Name in the recording -> name as stored; no stored name is used twice.

        Raises:
            UsageError: two values get one name.
        """
        found = [value_of(name) for name in values]
        if not any(".block.4" in v.path for v in found):
            # without causal padding the norm is child 1 and the activation child 2
            found = [replace(v, path=_rewritten(v.path, _NOT_CAUSAL)) for v in found]
        named = {v.name: self.rename(v, seed) for v in found}
        if len(set(named.values())) != len(named):
            twice = sorted(n for n in named.values() if list(named.values()).count(n) > 1)
            raise UsageError("name", twice[0], f"two values have this name in the style {self.key}")
        return named


def _rewritten(path: str, rules: Rules) -> str:
    for old, new in rules:
        path = re.sub(old, new, path)
    return path


_NOT_CAUSAL: Rules = ((r"\.block\.2$", ".block.4"), (r"\.block\.1$", ".block.2"))
_CHILDREN: Rules = (
    (r"\.0\.(block[12]|mlp|res_conv)\b", r".resnet.\1"),
    (r"^((?:down|mid|up)_blocks\.\d+)\.0$", r"\1.resnet"),
    (r"\b(block[12]?|final_block)\.block\.0$", r"\1.conv"),
    (r"\b(block[12]?|final_block)\.block\.2$", r"\1.norm"),
    (r"\b(block[12]?|final_block)\.block\.4$", r"\1.mish"),
    (r"\.mlp\.0$", ".mlp_act"), (r"\.mlp\.1$", ".mlp_linear"),
    (r"\.ff\.net\.0\.proj$", ".ff.layers.0"), (r"\.ff\.net\.0$", ".ff.act"),
    (r"\.ff\.net\.2$", ".ff.layers.1"), (r"\.norm3$", ".norm2"),
    (r"^(down_blocks\.\d+)\.2$", r"\1.downsample"), (r"^(up_blocks\.\d+)\.2$", r"\1.upsample"),
)  # fmt: skip
"""Children of a Sequential under names of their own, as every MLX port has them."""

_LONG: Rules = tuple(
    (rf"\.attn1\.to_{short}$", rf".attention.{word}_proj")
    for short, word in (("q", "query"), ("k", "key"), ("v", "value"), (r"out\.0", "out"))
)
_NESTED: Rules = (
    *_CHILDREN, *_LONG, (r"\.mlp_linear$", ".mlp"),
    (r"^((?:down|mid|up)_blocks\.\d+)\.1\.(\d+)", r"\1.transformers.\2"),
)  # fmt: skip
_GLUED: Rules = (
    *_CHILDREN,
    (r"\.attn1\.to_([qkv])$", r".attn.\1_proj"), (r"\.attn1\.to_out\.0$", r".attn.out_proj"),
    (r"^((?:down|mid|up)_blocks\.\d+)\.1\.(\d+)", r"\1.transformer_\2"),
    (r"^(down|mid|up)_blocks\.(\d+)", r"\1_blocks_\2"), (r"\.layers\.(\d)$", r".linear\1"),
    (r"\.(down|up)sample$", r".\1sample.conv"),
)  # fmt: skip
_FLAT: Rules = (
    (r"^(down|mid|up)_blocks\.(\d+)\.0\.(block[12])\.block\.0$", r"\1\2_\3_after_conv"),
    (r"^(down|mid|up)_blocks\.(\d+)\.0\.(block[12])\.block\.2$", r"\1\2_\3_after_norm"),
    (r"^(down|mid|up)_blocks\.(\d+)\.0\.(block[12])\.block\.4$", r"\1\2_\3_after_mish"),
    (r"^(down|mid|up)_blocks\.(\d+)\.0\.(block[12])$", r"\1\2_after_\3"),
    (r"^(down|mid|up)_blocks\.(\d+)\.0\.mlp\.0$", r"\1\2_mlp_mish"),
    (r"^(down|mid|up)_blocks\.(\d+)\.0\.mlp\.1$", r"\1\2_mlp_out"),
    (r"^(down|mid|up)_blocks\.(\d+)\.0\.res_conv$", r"\1\2_res_conv"),
    (r"^(down|mid|up)_blocks\.(\d+)\.0$", r"\1\2_resnet"),
    (r"^(down|mid|up)_blocks\.(\d+)\.2$", r"\1\2_final"),
    (r"^(down|mid|up)_blocks\.(\d+)\.1\.(\d+)", r"\1\2_tfmr\3"),
    (r"\.norm([13])$", r"_after_norm\1"), (r"\.attn1\.to_([qkv])$", r"_\1"),
    (r"\.attn1\.to_out\.0$", "_attn_output"), (r"\.ff\.net\.0\.proj$", "_ff_proj"),
    (r"\.ff\.net\.0$", "_ff_gelu"), (r"\.ff\.net\.2$", "_ff_output"),
    (r"^final_block\.block\.0$", "final_block_after_conv"),
    (r"^final_block\.block\.2$", "final_block_after_norm"),
    (r"^final_block\.block\.4$", "final_block_after_mish"), (r"^final_proj$", "output"),
    (r"^time_embeddings$", "t_sinusoidal"), (r"^time_mlp\.linear_1$", "time_emb_linear1"),
    (r"^time_mlp\.act$", "time_emb_silu"), (r"^time_mlp\.linear_2$", "time_emb"),
    (r"\.", "_"),
)  # fmt: skip

_VELOCITY = MappingProxyType(
    {"dxdt_cond": "v_cond", "dxdt_uncond": "v_uncond", "dxdt_cfg": "v_cfg", "spks": "spk_emb",
     "cond": "x_cond"}
)  # fmt: skip
_FILES = MappingProxyType(
    {"mu": "mu_T", "mask": "mask_T", "cond": "cond_T", "spks": "spk_emb", "mel": "final_mel"}
)


def _pytorch(value: Value, _seed: str) -> str:
    return value.name


def _nested(value: Value, _seed: str) -> str:
    if value.path:
        return f"step{value.step:02d}/decoder.{_rewritten(value.path, _NESTED)}"
    word = _VELOCITY.get(value.word, value.word)
    return word if value.step is None else f"step{value.step:02d}/ode.{word}"


def _glued(value: Value, _seed: str) -> str:
    word = _rewritten(value.path, _GLUED) or _VELOCITY.get(value.word, value.word)
    return word if value.step is None else f"step_{value.step}/{word}"


def _swift(value: Value, _seed: str) -> str:
    if not value.path:
        word = _camel(_VELOCITY.get(value.word, value.word).replace("x_cond", "cond"))
        return word if value.step is None else f"ode.step{value.step}.{word}"
    path = re.sub(r"\.(\d+)", r"[\1]", _rewritten(value.path, _NESTED))
    return f"step{value.step}.{_camel(path)}"


def _camel(text: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), text)


def _flat(value: Value, _seed: str) -> str:
    if value.step is None:
        return f"step7_{_FILES.get(value.word, value.word)}"
    return f"step7_step{value.step}_{_rewritten(value.path, _FLAT) or value.word}"


def _random(value: Value, seed: str) -> str:
    return f"t_{hashlib.sha256(f'{seed} {value.name}'.encode()).hexdigest()[:8]}"


STYLES: Mapping[str, NameStyle] = MappingProxyType(
    {
        style.key: style
        for style in (
            NameStyle("pytorch", _pytorch, recorder=True),
            NameStyle("snake-nested", _nested, recorder=True),
            NameStyle("snake-glued", _glued),
            NameStyle("camel-swift", _swift),
            NameStyle("flat-files", _flat, NPY),
            NameStyle("random", _random),
        )
    }
)
"""All styles; two of them are the snake style of MLX ports, with nested and glued indexes."""

TELLING = tuple(key for key in STYLES if key != "random")
"""Styles whose names say what a tensor is."""
