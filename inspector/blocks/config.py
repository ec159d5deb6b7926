"""What makes one decoder of the family: widths, counts and variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from inspector.errors import UsageError

NORMS = ("layer", "group")
ACTIVATIONS = ("gelu", "gelu_tanh", "snakebeta")
ATTENTION_MASKS = ("additive", "added_01")

_COUNTS = (
    "mel_bins", "in_channels", "heads", "head_width", "blocks_per_stage", "mid_blocks",
    "time_width", "groups", "steps",
)  # fmt: skip


@dataclass(frozen=True)
class DecoderConfig:
    """Structure of a conditional flow-matching decoder.

    Attributes:
        mel_bins: F, bins of state and velocity.
        in_channels: channels after the input concat (x, mu and, if used, speaker and cond);
            also the width of the time sinusoid.
        channels: width of each level; all but the last halve the frames.
        heads, head_width: attention heads H and their width D.
        blocks_per_stage: transformers after each ResNet.
        mid_blocks: stages between down and up.
        causal: convolutions see no later frame.
        norm: ``layer`` (over channels) or ``group`` (8 groups over channels and frames).
        activation: of the feed-forward: ``gelu`` (erf), ``gelu_tanh`` or ``snakebeta``.
        speaker, cond: the input concat has a speaker embedding, a prompt mel.
        time_width: width of the time embedding after its MLP.
        attention_mask: ``additive`` (-1e10 on masked keys) or ``added_01``, where the mask
            itself is added to the scores as the original Matcha-TTS does.
        eps: of every norm.
        groups: groups of a group norm.
        cfg_rate: guidance r in v = (1 + r) c - r u; None without an unconditional row.
        steps: Euler steps.
        schedule: ``cosine`` (t = 1 - cos(pi i / 2N)) or ``linear``.
    """

    mel_bins: int = 80
    in_channels: int = 320
    channels: tuple[int, ...] = (256,)
    heads: int = 8
    head_width: int = 64
    blocks_per_stage: int = 4
    mid_blocks: int = 12
    causal: bool = True
    norm: str = "layer"
    activation: str = "gelu"
    speaker: bool = True
    cond: bool = True
    time_width: int = 1024
    attention_mask: str = "additive"
    eps: float = 1e-5
    groups: int = 8
    cfg_rate: float | None = 0.7
    steps: int = 10
    schedule: str = "cosine"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("norm", NORMS),
            ("activation", ACTIVATIONS),
            ("attention_mask", ATTENTION_MASKS),
            ("schedule", ("cosine", "linear")),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise UsageError("config", name, f"it is {value!r}", f"one of {', '.join(allowed)}")
        self._check_types()
        counts = (self.mel_bins, self.in_channels, self.heads, self.head_width, *self.channels)
        if not self.channels or min(counts) < 1 or min(self.blocks_per_stage, self.mid_blocks) < 0:
            raise UsageError("config", "decoder", "a width or count is not positive")

    def _check_types(self) -> None:
        if not isinstance(self.channels, tuple):
            raise UsageError("config", "channels", f"it is {self.channels!r}", "a list of widths")
        widths = {f"channels[{i}]": n for i, n in enumerate(self.channels)}
        for name, value in {**{n: getattr(self, n) for n in _COUNTS}, **widths}.items():
            if isinstance(value, bool) or not isinstance(value, int):
                raise UsageError("config", name, f"it is {value!r}", "a whole number")
        for name in ("causal", "speaker", "cond"):
            if not isinstance(getattr(self, name), bool):
                value = getattr(self, name)
                raise UsageError("config", name, f"it is {value!r}", "true or false")
        for name, value in (("eps", self.eps), ("cfg_rate", self.cfg_rate)):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number or (name == "cfg_rate" and value is None)):
                raise UsageError("config", name, f"it is {value!r}", "a number")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as a configuration file holds them."""
        return {**asdict(self), "channels": list(self.channels)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DecoderConfig:
        """Read the values of `to_dict`; a missing one keeps its default.

        Raises:
            UsageError: an unknown name or a value that does not fit.
        """
        known = {f.name for f in fields(cls)}
        for name in values:
            if name not in known:
                raise UsageError(
                    "config", str(name), "the decoder has no such setting",
                    f"one of {', '.join(sorted(known))}",
                )  # fmt: skip
        given = dict(values)
        if isinstance(given.get("channels"), list):
            given["channels"] = tuple(given["channels"])
        return cls(**given)
