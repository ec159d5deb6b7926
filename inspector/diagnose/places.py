"""What a module of the decoder is called, and what usually goes wrong between its inputs and it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from inspector.analysis.tensor import TensorComparison
from inspector.match.names import parse_name
from inspector.match.paths import canonical_path, has_short_blocks, in_long_blocks
from inspector.tensors import TensorPair

_ATTENTION = (
    "the scale and the mask of the scores, the softmax, how the heads are merged, and weights and "
    "bias of the output projection"
)
_CONVOLUTION = (
    "its padding (causal: all of it on the left), the order of its kernel, its weights and bias, "
    "and the mask before it"
)
_NORM = "its weight and bias, its eps, and the axis that it runs over"
_LINEAR = "whether its weights arrived, and which way round"
_RESNET = (
    "its convolutions (padding, kernel order), norms, the time projection, the skip convolution, "
    "the masks, and whether their weights arrived"
)
_TRANSFORMER = (
    "its norms, attention (scale, mask, heads), feed-forward (activation) and residuals, and "
    "whether their weights arrived"
)
_TIME = "sine before cosine, and weights and activation of the time MLP"
TIME_SCALE = "the factor 1000 on the time, and the frequencies"
"""What t = 0 does not show: there every factor and frequency gives the same embedding."""

_PLACES = (
    (r"time emb.*|t sinusoidal.*", "time embedding", _TIME),
    (r"(.*resnet block\d|final block) conv", "convolution of a block", _CONVOLUTION),
    (r"(.*resnet block\d|final block) norm", "norm after a convolution", _NORM),
    (r"(.*resnet block\d|final block) act.*", "activation of a block",
     "which activation it is (Mish)"),
    (r".*resnet block\d", "convolution block of a ResNet",
     "its convolution (padding, kernel order), norm, activation and masks"),
    (r".*resnet mlp act.*", "activation before the time projection of a ResNet",
     "which activation it is (Mish)"),
    (r".*resnet (mlp|time).*", "time projection of a ResNet",
     "its activation (Mish), and " + _LINEAR),
    (r".*resnet res conv", "skip convolution of a ResNet", _LINEAR),
    (r".*resnet", "ResNet", _RESNET),
    (r".*attn out.*", "output of an attention", _ATTENTION),
    (r".*attn [qkv].*", "projection of an attention",
     _LINEAR + ", exchanged or with heads in another order"),
    (r".*attn", "attention", _ATTENTION),
    (r".*ff act.*", "activation of a feed-forward",
     "which activation it is: GELU by erf or by tanh, SiLU, snake"),
    (r".*ff (0|1|linear ?[012])", "linear layer of a feed-forward", _LINEAR),
    (r".*ff", "feed-forward", "its activation (GELU by erf or tanh, SiLU), and " + _LINEAR),
    (r".*norm ?\d?", "norm", _NORM),
    (r".*transformers \d+", "transformer", _TRANSFORMER),
    (r"(down|up|mid) \d+ layer.*", "convolution at the end of a stage", _CONVOLUTION),
    (r"final block", "final convolution block",
     "its convolution (padding, kernel order), norm, activation and masks"),
    (r"final proj.*", "final projection", _LINEAR + ", and the mask after it"),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), called, look) for pattern, called, look in _PLACES)

_WITH_PARTS = frozenset({
    "ResNet", "transformer", "convolution block of a ResNet", "final convolution block",
    "attention", "feed-forward",
})  # fmt: skip

_ROLES = {
    "v_cond": ("conditional velocity", "what the decoder returns for the conditional row"),
    "v_uncond": (
        "unconditional velocity",
        "what the unconditional row is given: mu, speaker and prompt zeroed, the same mask",
    ),
    "v_cfg": ("guided velocity", "the CFG formula, its rate and the order of the rows"),
    "x_after": ("state after the step", "the Euler step: x + dt * v with the dt of this step"),
    "mel": ("final mel", "trimming of the prompt, and normalisation after the last step"),
    "audio": ("sound", "the vocoder and its inputs"),
}


@dataclass(frozen=True)
class Place:
    """A kind of module or value.

    Attributes:
        called: a few words, such as ``norm of a ResNet``.
        look_at: what to look at when its inputs agree and it does not, as a clause.
    """

    called: str
    look_at: str

    @property
    def has_parts(self) -> bool:
        """True for a module that is made of several, whose outputs could be recorded."""
        return self.called in _WITH_PARTS


class Places:
    """Kinds of what the pairs of one comparison hold.

    Args:
        tensors: its comparisons.  They tell whether blocks have three parts, as those of Matcha,
            where ``block.2`` is the activation, or five, as those of Chatterbox, where it is the
            norm.
    """

    def __init__(self, tensors: Iterable[TensorComparison]) -> None:
        self._pairs = [t.pair for t in tensors]

    @cached_property
    def _short(self) -> tuple[bool, bool]:
        """Whether the blocks of the reference and of the candidate have three parts."""
        names = ([p.reference.name for p in self._pairs], [p.candidate.name for p in self._pairs])
        first, second = (has_short_blocks(parse_name(n).tokens for n in side) for side in names)
        return first, second

    def of(self, pair: TensorPair) -> Place | None:
        """The kind of what a pair holds, by its role or the names of either side."""
        if pair.role:
            found = _ROLES.get(pair.role)
            return Place(*found) if found else None
        for record, short in zip((pair.reference, pair.candidate), self._short, strict=True):
            tokens = parse_name(record.name).tokens
            path = " ".join(canonical_path(in_long_blocks(tokens) if short else tokens))
            for pattern, called, look_at in _COMPILED:
                if pattern.fullmatch(path):
                    return Place(called, look_at)
        return None

    def aside(self, pair: TensorPair) -> str:
        """The kind of a module to append to its name: `` (ResNet)``; empty for a role."""
        place = None if pair.role else self.of(pair)
        return f" ({place.called})" if place is not None else ""


def module_path(name: str) -> tuple[str, ...]:
    """The canonical path of the module that a name stands for, without its step."""
    return canonical_path(parse_name(name).tokens)
