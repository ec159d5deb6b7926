"""A comparison as one JSON document."""

from __future__ import annotations

from typing import Any

from inspector.diagnose.comparison import Comparison
from inspector.diagnose.side import Side
from inspector.metrics.denormals import denormals_kept
from inspector.report.strict_json import jsonable

FORMAT = "tensor-diff-inspector/1"


def build_document(comparison: Comparison) -> dict[str, Any]:
    """Return the JSON document of a comparison, made of strict JSON values.

    Keys: ``format``, ``verdict``, ``precision``, ``reference``, ``candidate``,
    ``denormals_kept``, ``options``, ``pairs``, ``unmatched``, ``unmatched_reasons``,
    ``ambiguous``, ``skipped``, ``health`` and one object per question: ``ode``, ``sign``,
    ``mel``, ``hf_energy``, ``waveform``, ``tokens``.
    """
    match = comparison.match
    sides = {"reference": comparison.reference, "candidate": comparison.candidate}
    pairs = [t.to_dict() for t in comparison.tensors]
    document: dict[str, Any] = {
        "format": FORMAT,
        "verdict": comparison.verdict.to_dict(),
        "precision": comparison.precision.to_dict(),
        **{name: _side(side) for name, side in sides.items()},
        # Hardware that flushes denormals to zero would make tiny tensors look equal.
        "denormals_kept": denormals_kept(),
        "options": comparison.options.to_dict(),
        # Always an object, so that a reader may look a metric up in every pair.
        "pairs": [
            {**p, "metrics": p["metrics"] or {}, "form": _form(comparison, row)}
            for row, p in enumerate(pairs)
        ],
        "unmatched": {
            "reference": [u.record.name for u in match.unmatched_reference],
            "candidate": [u.record.name for u in match.unmatched_candidate],
        },
        "unmatched_reasons": {
            "reference": {u.record.name: u.reason for u in match.unmatched_reference},
            "candidate": {u.record.name: u.reason for u in match.unmatched_candidate},
        },
        "ambiguous": [a.to_dict() for a in match.ambiguous],
        "skipped": {
            name: [
                {"file": s.file, "code": s.code, "sentence": s.sentence} for s in side.trace.skipped
            ]
            for name, side in sides.items()
        },
        "health": {
            name: [f.to_dict() for f in side.health.findings] for name, side in sides.items()
        },
    }
    for question, answer in comparison.answers.items():
        document[question] = answer.to_dict()
    return jsonable(document)


def _form(comparison: Comparison, row: int) -> dict[str, Any] | None:
    """What the error looks like, for the pairs where the comparison looked."""
    found = comparison.forms.get(row)
    return None if found is None else found.to_dict()


def _side(side: Side) -> dict[str, Any]:
    return {
        "path": side.trace.path,
        "tensors": len(side.trace),
        "framework": side.trace.info.framework,
        "identity": side.trace.identity,
        "notes": list(side.trace.notes),
    }
