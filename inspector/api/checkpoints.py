"""Audit checkpoints."""

from __future__ import annotations

from pathlib import Path

from inspector.diagnose.weight_audit import WeightAudit, audit_weights
from inspector.report.strict_json import dumps
from inspector.report.weights import render_weights, weights_document
from inspector.report.writing import write_bytes
from inspector.tensors import Progress


def weights(
    checkpoint: str | Path,
    candidate_checkpoint: str | Path,
    *,
    config: str | Path | None = None,
    json: str | Path | None = None,
    progress: Progress | None = None,
) -> WeightAudit:
    """Audit the weights of a port against the original's, parameter by parameter.

    The options are those of ``inspector weights``.

    Args:
        checkpoint, candidate_checkpoint: weights of the original and of the port, in any
            naming and layout of the decoder's family; or any two files of named tensors.
        config: JSON file with settings of the decoder that shapes do not tell.
        json: also write the JSON document there.
        progress: called as ``progress(done, total, what)``; may raise `Cancelled`.

    Raises:
        TraceError: a file cannot be read.
        UsageError: the configuration cannot be used.
    """
    audit = audit_weights(checkpoint, candidate_checkpoint, config=config, progress=progress)
    if json is not None:
        write_bytes(Path(json), (weights_json(audit) + "\n").encode())
    return audit


def weights_json(audit: WeightAudit) -> str:
    """The JSON document of a weight audit as strict JSON text."""
    return dumps(weights_document(audit), indent=2)


def weights_text(audit: WeightAudit, *, verbose: bool = False) -> str:
    """The report of a weight audit as terminal text without control characters."""
    return render_weights(audit, verbose=verbose)
