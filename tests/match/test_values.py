"""The graph of likeness."""

import numpy as np
import pytest

from inspector.match.entries import entries_of
from inspector.match.fingerprints import Fingerprints
from inspector.match.roles import recognise
from inspector.match.values import CANDIDATE_ROW, EXCHANGED, REFERENCE_ROW, WHOLE, ValueGraph
from tests.match.build import make_trace, match


def graph_of(reference, candidate) -> ValueGraph:
    sides = [entries_of(t, recognise(t)) for t in (make_trace(reference), make_trace(candidate))]
    return ValueGraph(*sides, Fingerprints(""), Fingerprints(""))


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


A, B = normal(1, 5, 7), normal(1, 5, 7, seed=1)


@pytest.mark.parametrize(
    ("reference", "candidate", "relation"),
    [
        (A, A.transpose(0, 2, 1), WHOLE),
        (A, np.concatenate([A, B]), CANDIDATE_ROW[0]),
        (A, np.concatenate([B, A]), CANDIDATE_ROW[1]),
        (A, np.concatenate([A, 0 * A]), CANDIDATE_ROW[0]),
        (np.concatenate([B, A]), A[0].T, REFERENCE_ROW[1]),
        (np.concatenate([A, B]), np.concatenate([B, A]).transpose(0, 2, 1), EXCHANGED),
        (np.concatenate([A, A]), np.concatenate([A, A]), WHOLE),
    ],
)
def test_each_relation(reference, candidate, relation):
    edge = graph_of({"a": reference}, {"b": candidate}).edge("a", "b")
    assert edge is not None
    assert (edge.relation, edge.same, edge.telling) == (relation, True, True)


@pytest.mark.parametrize(
    ("error", "same"), [(0.0, True), (3e-5, True), (5e-4, True), (0.01, False), (0.1, False)]
)
def test_how_near_is_the_same(error, same):
    edge = graph_of({"a": A}, {"b": A + error * B}).edge("a", "b")
    assert edge is not None and edge.same == same


def test_unrelated_tensors_have_no_edge_but_a_distance():
    reference, candidate = make_trace({"a": A}), make_trace({"b": B})
    (ref,), (cand,) = (entries_of(t, recognise(t)) for t in (reference, candidate))
    graph = ValueGraph([ref], [cand], Fingerprints(""), Fingerprints(""))
    assert graph.edge("a", "b") is None and graph.of_reference == {}
    measured = graph.measure(ref, cand)
    assert measured is not None and measured.centred > 0.5 and not measured.same


def test_a_few_numbers_must_agree_better_and_tell_nothing():
    near = graph_of({"t": np.array([0.5])}, {"u": np.array([0.501])}).edge("t", "u")
    assert near is not None and not near.same
    equal = graph_of({"t": np.array([0.5])}, {"u": np.array([0.5])}).edge("t", "u")
    assert equal is not None and equal.same and not equal.telling
    zeros = graph_of({"t": np.zeros((9, 9))}, {"u": np.zeros((9, 9))}).edge("t", "u")
    assert zeros is not None and zeros.same and not zeros.telling


def test_whole_numbers_must_be_equal():
    tokens = np.arange(1000, 1030)
    other = tokens.copy()
    other[3] += 1
    edge = graph_of({"a": tokens}, {"b": other}).edge("a", "b")
    assert edge is not None and not edge.same
    same = graph_of({"a": tokens}, {"b": tokens.astype(np.int64)}).edge("a", "b")
    assert same is not None and same.same


def test_many_equal_tensors_stay_cheap():
    many = {f"m{i}": np.ones((1, 1, 30)) for i in range(300)}
    graph = graph_of(many, many)
    # a few neighbours each way instead of 300 times 300
    assert sum(len(edges) for edges in graph.of_reference.values()) <= 16 * 300
    assert len(graph.of_reference) == 300


def both(one, other):
    return np.concatenate([one, other])


def test_equal_rows_never_stand_in_the_other_order_by_noise_alone():
    twice = both(A, A)
    noisy = both(A, A) + 1e-6 * both(normal(1, 5, 7, seed=3), normal(1, 5, 7, seed=4))
    for candidate in (noisy, noisy[::-1]):
        edge = graph_of({"a": twice}, {"b": candidate}).edge("a", "b")
        assert edge is not None and edge.relation == WHOLE


def test_tensors_vote_on_the_order_of_rows():
    reference = {f"m{i}": both(A + i * B, B - i * A) for i in range(4)}
    turned = {name: values[::-1] for name, values in reference.items()}
    graph = graph_of(reference, turned)
    assert {graph.edge(name, name).relation for name in reference} == {EXCHANGED}  # type: ignore[union-attr]
    # one tensor against three has a mistake, not another order
    graph = graph_of(reference, reference | {"m2": turned["m2"]})
    assert graph.edge("m2", "m2") is None
    assert {graph.edge(n, n).relation for n in ("m0", "m1", "m3")} == {WHOLE}  # type: ignore[union-attr]


def test_what_has_diverged_is_compared_in_the_order_that_was_voted_for():
    reference = {f"m{i}": both(A + i * B, B - i * A) for i in range(4)}
    turned = {name: values[::-1] for name, values in reference.items()}
    turned["m3"] = turned["m3"] + 0.2 * normal(2, 5, 7, seed=5)
    pairs = match(make_trace(reference), make_trace(turned)).pairs
    assert {p.candidate_layout.rows for p in pairs} == {(1, 0)}
