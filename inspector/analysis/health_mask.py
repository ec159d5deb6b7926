"""Masks: only 0 and 1, covering every valid frame in both rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.analysis.health_context import HealthContext
from inspector.analysis.health_facts import ValueFacts
from inspector.analysis.health_finding import FAIL, NOTE, OK, Finding, NotRecorded, Outcome
from inspector.analysis.valid_frames import is_frames_by_one
from inspector.errors import TraceError
from inspector.names import show_name
from inspector.tensors import Array

_SCORE_WORDS = frozenset(
    {"attn", "attention", "causal", "bias", "score", "scores", "key", "query", "chunk", "window"}
)
_PADDING_WORDS = frozenset({"pad", "padding"})
_MOST_ROWS = 3


def check_masks(context: HealthContext) -> Iterator[Outcome]:
    """Check every tensor that is called or recognised as a mask."""
    masks = [f for f in context.facts.values() if is_mask(f) and f.stats.count]
    if not masks:
        yield NotRecorded("mask_values", "masks", "a frame mask")
        return
    if all(f.role == "token_mask" for f in masks):
        yield NotRecorded("mask_coverage", "the mask of the decoder", "a mask of the mel frames")
    odd = [f for f in masks if not f.binary and not f.additive]
    if odd:
        first = odd[0]
        yield Finding(
            "mask_values", FAIL,
            f"Mask values: {_verb(odd, 'holds', 'hold')} other values than 0 and 1 (range "
            f"{_range(first)}): not a mask, or a mask that was scaled, averaged or resampled.",
            {"tensors": len(odd)}, _names(odd), 80,
        )  # fmt: skip
    else:
        yield Finding(
            "mask_values", OK,
            f"Mask values: {_verb(masks, 'is', 'are')} made of 0 and 1, or of 0 and a large "
            "negative number.",
        )  # fmt: skip
    faults = list(_coverage(context, [f for f in masks if f not in odd]))
    yield from faults
    whole = [f for f in masks if _masks_nothing(f)]
    if not odd and not faults:
        yield Finding(
            "mask_coverage", OK,
            f"Mask coverage: {_verb(masks, 'keeps', 'keep')} every valid frame.",
        )  # fmt: skip
    if len(whole) == len(masks):
        yield Finding(
            "mask_ones", NOTE,
            f"Masks: every recorded mask is all ones ({_list(whole)}). This recording "
            "cannot reveal a mask that is inverted, multiplied instead of added, or not applied. "
            "A padded batch would.",
            {"tensors": len(whole)}, _names(whole), 30,
        )  # fmt: skip


def is_mask(facts: ValueFacts) -> bool:
    """True when the tensor is recognised or named as a mask."""
    return facts.role in ("mask", "token_mask") or (not facts.role and "mask" in facts.words)


def describe_rows(rows: Array, prompt: int | None) -> str:
    """Say in words which frames a 0/1 mask [rows, T] hides; empty when it hides none.

    Zeros at the end of a row are padding and hide nothing of value.
    """
    parts = []
    for place, row in enumerate(rows):
        label = f"row {place} is " if rows.shape[0] > 1 else "it is "
        kept = np.flatnonzero(row)
        if not kept.size:
            parts.append(f"{label}0 throughout")
            continue
        lead, last = int(kept[0]), int(kept[-1])
        if lead:
            what = " (the prompt)" if lead == prompt else ""
            parts.append(f"{label}0 on the first {lead} of {row.size} frames{what}")
        inner = last + 1 - lead - kept.size
        if inner:
            parts.append(f"{label}0 on {inner} frames between its first and its last 1")
    if len(parts) > _MOST_ROWS:
        parts[_MOST_ROWS:] = [f"{len(parts) - _MOST_ROWS} more rows hide frames too"]
    return "; ".join(parts)


def mask_rows(facts: ValueFacts) -> Array | None:
    """The values as [rows, T], or None when unreadable or more than a row per batch entry.

    Frames are the last axis, or the one before it in a mask stored [B, T, 1] or [T, 1].
    """
    shape = facts.record.shape
    if is_frames_by_one(shape):
        shape = shape[:-1]
    if sum(n > 1 for n in shape[:-1]) > 1:
        return None
    try:
        values = facts.record.read()
    except TraceError:
        return None
    return values.reshape(-1, shape[-1] if shape else 1)


def _coverage(context: HealthContext, masks: list[ValueFacts]) -> Iterator[Finding]:
    prompt = None if context.prompt is None else context.prompt.frames
    for facts in masks:
        if facts.additive or facts.words & _SCORE_WORDS or facts.record.size == 1:
            continue
        rows = mask_rows(facts)
        # A square mask says which frame may look at which, and has zeros by right.
        if rows is None or (rows.shape[0] > 2 and rows.shape[0] == rows.shape[1]):
            continue
        padding = bool(facts.words & _PADDING_WORDS)
        if padding:  # 1 marks what is hidden
            rows = 1 - rows.astype(np.int8)
        hidden = describe_rows(rows, prompt)
        if not hidden:
            continue
        meaning = (
            "Frames with mask 0 keep their starting noise and give no velocity; the mask must be "
            "1 on all valid frames, prompt included, in both guidance rows."
        )
        yield Finding(
            "mask_coverage", FAIL,
            f"Mask coverage: in {show_name(facts.record.name, 80)}, "
            f"{'counting padding as 0, ' if padding else ''}{hidden}. {meaning}",
            {"hidden": hidden}, _names([facts]), 92,
        )  # fmt: skip


def _masks_nothing(facts: ValueFacts) -> bool:
    if facts.words & (_SCORE_WORDS | _PADDING_WORDS) and facts.zero:
        return True
    return facts.binary and facts.stats.minimum == 1


def _list(facts: list[ValueFacts]) -> str:
    shown = ", ".join(show_name(f.record.name, 60) for f in facts[:4])
    return shown + (f" and {len(facts) - 4} more" if len(facts) > 4 else "")


def _verb(facts: list[ValueFacts], one: str, several: str) -> str:
    return f"{_list(facts)} {one if len(facts) == 1 else several}"


def _range(facts: ValueFacts) -> str:
    s = facts.stats
    if s.minimum is None or s.maximum is None:
        return "no finite value"
    return f"[{s.minimum:.3g}, {s.maximum:.3g}]"


def _names(facts: list[ValueFacts]) -> tuple[str, ...]:
    return tuple(f.record.name for f in facts)
