"""One claim of a verdict, and the words that claims share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.form import Form, FormReport
from inspector.faults.known_bugs import known_bugs
from inspector.names import show_name

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"
CONFIDENCES = (CERTAIN, LIKELY, POSSIBLE)
"""``certain``: arithmetic on recorded values alone; ``likely``: a known pattern that other
causes rarely leave; ``possible``: one of several explanations."""

RECORDING, INPUTS, SOUND, SOLVER, BLOCK = "recording", "inputs", "sound", "solver", "block"
PRECISION, NO_BUG = "precision", "no_bug"
SUBJECTS = (RECORDING, INPUTS, SOUND, SOLVER, BLOCK, PRECISION, NO_BUG)
"""In the order of triage."""

HARMLESS = (PRECISION, NO_BUG)
"""Subjects of what is no mistake, or need not be one."""

_LONGEST_NAME = 80
_WORTH_NAMING = 0.3
_STATISTICS = frozenset({"gain", "offset", "gain_offset"})
"""Forms that fit many errors partly and hint at no cause then."""

Forms = Mapping[str, FormReport]
"""Forms of errors by reference name."""


@dataclass(frozen=True)
class Claim:
    """One thing that a comparison says.

    Attributes:
        subject: one of `SUBJECTS`.
        sentence: the claim.
        evidence: numbers that carry it, one sentence or clause each.
        confidence: one of `CONFIDENCES`.
        tensors: stored names in the reference, or in the side that is blamed.
        side: ``reference`` or ``candidate`` when one recording is blamed; else empty.
        records: short IDs of recorded bugs that look alike.
    """

    subject: str
    sentence: str
    evidence: tuple[str, ...]
    confidence: str
    tensors: tuple[str, ...] = ()
    side: str = ""
    records: tuple[str, ...] = ()

    @property
    def resembles(self) -> tuple[str, ...]:
        """The recorded bugs in words."""
        return known_bugs(self.records)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "subject": self.subject, "sentence": self.sentence, "evidence": list(self.evidence),
            "confidence": self.confidence, "tensors": list(self.tensors), "side": self.side or None,
            "records": list(self.records), "resembles": list(self.resembles),
        }  # fmt: skip


def how(comparison: TensorComparison, forms: Forms) -> tuple[str, tuple[str, ...]]:
    """What an error looks like, as a text to append, and the bugs that look like it.

    Only what explains the error is said, or what one place of it says about its cause.
    """
    report = forms.get(comparison.pair.reference.name)
    if report is None or not report.sentence:
        return "", ()
    best = report.best
    if best is not None and report.sentence == best.sentence:
        if best.confidence == POSSIBLE:
            return f" Perhaps: {lowered(best.sentence)}", ()
        return f" {best.sentence}", best.records
    return (f" {report.unexplained}" if report.located else ""), ()


def best_form(comparison: TensorComparison, forms: Forms) -> Form | None:
    """The form that explains an error best; None where none was found or asked for."""
    report = forms.get(comparison.pair.reference.name)
    return None if report is None else report.best


def nearest(comparison: TensorComparison, forms: Forms) -> tuple[str, ...]:
    """The simple form that comes nearest where none explains the error, as one clause."""
    report = forms.get(comparison.pair.reference.name)
    best = report.best if report is not None else None
    if report is None or best is None or best.sentence == report.sentence:
        return ()
    if best.explained < _WORTH_NAMING or best.key in _STATISTICS:
        return ()
    return (f"nearest simple form: {lowered(best.sentence)}",)


def numbers(comparison: TensorComparison) -> str:
    """The comparison as one clause with its numbers."""
    name, metrics = show_name(comparison.pair.reference.name, _LONGEST_NAME), comparison.metrics
    if metrics is None or comparison.pair.mismatch:
        return f"{name}: {lowered(comparison.pair.mismatch or comparison.reason)}"
    if comparison.tolerance is not None and comparison.tolerance.rtol == 0.0:
        return f"{name}: {metrics.outside_count} of {metrics.count} values differ"
    parts = []
    if metrics.relative_l2 is not None:
        parts.append(f"relative L2 {metrics.relative_l2:.2g}")
    if metrics.max_abs is not None:
        parts.append(f"largest error {metrics.max_abs:.2g}")
    if metrics.correlation is not None:
        parts.append(f"correlation {metrics.correlation:.4f}")
    if metrics.norm_ratio is not None:
        parts.append(f"norm ratio {metrics.norm_ratio:.4g}")
    return f"{name}: {', '.join(parts)}"


def shown(comparison: TensorComparison) -> str:
    """The reference's name, safe to print."""
    return show_name(comparison.pair.reference.name, _LONGEST_NAME)


def capital(text: str) -> str:
    """Raise the first letter."""
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """Lower the first letter, except that of an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
