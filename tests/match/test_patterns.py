"""Patterns of names, learned from proven pairs."""

import numpy as np
import pytest

from inspector.match.patterns import Pattern
from tests.match.build import make_trace, match, partners

RNG = np.random.default_rng(0)


def normal():
    return RNG.normal(size=(1, 6, 7))


@pytest.mark.parametrize(
    ("examples", "own", "readings"),
    [
        # one example: the 0 of the block or always 0
        ([(("mid", "0"), ("mid", "0"))], ("up", "1"), {("up", "1"), ("up", "0"), ("mid", "1"),
                                                       ("mid", "0")}),
        ([(("mid", "0"), ("mid", "0")), (("up", "1"), ("up", "1"))], ("down", "3"),
         {("down", "3")}),
        ([(("0", "7"), ("7", "0")), (("1", "7"), ("7", "1"))], ("2", "7"), {("7", "2")}),
        # neither copied nor always the same: nothing is known
        ([(("0",), ("4",)), (("1",), ("9",))], ("2",), set()),
    ],
)  # fmt: skip
def test_which_number_stands_where(examples, own, readings):
    assert Pattern(examples).readings(own) == readings


def test_numbers_in_the_same_order_are_read_so_even_from_one_example():
    pattern = Pattern([(("mid", "0"), ("mid", "0"))])
    assert pattern.best(("up", "1")) == {("up", "1")}
    assert Pattern([(("0", "7"), ("7", "0"))]).best(("2", "7")) == {("7", "2"), ("7", "0")}


def wrens(blocks, sick):
    """Blocks that call their two tensors otherwise; from block `sick` on values differ."""
    reference, candidate = {}, {}
    for i in range(blocks):
        for own, other in (("wren", "oak"), ("finch", "elm")):
            values = normal()
            reference[f"ode_step1/b.{i}.{own}"] = values
            candidate[f"ode_step1/{other}_of_{i}"] = values if i < sick else normal()
    return make_trace(reference), make_trace(candidate)


def test_two_blocks_teach_the_names_of_a_diverged_one():
    result = match(*wrens(4, sick=2))
    expected = {
        f"ode_step1/b.{i}.{own}": f"ode_step1/{other}_of_{i}"
        for i in range(4)
        for own, other in (("wren", "oak"), ("finch", "elm"))
    }
    assert partners(result) == expected
    learned = [p for p in result.pairs if p.rule == "learned name"]
    assert len(learned) == 4
    assert all(p.confidence >= 0.5 and "2 pairs of other blocks" in p.notes[0] for p in learned)


def test_one_block_teaches_without_confidence():
    learned = [p for p in match(*wrens(2, sick=1)).pairs if p.rule == "learned name"]
    assert {(p.reference.name, p.candidate.name) for p in learned} == {
        ("ode_step1/b.1.wren", "ode_step1/oak_of_1"),
        ("ode_step1/b.1.finch", "ode_step1/elm_of_1"),
    }
    assert all(p.confidence < 0.5 for p in learned)


def test_a_name_that_met_two_partners_teaches_nothing_sure():
    reference, candidate = wrens(4, sick=2)
    names = {"ode_step1/oak_of_1": "ode_step1/elm_of_1", "ode_step1/elm_of_1": "ode_step1/oak_of_1"}
    mixed = make_trace({names.get(r.name, r.name): r.read() for r in candidate})
    for pair in match(reference, mixed).pairs:
        assert pair.rule != "learned name" or pair.confidence < 0.5
