"""True distances of a few tensors, read when estimates do not decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inspector.errors import TraceError
from inspector.match.choice import centred_difference
from inspector.match.entries import Entry
from inspector.match.layouts import reconcile
from inspector.match.values import CANDIDATE_ROW, EXCHANGED, REFERENCE_ROW, ValueGraph
from inspector.tensors import Array

_MOST_PAIRS = 400
_MOST_BYTES = 256 * 1024 * 1024


def exact_distances(
    refs: Sequence[Entry], cands: Sequence[Entry], known: Array, graph: ValueGraph
) -> Array | None:
    """Centred differences under the best layout, where `known` is finite.

    Returns:
        [references, candidates], or None when there are too many to read or one cannot be.
    """
    finite = np.isfinite(known)
    size = sum(8 * e.record.size for e in (*refs, *cands))
    if int(finite.sum()) > _MOST_PAIRS or size > _MOST_BYTES:
        return None
    try:
        left, right = [e.record.read() for e in refs], [e.record.read() for e in cands]
    except TraceError:
        return None
    found = np.full(known.shape, np.inf)
    for i, j in zip(*np.nonzero(finite), strict=True):
        edge = graph.edge(refs[i].name, cands[j].name)
        one, other = oriented(left[i], right[j], edge.relation if edge is not None else "")
        fits = reconcile(one.shape, other.shape, rows=False)
        found[i, j] = min(
            (
                centred_difference(f.reference.apply(one), f.candidate.apply(other))
                for f in fits
                if not f.crop
            ),
            default=np.inf,
        )
    return found


def oriented(reference: Array, candidate: Array, relation: str) -> tuple[Array, Array]:
    """Both arrays as `relation` asks for them: a row, or the rows in the other order."""
    if relation == EXCHANGED:
        return reference, candidate[::-1]
    if relation in REFERENCE_ROW:
        row = REFERENCE_ROW.index(relation)
        return reference[row : row + 1], candidate
    if relation in CANDIDATE_ROW:
        row = CANDIDATE_ROW.index(relation)
        return reference, candidate[row : row + 1]
    return reference, candidate
