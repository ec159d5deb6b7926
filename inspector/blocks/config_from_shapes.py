"""The configuration of a decoder from its parameters' shapes and stated settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspector.blocks.config import DecoderConfig
from inspector.blocks.config_evidence import Evidence, read_evidence
from inspector.errors import UsageError

Shape = tuple[int, ...]

DEFAULT_HEAD_WIDTH = 64
_HINT = "Correct the configuration, or leave the setting out to take it from the checkpoint."


def infer_config(
    shapes: Mapping[str, Shape],
    given: Mapping[str, Any],
    subject: str,
    *,
    norm_index: int | None,
    needs_heads: bool = True,
) -> tuple[DecoderConfig, tuple[str, ...]]:
    """Derive the configuration; say in sentences what shapes cannot tell.

    Args:
        shapes: by the keys of `parse_name`, in PyTorch's layout.
        given: settings that a configuration file states.
        subject: name for messages.
        norm_index: index of the norm in its block where PyTorch's names state it: 2 behind
            a transposition (causal, LayerNorm), 1 directly behind the convolution (GroupNorm).
        needs_heads: refuse when nothing states the number of heads; else one head is
            assumed and said.

    Raises:
        UsageError: ``config`` when the shapes leave out a width or contradict `given`.
    """
    evidence = read_evidence(shapes)
    stated = dict(given)
    notes: list[str] = []
    _require(evidence, subject)
    for name, value in _plain(evidence).items():
        _agree(stated, name, value, subject)
    _activation(stated, evidence, subject)
    _heads(stated, evidence, subject, needs_heads, notes)
    _inputs(stated, subject, notes)
    _variant(stated, norm_index, subject, notes)
    _solver(stated, notes)
    return DecoderConfig.from_dict(stated), tuple(notes)


def _require(evidence: Evidence, subject: str) -> None:
    widths = {
        "the number of mel bins (final_proj)": evidence.mel_bins,
        "the input width (time_mlp.linear_1)": evidence.in_channels,
        "the width of the time embedding (time_mlp.linear_2)": evidence.time_width,
        "the channels of the levels (down_blocks)": evidence.channels,
    }
    lacking = [what for what, value in widths.items() if not value]
    if lacking:
        raise UsageError(
            "config", subject, f"its parameters do not state {' or '.join(lacking)}",
            "the parameters of a whole decoder", "Give the complete checkpoint.",
        )  # fmt: skip


def _plain(evidence: Evidence) -> dict[str, Any]:
    return {
        "mel_bins": evidence.mel_bins,
        "in_channels": evidence.in_channels,
        "time_width": evidence.time_width,
        "channels": evidence.channels,
        "blocks_per_stage": evidence.blocks_per_stage,
        "mid_blocks": evidence.mid_blocks,
    }


def _agree(stated: dict[str, Any], name: str, value: Any, subject: str) -> None:
    if stated.setdefault(name, value) != value:
        raise _contradiction(subject, f"{name} {_show(stated[name])}", _show(value))


def _activation(stated: dict[str, Any], evidence: Evidence, subject: str) -> None:
    named = stated.setdefault("activation", "snakebeta" if evidence.snakebeta else "gelu")
    if (named == "snakebeta") != evidence.snakebeta:
        found = "parameters of SnakeBeta" if evidence.snakebeta else "none of SnakeBeta"
        raise _contradiction(subject, f"activation {named}", found)


def _heads(
    stated: dict[str, Any], evidence: Evidence, subject: str, needed: bool, notes: list[str]
) -> None:
    inner, heads, width = evidence.inner, stated.get("heads"), stated.get("head_width")
    if inner is None:
        if evidence.blocks_per_stage:
            raise UsageError(
                "config", subject, "no attention projection states the width of the heads",
                "the parameters of a whole decoder", "Give the complete checkpoint.",
            )  # fmt: skip
        inner = DEFAULT_HEAD_WIDTH
    if heads and width:
        if heads * width != inner:
            raise _contradiction(subject, f"{heads} heads of {width}", f"{inner} channels")
    elif part := heads or width:
        if inner % part:
            what = f"{heads} heads" if heads else f"heads of {width}"
            raise _contradiction(subject, what, f"{inner} channels, which they do not divide")
        heads, width = heads or inner // part, width or inner // part
    elif inner % DEFAULT_HEAD_WIDTH == 0:
        heads, width = inner // DEFAULT_HEAD_WIDTH, DEFAULT_HEAD_WIDTH
        if evidence.blocks_per_stage:
            notes.append(
                f"Shapes do not tell the number of attention heads: {heads} heads of "
                f"{DEFAULT_HEAD_WIDTH} are assumed, the width of the published decoders."
            )
    elif needed:
        raise UsageError(
            "config", subject, f"the attention is {inner} wide, and shapes do not tell its heads",
            "num_heads or attention_head_dim", "State one of them in a configuration file.",
        )  # fmt: skip
    else:
        heads, width = 1, inner
        notes.append(
            f"Shapes do not tell the number of attention heads, and {DEFAULT_HEAD_WIDTH} does not "
            f"divide {inner}: one head is assumed, so heads that changed places are not named."
        )
    stated["heads"], stated["head_width"] = heads, width


def _inputs(stated: dict[str, Any], subject: str, notes: list[str]) -> None:
    """Which of speaker embedding and prompt mel are in the input concat."""
    bins = stated["mel_bins"]
    rest = stated["in_channels"] - 2 * bins
    if rest < 0:
        raise UsageError(
            "config", subject, f"the input is {stated['in_channels']} wide for {bins} mel bins",
            "at least state and mu, twice the bins",
        )  # fmt: skip
    assumed = (rest > 0, rest > bins)
    speaker = stated.setdefault("speaker", assumed[0] and not (rest == bins and stated.get("cond")))
    cond = stated.setdefault("cond", assumed[1] or (rest == bins and not speaker))
    left = rest - bins * cond
    if left < 0 or (left > 0) != speaker:
        inputs = [n for n, used in (("a speaker", speaker), ("a prompt mel", cond)) if used]
        raise _contradiction(
            subject, f"an input with {' and '.join(inputs) or 'neither speaker nor prompt mel'}",
            f"{rest} channels beside state and mu",
        )  # fmt: skip
    if rest == bins:
        notes.append(
            f"The {rest} channels beside state and mu are read as "
            f"{'the prompt mel' if cond else 'the speaker embedding'}."
        )


def _variant(
    stated: dict[str, Any], norm_index: int | None, subject: str, notes: list[str]
) -> None:
    """Causal with LayerNorm, or not causal with GroupNorm."""
    if norm_index is not None:
        causal = norm_index == 2
        if stated.setdefault("causal", causal) != causal:
            raise _contradiction(
                subject, f"causal {stated['causal']}",
                f"a norm at block.{norm_index}, as in the {'' if causal else 'non-'}causal decoder",
            )  # fmt: skip
    elif "causal" not in stated:
        stated["causal"] = len(stated["channels"]) == 1
        notes.append(
            "The names do not tell whether the convolutions are causal: "
            f"{'causal' if stated['causal'] else 'not causal'} is assumed, as in the published "
            f"decoders of {'one level' if stated['causal'] else 'several levels'}."
        )
    norm = "layer" if stated["causal"] else "group"
    stated.setdefault("norm", norm)
    groups = stated.get("groups", DecoderConfig.groups)
    if stated["norm"] == "group" and any(c % groups for c in stated["channels"]):
        raise _contradiction(
            subject, f"a norm of {groups} groups", f"channels {_show(stated['channels'])}"
        )


def _solver(stated: dict[str, Any], notes: list[str]) -> None:
    """Settings that leave no trace in the parameters follow the family."""
    matcha = not stated["cond"] and not stated["causal"]
    family = {
        "attention_mask": "added_01" if matcha else "additive",
        "cfg_rate": None if matcha else DecoderConfig.cfg_rate,
        "schedule": "linear" if matcha else "cosine",
    }
    assumed = [name for name in family if name not in stated]
    for name in assumed:
        stated[name] = family[name]
    if assumed:
        values = ", ".join(f"{name} {stated[name]}" for name in assumed)
        notes.append(
            f"Parameters do not tell these settings; those of "
            f"{'Matcha-TTS' if matcha else 'CosyVoice 2 and Chatterbox'} are used: {values}."
        )


def _show(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _contradiction(subject: str, stated: str, found: str) -> UsageError:
    return UsageError(
        "config", subject, f"the configuration states {stated}, the parameters {found}", "", _HINT
    )
