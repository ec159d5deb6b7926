"""What was found about one parameter, as numbers and one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from inspector.names import show_name

STATUSES: Mapping[str, str] = MappingProxyType({
    "nonfinite": "holds NaN or infinite values",
    "missing": "is missing in the candidate",
    "initialisation": "still holds what the framework starts with",
    "zero": "is zero, or has rows of zeros",
    "misplaced": "holds another parameter's values",
    "duplicated": "holds the same values as another parameter",
    "shape": "has another shape",
    "transposed": "is transposed",
    "flipped": "has a reversed kernel",
    "permuted": "has reordered rows or columns",
    "rearranged": "holds the right values at other places",
    "scaled": "is scaled",
    "differs": "differs",
    "unread": "cannot be read",
    "unused": "is only in the candidate",
    "renamed": "has the right values under another name",
    "dtype": "is only rounded",
    "same": "is the same",
})  # fmt: skip
"""Every status with what it says of a parameter, worst first."""

HARMLESS = frozenset({"same", "dtype"})


@dataclass(frozen=True)
class WeightFinding:
    """One parameter and what became of it.

    Attributes:
        status: one of `STATUSES`.
        key: name by which the sides belong together.
        reference_name, candidate_name: names in the files; empty where a side lacks it.
        shape: shape in the reference, or in the candidate where the reference lacks it.
        sentence: what was found.
        values: numbers behind it, such as ``relative_l2`` or ``zero_rows``.
    """

    status: str
    key: str
    reference_name: str
    candidate_name: str
    shape: tuple[int, ...]
    sentence: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def pattern(self) -> str:
        """The key with its numbers as ``*``: the same parameter in every block.

        Numbers that name a layer inside a block (``ff.net.2``) are replaced too; what
        counts is that equal places fall together.
        """
        return re.sub(r"(?<![^._])\d+(?![^._])", "*", self.key)

    @property
    def rank(self) -> tuple[int, float]:
        """Sort key, worst first."""
        error = self.values.get("relative_l2", 0.0)
        return list(STATUSES).index(self.status), -float(error)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "status": self.status,
            "key": self.key,
            "reference": self.reference_name or None,
            "candidate": self.candidate_name or None,
            "shape": list(self.shape),
            "sentence": self.sentence,
            "values": {k: v for k, v in self.values.items() if not _long(v)},
        }


@dataclass(frozen=True)
class WeightGroup:
    """Findings of one kind at the same place of several blocks."""

    status: str
    pattern: str
    keys: tuple[str, ...]

    @property
    def place(self) -> str:
        """The parameter, or the pattern of several and their number."""
        if len(self.keys) == 1:
            return show_name(self.keys[0])
        return f"{show_name(self.pattern)} ({len(self.keys):,} parameters)"

    @property
    def sentence(self) -> str:
        """The group as a clause: which parameters, how many, and what became of them."""
        return f"{self.place}: {'' if len(self.keys) == 1 else 'each '}{STATUSES[self.status]}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values; the first keys of many."""
        return {
            "status": self.status,
            "pattern": self.pattern,
            "count": len(self.keys),
            "keys": list(self.keys[:20]),
            "sentence": self.sentence,
        }


def group_findings(findings: Sequence[WeightFinding]) -> tuple[WeightGroup, ...]:
    """Findings that are not harmless, gathered by status and place, worst and most first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        if finding.status not in HARMLESS:
            groups.setdefault((finding.status, finding.pattern), []).append(finding.key)
    order = list(STATUSES)
    ranked = sorted(groups.items(), key=lambda g: (order.index(g[0][0]), -len(g[1]), g[0][1]))
    return tuple(WeightGroup(status, pattern, tuple(k)) for (status, pattern), k in ranked)


def _long(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 200
