"""What an error looks like: ranked forms, each with what is left once it is undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

CONFIDENCES = ("certain", "likely", "possible")
KINDS = ("cause", "fact", "place")


@dataclass(frozen=True)
class Form:
    """One hypothesis about the error of a pair.

    Attributes:
        key: name of the hypothesis, such as ``gain`` or ``fortran_order``.
        title: a few words for a list.
        sentence: the hypothesis with its numbers, for a person.
        residual: relative L2 error left after the hypothesis was applied to the reference,
            relative to the norm of the reference; exactly 0.0 when every value is undone.
            None when nothing was undone (an observation such as other noise).
        whole: relative L2 error before, in the same unit.
        explained: ``1 - (residual / whole)**2``, 0 when nothing was undone.
        kind: ``cause``: something that was done to the values; ``fact``: something one side
            is, whatever the other holds; ``place``: only where the error sits.
        confidence: ``certain``: what is left is within the tolerance of the pair and no
            other simple hypothesis does the same; ``likely``; ``possible``.
        parameters: how many numbers were fitted.
        evidence: those numbers and others, such as ``gain_db`` or ``lag_frames``.
        records: known porting mistakes that it resembles, such as ``FW01``.
        harmless: the error does not reach what the run computes.
    """

    key: str
    title: str
    sentence: str
    residual: float | None
    whole: float
    explained: float
    kind: str = "cause"
    confidence: str = "possible"
    parameters: int = 0
    evidence: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    records: tuple[str, ...] = ()
    harmless: bool = False

    @property
    def leaves(self) -> str:
        """What is left of the error, as a clause: ``leaves 0.0021 of 0.34``."""
        if self.residual is None:
            return "undoes nothing"
        if self.residual == 0.0:
            return f"leaves exactly 0 of {self.whole:.2g}"
        return f"leaves {self.residual:.2g} of {self.whole:.2g}"

    def to_dict(self) -> dict[str, Any]:
        """The form as plain JSON values."""
        return {
            "key": self.key,
            "title": self.title,
            "sentence": self.sentence,
            "residual": self.residual,
            "whole": self.whole,
            "explained": self.explained,
            "kind": self.kind,
            "confidence": self.confidence,
            "parameters": self.parameters,
            "evidence": dict(self.evidence),
            "records": list(self.records),
            "harmless": self.harmless,
        }


@dataclass(frozen=True)
class FormReport:
    """Every form found for one pair.

    Attributes:
        ranked: the best first.
        whole: relative L2 error of the pair before anything is undone.
        unexplained: where the error sits, when no cause or fact explains most of it; empty
            otherwise.
        located: `unexplained` names a place, such as one row or a few channels.
        sampled: the search ran on a sample; only what is listed was checked in full.
    """

    ranked: tuple[Form, ...]
    whole: float
    unexplained: str = ""
    sampled: bool = False
    located: bool = False

    @property
    def best(self) -> Form | None:
        """The first of `ranked`; None when nothing was found."""
        return self.ranked[0] if self.ranked else None

    @property
    def sentence(self) -> str:
        """The best form, or where the error sits, in one sentence."""
        best = self.best
        if best is None or (self.unexplained and best.kind != "place"):
            return self.unexplained
        return best.sentence

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "ranked": [form.to_dict() for form in self.ranked],
            "whole": self.whole,
            "unexplained": self.unexplained,
            "sampled": self.sampled,
            "located": self.located,
        }
