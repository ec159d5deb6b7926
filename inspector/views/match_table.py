"""Data of the Match tab: what belongs together, what was assumed, what is left over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from inspector.diagnose.comparison import Comparison
from inspector.diagnose.side import Side
from inspector.match.mapping import MappingEntry
from inspector.match.matching import Unmatched
from inspector.names import show_name
from inspector.tensors import TensorPair
from inspector.views import match as match_view

UNCERTAIN_BELOW = 0.8
"""Confidence below which a pair is worth a look: an equal name, path, alias or role gives
0.85 and more; the end of a path, one of several of a role, or place and shape give less."""

Override = tuple[int, int | None, tuple[int, ...] | None]
"""Places of reference and candidate in their traces, and the candidate's axes."""


def match_payload(comparison: Comparison) -> dict[str, Any]:
    """Return the match as JSON values.

    Tensors are named by their place in the trace of their side: ``reference.names[i]``.
    A place is all that a page sends back, see `named_overrides`.
    """
    match = comparison.match
    sides = {"reference": comparison.reference, "candidate": comparison.candidate}
    places = {
        side: {record.name: place for place, record in enumerate(examined.trace.records)}
        for side, examined in sides.items()
    }
    ref, cand = places["reference"], places["candidate"]
    by_hand = {entry.reference for entry in comparison.options.overrides}
    pairs = match.pairs
    return {
        "listing": _listing(sides.values()),
        "uncertain_below": UNCERTAIN_BELOW,
        "sentences": [
            {"status": line.status, "text": line.text} for line in match_view.sentences(comparison)
        ],
        **{side: _tensors(examined) for side, examined in sides.items()},
        "pairs": {
            "reference": [ref[p.reference.name] for p in pairs],
            "candidate": [cand[p.candidate.name] for p in pairs],
            "status": [t.status for t in comparison.tensors],
            "step": [p.step for p in pairs],
            "rule": [_rule(p, by_hand) for p in pairs],
            "layout": [p.describe_layout() for p in pairs],
            "confidence": [p.confidence for p in pairs],
            "notes": [[*filter(None, (p.mismatch, *p.notes))] for p in pairs],
        },
        "unmatched": {
            "reference": _unmatched(match.unmatched_reference, ref),
            "candidate": _unmatched(match.unmatched_candidate, cand),
        },
        "ambiguous": [
            {
                "reference": [ref[name] for name in group.reference],
                "candidate": [cand[name] for name in group.candidate],
                "reason": group.reason,
            }
            for group in match.ambiguous
        ],
        "skipped": [
            {"side": side, "file": show_name(s.file), "reason": s.sentence}
            for side, examined in sides.items()
            for s in examined.trace.skipped
        ],
        "overrides": [
            [
                ref[entry.reference],
                None if entry.candidate is None else cand[entry.candidate],
                None if entry.axes is None else list(entry.axes),
            ]
            for entry in comparison.options.overrides
        ],
        "mapping_file": _mapping_file(comparison),
    }


def named_overrides(
    comparison: Comparison, overrides: Sequence[Override]
) -> tuple[MappingEntry, ...]:
    """Return pairs that were chosen by place with the stored names of their tensors."""
    ref, cand = comparison.reference.trace.records, comparison.candidate.trace.records
    return tuple(
        MappingEntry(ref[reference].name, None if candidate is None else cand[candidate].name, axes)
        for reference, candidate, axes in overrides
    )


def _tensors(side: Side) -> dict[str, Any]:
    records = side.trace.records
    return {
        "label": side.label,
        "names": [show_name(r.name, 400) for r in records],
        "shapes": [list(r.shape) for r in records],
        "dtypes": [r.dtype for r in records],
    }


def _rule(pair: TensorPair, by_hand: set[str]) -> str:
    return "chosen by hand" if pair.reference.name in by_hand else pair.rule


def _unmatched(found: Iterable[Unmatched], places: dict[str, int]) -> list[dict[str, Any]]:
    return [{"place": places[u.record.name], "reason": u.reason} for u in found]


def _mapping_file(comparison: Comparison) -> dict[str, Any] | None:
    mapping = comparison.mapping_file
    if mapping is None:
        return None
    name = Path(comparison.options.map_path or mapping.source).name
    return {"name": show_name(name), "entries": len(mapping.entries)}


def _listing(sides: Iterable[Side]) -> str:
    """Equal for two comparisons whose tensors have the same places."""
    digest = hashlib.blake2b(digest_size=12)
    for side in sides:
        for record in side.trace.records:
            digest.update(repr((record.name, record.shape)).encode("utf-8", "surrogatepass"))
        digest.update(b"|")
    return digest.hexdigest()
