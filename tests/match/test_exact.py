"""True distances, read."""

import numpy as np

from inspector.errors import TraceError
from inspector.match.entries import entries_of
from inspector.match.exact import exact_distances, oriented
from inspector.match.fingerprints import Fingerprints
from inspector.match.roles import recognise
from inspector.match.values import CANDIDATE_ROW, EXCHANGED, REFERENCE_ROW, ValueGraph
from inspector.tensors import Trace
from tests.match.build import make_trace, unreadable

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(1, 6, 7)), RNG.normal(size=(1, 6, 7))


def sides(reference: Trace, candidate: Trace):
    entries = [entries_of(t, recognise(t)) for t in (reference, candidate)]
    return (*entries, ValueGraph(*entries, Fingerprints(""), Fingerprints("")))


def test_the_best_layout_counts_and_blocked_places_stay_blocked():
    refs, cands, graph = sides(
        make_trace({"a": A, "b": B}),
        make_trace({"c": A.transpose(0, 2, 1), "d": np.concatenate([A, B])}),
    )
    known = np.array([[0.0, 0.0], [np.inf, 1.0]])
    found = exact_distances(refs, cands, known, graph)
    assert found is not None
    assert found[0, 0] == 0.0 and np.isinf(found[1, 0])
    assert found[0, 1] == 0.0  # row 0 of d


def test_what_cannot_be_read_has_no_distance():
    bad = Trace("x", (unreadable("a", (1, 6, 7), TraceError("truncated", "a", "ends early")),))
    refs, cands, graph = sides(bad, make_trace({"c": A}))
    assert exact_distances(refs, cands, np.zeros((1, 1)), graph) is None


def test_each_relation_orients_both_sides():
    two = np.concatenate([A, B])
    left, right = oriented(A, two, CANDIDATE_ROW[1])
    assert left is A and np.array_equal(right, B)
    left, right = oriented(two, B, REFERENCE_ROW[0])
    assert np.array_equal(left, A) and right is B
    left, right = oriented(two, two, EXCHANGED)
    assert np.array_equal(right, np.concatenate([B, A]))
    assert oriented(A, B, "") == (A, B)
