"""Names of the decoder's parameters as ports write them, and the keys they mean.

PyTorch numbers the children of a Sequential (``mid_blocks.0.1.2.ff.net.0.proj``); ports
name them (``midBlocks.0.transformers.2.ff.layers.0``).  A name is taken apart into words,
so that case, underscores, brackets and wrappers play no part, and read from its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NORM = "norm"
"""Stands for the index of the norm inside a convolution block, 2 or 1, until it is known."""
RESAMPLE = "resample"
"""Stands for ``2`` or ``2.conv`` at the end of a stage until the level is known."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_WRAPPERS = frozenset({"module", "orig", "mod", "fsdp", "wrapped"})
_FIRST_WORDS = frozenset({"time", "down", "mid", "middle", "up", "final"})
_MOST_WORDS = 24
_P = "(weight|bias)"
_N = "(weight|bias|gamma|beta)"
_ATTENTION = "(?:self )?(?:attn|attention)(?: 1)? (?:to )?"
_PROJECTION = "(?: proj| projection| linear)?"
_FEED_FORWARD = "(?:ff|ffn|feed forward|mlp) "

_TIME = re.compile(
    f"time (?:mlp|embedding|embed mlp|embedding mlp) (?:(linear|fc|dense|layers|net) )?([0-2]) {_P}"
)
_STAGE = re.compile(r"(down|mid|middle|up) blocks? (\d{1,4}) (.+)")
_FINAL_BLOCK = re.compile("final block (.+)")
_FINAL_PROJ = re.compile(f"final (?:proj|projection|conv|linear)(?: conv)* {_P}")
_CONV = re.compile(f"(?:block )?(?:0|conv(?: 1 d)?)(?: conv)* {_P}")
_NORM = re.compile(f"(?:block )?(?:([12])|(?:layer |group )?norm|ln|gn) {_N}")
_RESNET = re.compile(
    r"(?:0|res ?nets?(?: block(?! [12]))?(?: 1 d)?|res(?:idual)? block)(?: 0)? (.+)"
)
_TRANSFORMER = re.compile(
    r"(?:1|transformers?(?: blocks?| layers?)?|attentions?|basic transformer blocks?) "
    r"(\d{1,4}) (.+)"
)
_RESAMPLE = re.compile(
    f"(?:2|resample|(?:down|up)(?: ?sampler?s?| layer| conv)?(?: 1 d)?(?: 0)?)(?: conv)* {_P}"
)
_BLOCK = re.compile(r"block ([12]) (.+)")
_TIME_INJECTION = re.compile(
    f"(?:mlp|time (?:mlp|proj|emb proj|embed proj))(?: [01]| linear| layers| proj)* {_P}"
)
_RES_CONV = re.compile(f"(?:res|residual|skip|shortcut)(?: conv| proj)?(?: conv)* {_P}")
_NUMBERED_NORM = re.compile(f"(?:norm|ln|layer norm) ([123]) {_N}")
_NAMED_NORM = re.compile(f"(attn|attention|ff|ffn|feed forward) norm {_N}")
_QKV = re.compile(f"{_ATTENTION}(q|query|k|key|v|value){_PROJECTION} {_P}")
_OUT = re.compile(f"{_ATTENTION}(?:out|output|o){_PROJECTION}(?: 0| layers 0)? {_P}")
_FIRST = re.compile(
    f"{_FEED_FORWARD}(?:(?:net |layers )?0(?: proj| linear)*|(?:linear|fc|w) 1|(?:in|up) proj"
    f"|proj in|(?:gelu|act)(?: gate)? proj) {_P}"
)
_SECOND = re.compile(
    f"{_FEED_FORWARD}(?:(?:net |layers )?[12]|(?:linear|fc|w) 2|(?:out|down) proj|proj out) {_P}"
)
_SNAKE = re.compile(f"{_FEED_FORWARD}(?:(?:net )?0|act|activation|snake(?: beta)?) (alpha|beta)")


@dataclass(frozen=True)
class ParameterName:
    """What a stored name says.

    Attributes:
        prefix: the part before the decoder's own names, as stored.
        key: state-dict key without prefix, with `NORM` and `RESAMPLE` still open.
        norm_index: index of the norm in its block when the name is PyTorch's, else None.
    """

    prefix: str
    key: str
    norm_index: int | None = None


def parse_name(name: str) -> ParameterName | None:
    """Read a stored name; None when it names no parameter of the decoder."""
    words = [(m[0].lower(), m.start()) for m in _WORD.finditer(name)]
    words = [w for w in words if w[0] not in _WRAPPERS][-_MOST_WORDS:]
    for i, (word, start) in enumerate(words):
        if word in _FIRST_WORDS:
            key = _decoder_key(" ".join(w for w, _ in words[i:]))
            if key is not None:
                return ParameterName(name[:start], key, _norm_index(name))
    return None


def settle_key(key: str, *, causal: bool, levels: int) -> str:
    """The state-dict key once the variant and the number of levels are known."""
    parts = key.split(".")
    if NORM in parts:
        parts[parts.index(NORM)] = "2" if causal else "1"
    elif RESAMPLE in parts:
        last = parts[0] == "mid_blocks" or parts[1] == str(levels - 1)
        parts[parts.index(RESAMPLE)] = "2" if last else "2.conv"
    return ".".join(parts)


def name_words(name: str) -> tuple[str, ...]:
    """A name as lower-case words and numbers, for comparing names of any model."""
    return tuple(m[0].lower() for m in _WORD.finditer(name))


def _norm_index(name: str) -> int | None:
    found = re.search(r"block[12]?\.block\.([12])\.(?:weight|bias)$", name)
    return int(found[1]) if found else None


def _decoder_key(text: str) -> str | None:
    if found := _TIME.fullmatch(text):
        index = int(found[2]) + (found[1] in ("layers", "net", None))
        return f"time_mlp.linear_{min(index, 2)}.{found[3]}" if index else None
    if found := _FINAL_PROJ.fullmatch(text):
        return f"final_proj.{found[1]}"
    if found := _FINAL_BLOCK.fullmatch(text):
        return next(_conv_block("final_block", found[1]), None)
    if found := _STAGE.fullmatch(text):
        kind = "mid" if found[1] == "middle" else found[1]
        return next(_stage(f"{kind}_blocks.{int(found[2])}", found[3]), None)
    return None


def _stage(path: str, text: str) -> Iterator[str]:
    if found := _RESNET.fullmatch(text):
        yield from _resnet(f"{path}.0", found[1])
    if found := _TRANSFORMER.fullmatch(text):
        yield from _transformer(f"{path}.1.{int(found[1])}", found[2])
    if (found := _RESAMPLE.fullmatch(text)) and not path.startswith("mid"):
        yield f"{path}.{RESAMPLE}.{found[1]}"


def _resnet(path: str, text: str) -> Iterator[str]:
    if found := _BLOCK.fullmatch(text):
        yield from _conv_block(f"{path}.block{found[1]}", found[2])
    if found := _TIME_INJECTION.fullmatch(text):
        yield f"{path}.mlp.1.{found[1]}"
    if found := _RES_CONV.fullmatch(text):
        yield f"{path}.res_conv.{found[1]}"


def _conv_block(path: str, text: str) -> Iterator[str]:
    if found := _CONV.fullmatch(text):
        yield f"{path}.block.0.{found[1]}"
    if found := _NORM.fullmatch(text):
        yield f"{path}.block.{NORM}.{_affine(found[2])}"


def _transformer(path: str, text: str) -> Iterator[str]:
    if found := _NUMBERED_NORM.fullmatch(text):
        # Without cross-attention the second norm is PyTorch's third.
        yield f"{path}.norm{1 if found[1] == '1' else 3}.{_affine(found[2])}"
    if found := _NAMED_NORM.fullmatch(text):
        yield f"{path}.norm{1 if found[1][0] == 'a' else 3}.{_affine(found[2])}"
    if found := _QKV.fullmatch(text):
        yield f"{path}.attn1.to_{found[1][0]}.{found[2]}"
    if found := _OUT.fullmatch(text):
        yield f"{path}.attn1.to_out.0.{found[1]}"
    if found := _SNAKE.fullmatch(text):
        yield f"{path}.ff.net.0.{found[1]}"
    if found := _FIRST.fullmatch(text):
        yield f"{path}.ff.net.0.proj.{found[1]}"
    if found := _SECOND.fullmatch(text):
        yield f"{path}.ff.net.2.{found[1]}"


def _affine(word: str) -> str:
    return {"gamma": "weight", "beta": "bias"}.get(word, word)
