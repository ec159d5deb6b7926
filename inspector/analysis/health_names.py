"""Names against content: a conditioning that is a mask, tokens that are not whole numbers."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.analysis.health_context import HealthContext
from inspector.analysis.health_facts import ValueFacts
from inspector.analysis.health_finding import FAIL, NOTE, OK, Finding, Outcome
from inspector.analysis.health_mask import describe_rows, mask_rows
from inspector.dtypes import dtype_info
from inspector.names import show_name

SPEECH_TOKENS = 6561
"""Size of the S3 speech codebook; 6561 and 6562 are the start and stop tokens."""

_REAL_VALUED = frozenset(
    {
        "cond", "mu", "mel", "vocoder_mel", "initial_noise", "prompt_feat", "x_before", "x_after",
        "v_cond", "v_uncond", "v_cfg", "encoder_out", "audio", "speaker_embedding", "embedding",
        "token_emb",
    }
)  # fmt: skip
_REAL_VALUED_WORDS = frozenset({"cond", "mu", "mel", "noise", "velocity"})
_OTHER_MEANINGS = frozenset(
    {"token", "tokens", "mask", "len", "length", "flag", "has", "use", "is", "id", "ids"}
)
_TOKENS = frozenset(
    {
        "text_tokens", "text_tokens_cfg", "text_tokens_padded", "speech_tokens", "prompt_token",
        "full_tokens", "t3_cond_tokens",
    }
)  # fmt: skip
_SPEECH = frozenset({"speech_tokens", "prompt_token", "full_tokens"})


def check_names(context: HealthContext) -> Iterator[Outcome]:
    """Check what tensors hold against what they are called."""
    found = [
        *_masks_in_disguise(context), *_wrong_kind(context), *_tokens(context),
    ]  # fmt: skip
    yield from found
    if not any(f.check == "name_content" for f in found):
        yield Finding("name_content", OK, "Names: no tensor holds something else than its name "
                      "says.")  # fmt: skip


def _masks_in_disguise(context: HealthContext) -> Iterator[Finding]:
    prompt = None if context.prompt is None else context.prompt.frames
    for facts in context.facts.values():
        if not facts.binary or facts.zero or facts.stats.count < 2 or not _real_valued(facts):
            continue
        shape = "×".join(map(str, facts.record.shape))
        rows = mask_rows(facts)
        hidden = "" if rows is None else describe_rows(rows, prompt)
        called = _called(facts)
        yield Finding(
            "name_content", FAIL,
            f"Names: {show_name(facts.record.name, 80)} is named {called} but holds only 0 and 1, "
            f"in shape {shape}: a mask stored under the name of {called}"
            f"{f' ({hidden})' if hidden else ''}. Whatever is compared with it, or computed from "
            "it, is wrong.",
            {"shape": list(facts.record.shape), "called": called, "hidden": hidden},
            (facts.record.name,), 93,
        )  # fmt: skip


def _real_valued(facts: ValueFacts) -> bool:
    if facts.role:
        return facts.role in _REAL_VALUED
    return bool(facts.words & _REAL_VALUED_WORDS) and not facts.words & _OTHER_MEANINGS


def _called(facts: ValueFacts) -> str:
    named = sorted(facts.words & _REAL_VALUED_WORDS)
    return named[0] if named else (facts.role or "tensor").replace("_", " ")


def _wrong_kind(context: HealthContext) -> Iterator[Finding]:
    for facts in context.of_role("mel", "vocoder_mel"):
        longest = max(facts.record.shape, default=0)
        if facts.stats.count > 2000 and facts.stats.count == longest:
            yield Finding(
                "name_content", FAIL,
                f"Names: {show_name(facts.record.name, 80)} is named mel but is one row of "
                f"{longest} values: a waveform rather than bins by frames.",
                {"shape": list(facts.record.shape)}, (facts.record.name,), 72,
            )  # fmt: skip
    for facts in context.of_role("audio"):
        lowest, highest = facts.stats.minimum, facts.stats.maximum
        if sum(n > 8 for n in facts.record.shape) > 1:
            shape = "×".join(map(str, facts.record.shape))
            yield Finding(
                "name_content", FAIL,
                f"Names: {show_name(facts.record.name, 80)} is named audio but has shape {shape}: "
                "a mel or features rather than samples.",
                {"shape": list(facts.record.shape)}, (facts.record.name,), 72,
            )  # fmt: skip
        elif lowest is not None and highest is not None and max(-lowest, highest) > 2:
            yield Finding(
                "name_content", NOTE,
                f"Names: {show_name(facts.record.name, 80)} is named audio and reaches "
                f"{max(-lowest, highest):.4g}; samples lie within ±1. It may be scaled to 16 bits.",
                {"peak": float(max(-lowest, highest))}, (facts.record.name,), 38,
            )  # fmt: skip


def _tokens(context: HealthContext) -> Iterator[Finding]:
    for facts in context.facts.values():
        name, stats = show_name(facts.record.name, 80), facts.stats
        if not _is_tokens(facts) or stats.minimum is None or stats.maximum is None:
            continue  # nothing finite in it: the check for NaN and Inf says so
        if not facts.integral:
            yield Finding(
                "name_content", FAIL,
                f"Names: {name} is named tokens but holds fractions (range [{stats.minimum:.3g}, "
                f"{stats.maximum:.3g}]): embeddings or logits rather than token numbers.",
                {"minimum": stats.minimum, "maximum": stats.maximum}, (facts.record.name,), 72,
            )  # fmt: skip
            continue
        eps = dtype_info(facts.record.dtype).eps
        if eps and stats.maximum > 2 / eps:
            yield Finding(
                "tokens", NOTE,
                f"Tokens: {name} is stored as {facts.record.dtype}, which is exact for whole "
                f"numbers up to {2 / eps:.0f} only; the largest token is {stats.maximum:.0f}.",
                {"maximum": stats.maximum}, (facts.record.name,), 44,
            )  # fmt: skip
        if facts.role in _SPEECH and stats.maximum >= SPEECH_TOKENS:
            yield Finding(
                "tokens", NOTE,
                f"Tokens: {name} goes up to {stats.maximum:.0f}; the speech codebook ends at "
                f"{SPEECH_TOKENS - 1}. Start and stop tokens must be dropped before the decoder.",
                {"maximum": stats.maximum}, (facts.record.name,), 43,
            )  # fmt: skip


def _is_tokens(facts: ValueFacts) -> bool:
    if facts.role:
        return facts.role in _TOKENS
    return "tokens" in facts.words and not facts.words & {"emb", "embedding", "len", "mask"}
