"""Compares two sets of weights, parameter by parameter, by name and by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from inspector.diagnose.weight_conv_layout import settle_conv_layout
from inspector.diagnose.weight_finding import (
    HARMLESS,
    STATUSES,
    WeightFinding,
    WeightGroup,
    group_findings,
)
from inspector.diagnose.weight_pairs import relate_pairs
from inspector.diagnose.weight_search import find_by_value
from inspector.diagnose.weight_sides import WeightSide, open_sides
from inspector.live.weights_file import WeightsFile, open_weights
from inspector.names import show_name
from inspector.tensors import Progress

_MOST_KINDS = 5


@dataclass(frozen=True)
class WeightAudit:
    """What the candidate's parameters are to the reference's.

    Attributes:
        reference, candidate: paths as given.
        findings: one per parameter, worst first, in file order within a kind.
        groups: findings gathered by kind and place in a block, without the harmless ones.
        counts: status -> how many parameters.
        sentence: the outcome.
        notes: assumptions and remarks, one sentence each.
        config: structure of the decoder; None for another model.
        frameworks: of reference and candidate, where the files say so.
    """

    reference: str
    candidate: str
    findings: tuple[WeightFinding, ...]
    groups: tuple[WeightGroup, ...]
    counts: Mapping[str, int]
    sentence: str
    notes: tuple[str, ...]
    config: Mapping[str, Any] | None = None
    frameworks: tuple[str | None, str | None] = (None, None)

    @property
    def exit_code(self) -> int:
        """0 when every parameter is there with its values, at most rounded; else 1."""
        return 0 if self.findings and set(self.counts) <= HARMLESS else 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "sentence": self.sentence,
            "exit_code": self.exit_code,
            "reference": {"path": self.reference, "framework": self.frameworks[0]},
            "candidate": {"path": self.candidate, "framework": self.frameworks[1]},
            "config": None if self.config is None else dict(self.config),
            "counts": {status: self.counts.get(status, 0) for status in STATUSES},
            "groups": [group.to_dict() for group in self.groups],
            "parameters": [finding.to_dict() for finding in self.findings],
            "notes": list(self.notes),
        }


def audit_weights(
    reference: str | Path | WeightsFile,
    candidate: str | Path | WeightsFile,
    *,
    config: str | Path | None = None,
    progress: Progress | None = None,
) -> WeightAudit:
    """Audit a candidate's weights against the reference's.

    Args:
        reference, candidate: checkpoints of a decoder of the family in any naming and
            layout, or any two files of named tensors.
        config: JSON file with settings of the reference's decoder that shapes do not tell.
        progress: called before every parameter; may raise `inspector.errors.Cancelled`.

    Raises:
        TraceError: a file cannot be read.
        UsageError: the configuration cannot be used.
    """
    files = [
        source if isinstance(source, WeightsFile) else open_weights(source, progress)
        for source in (reference, candidate)
    ]
    sides = open_sides(files[0], files[1], None if config is None else str(config))
    left, right, notes = sides
    pairs = relate_pairs(left, right, progress)
    pairs, layout = settle_conv_layout(left, pairs)
    findings, found = find_by_value(left, right, pairs, progress)
    findings.sort(key=lambda finding: finding.rank)
    counts = Counter(finding.status for finding in findings)
    groups = group_findings(findings)
    said = (*notes, *found, *layout, *_side_notes(left, right))
    return WeightAudit(
        left.path, right.path, tuple(findings), groups, MappingProxyType(dict(counts)),
        _summary(findings, counts, groups), said,
        None if left.checkpoint is None else left.checkpoint.config.to_dict(),
        (left.framework, right.framework),
    )  # fmt: skip


def _summary(
    findings: list[WeightFinding], counts: Counter[str], groups: tuple[WeightGroup, ...]
) -> str:
    total = len(findings)
    if not groups:
        if not counts["dtype"]:
            return f"All {total:,} parameters are there and have the same values."
        rounded = next(f for f in findings if f.status == "dtype")
        return (
            f"All {total:,} parameters are there; {counts['dtype']:,} are only rounded, such as "
            f"{show_name(rounded.key)} ({rounded.values.get('relative_l2', 0):.2g} relative L2)."
        )
    bad = total - sum(counts[status] for status in HARMLESS)
    kinds = [f"{counts[s]:,} {_plural(s, counts[s])}" for s in STATUSES
             if counts[s] and s not in HARMLESS]  # fmt: skip
    shown = ", ".join(kinds[:_MOST_KINDS]) + (" and others" if len(kinds) > _MOST_KINDS else "")
    return (
        f"{bad:,} of {total:,} parameters are not as in the reference: {shown}. "
        f"Look first at {groups[0].place}."
    )


def _plural(status: str, count: int) -> str:
    if count == 1:
        return STATUSES[status]
    words = {
        "nonfinite": "hold NaN or infinite values", "missing": "are missing in the candidate",
        "initialisation": "still hold what the framework starts with",
        "zero": "are zero or have rows of zeros",
        "misplaced": "hold another parameter's values",
        "duplicated": "hold the same values as another parameter",
        "shape": "have another shape", "transposed": "are transposed",
        "flipped": "have a reversed kernel", "permuted": "have reordered rows or columns",
        "rearranged": "hold the right values at other places", "scaled": "are scaled",
        "differs": "differ", "unread": "cannot be read", "unused": "are only in the candidate",
        "renamed": "have the right values under another name",
    }  # fmt: skip
    return words[status]


def _side_notes(reference: WeightSide, candidate: WeightSide) -> list[str]:
    return [
        f"{name}: {note}"
        for name, side in (("Reference", reference), ("Candidate", candidate))
        for note in side.notes
        if "are square" not in note  # values tell what shapes do not
    ]
