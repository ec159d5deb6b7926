"""Order of execution as evidence."""

import numpy as np
import pytest

from inspector.match.by_order import Order
from inspector.match.entries import entries_of
from inspector.match.pairing import Link
from inspector.match.roles import recognise
from tests.match.build import match, partners
from tests.match.runs import as_trace

RNG = np.random.default_rng(0)
H = [RNG.normal(size=(1, 12, 10)) for _ in range(20)]
LETTERS = "bcdfghjklmnpqrstvwxz"
OWN = [f"{a}op" for a in LETTERS[::-1]]
OTHER = [f"{LETTERS[7 * i % 20]}ur" for i in range(20)]


def links(places):
    trace = as_trace([(f"{a}{i}", H[0]) for i, a in enumerate(LETTERS)])
    entries = entries_of(trace, recognise(trace))
    return [Link(entries[i], entries[j], "values", 0.9) for i, j in places]


def test_an_order_that_nearly_all_keep_is_trusted():
    assert Order(links([(i, i) for i in range(5)])).trusted
    assert not Order(links([(i, i) for i in range(4)])).trusted
    assert not Order(links([(0, 1), (1, 0), (2, 2), (3, 3), (4, 4)])).trusted
    assert Order(links([(0, 1), (1, 0), *((i, i) for i in range(2, 20))])).trusted
    assert not Order(links([(i, 7 * i % 20) for i in range(20)])).trusted


def test_a_pair_that_crosses_a_certain_one_breaks_the_order():
    order = Order(links([(i, i) for i in range(0, 20, 3)]))
    inside, crossing = links([(4, 5), (4, 8)])
    assert order.keeps(inside.reference, inside.candidate)
    assert not order.keeps(crossing.reference, crossing.candidate)
    (at_anchor,) = links([(3, 3)])
    assert order.keeps(at_anchor.reference, at_anchor.candidate)


def diverged(values, at):
    return [v if i < at else RNG.normal(size=v.shape) for i, v in enumerate(values)]


def test_order_takes_over_where_values_diverge_and_the_report_says_so():
    shapes = [(1, 12, 10), (1, 5, 10), (7, 9)]
    values = [RNG.normal(size=shapes[i % 3]) for i in range(20)]
    reference = as_trace(zip(OWN, values, strict=True), container=True)
    candidate = as_trace(zip(OTHER, diverged(values, 8), strict=True), container=True)
    result = match(reference, candidate)
    assert partners(result) == dict(zip(OWN, OTHER, strict=True))
    for number, pair in enumerate(result.pairs):
        assert (pair.rule == "order") == (number >= 8)
        assert (pair.confidence < 0.5) == (number >= 8)
    assert "order of execution" in result.pairs[-1].notes[0]
    assert any("by the order of execution alone" in note for note in result.notes)


@pytest.mark.parametrize("missing", [10, 15])
def test_unequal_counts_are_not_guessed_by_order(missing):
    reference = as_trace(zip(OWN, H, strict=True), container=True)
    items = [x for i, x in enumerate(zip(OTHER, diverged(H, 8), strict=True)) if i != missing]
    result = match(reference, as_trace(items, container=True))
    assert len(result.pairs) == 8
    assert len(result.ambiguous) == 1


def test_the_order_never_pairs_two_kinds_of_module():
    own = [*OWN[:12], "mid_blocks.0.resnet", *OWN[13:]]
    other = [*OTHER[:12], "mid_blocks.3.transformers.0", *OTHER[13:]]
    reference = as_trace(zip(own, H, strict=True), container=True)
    candidate = as_trace(zip(other, diverged(H, 8), strict=True), container=True)
    result = match(reference, candidate)
    assert "mid_blocks.0.resnet" not in partners(result) and len(result.pairs) == 19
    assert "a ResNet here and a transformer there" in result.unmatched_reference[0].reason
