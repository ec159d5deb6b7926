"""Pairs by values where names leave tensors open."""

import numpy as np
import pytest

from tests.match.build import make_trace, match, partners
from tests.match.runs import as_trace

RNG = np.random.default_rng(0)
H = [RNG.normal(size=(1, 12, 10)) for _ in range(12)]
NAMES = ["wren", "finch", "heron", "crane", "stork", "robin", "eagle", "swift", "raven", "goose"]
OTHER = ["oak", "elm", "ash", "yew", "fir", "pine", "larch", "beech", "alder", "maple"]


@pytest.mark.parametrize("noise", [0.0, 1e-6, 3e-5])
def test_equal_tensors_that_nothing_tells_apart_are_flagged(noise):
    reference = {"wren": H[0], "finch": H[0], "heron": H[1]}
    candidate = {"oak": H[0], "elm": H[0], "ash": H[1]}
    candidate = {n: v + noise * RNG.normal(size=v.shape) for n, v in candidate.items()}
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {"heron": "ash"}
    (group,) = result.ambiguous
    assert sorted(group.reference) == ["finch", "wren"]
    assert sorted(group.candidate) == ["elm", "oak"]
    assert "neither names nor order" in group.reason


def test_one_tensor_against_two_equal_ones_is_flagged():
    result = match(make_trace({"wren": H[0]}), make_trace({"oak": H[0], "elm": H[0]}))
    assert result.pairs == () and len(result.ambiguous) == 1


def test_a_word_in_common_tells_equal_tensors_apart():
    reference = {"wren.gate": H[0], "finch.skip": H[0]}
    candidate = {"oak.skip.x": H[0], "elm.gate.x": H[0]}
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {"wren.gate": "elm.gate.x", "finch.skip": "oak.skip.x"}
    assert {p.rule for p in result.pairs} == {"values and names"}
    assert all("Several tensors hold these values" in p.notes[0] for p in result.pairs)


def test_a_kept_order_tells_equal_tensors_apart():
    values = [*H[:4], H[2], *H[4:9]]
    reference = as_trace(zip(NAMES, values, strict=True), container=True)
    candidate = as_trace(zip(OTHER, values, strict=True), container=True)
    result = match(reference, candidate)
    assert partners(result) == dict(zip(NAMES, OTHER, strict=True))
    rules = {p.reference.name: p.rule for p in result.pairs}
    assert set(rules.values()) == {"values and order"}
    # an order that the values contradict tells nothing
    places = RNG.permutation(len(values))
    shuffled = as_trace([(OTHER[i], values[i]) for i in places], container=True)
    result = match(reference, shuffled)
    assert len(result.pairs) == 8 and len(result.ambiguous) == 1


def test_a_pair_that_breaks_the_order_is_doubted():
    reference = as_trace(zip(NAMES, H[:10], strict=True), container=True)
    order = [*range(1, 7), 0, 7, 8, 9]
    many = [(f"{OTHER[i]}", H[i]) for i in order]
    # enough others keep the order for one to be odd
    more = [RNG.normal(size=(1, 9, 10)) for _ in range(12)]
    words = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "el",
        "tw",
    ]
    reference = as_trace(
        [
            *zip(NAMES, H[:10], strict=True),
            *((f"r {w}", m) for w, m in zip(words, more, strict=True)),
        ],
        container=True,
    )
    candidate = as_trace(
        [*many, *((f"c {w} z", m) for w, m in zip(words, more, strict=True))], container=True
    )
    pairs = {p.reference.name: p for p in match(reference, candidate).pairs}
    assert pairs["wren"].candidate.name == "oak" and pairs["wren"].confidence < 0.5
    assert "breaks the order" in pairs["wren"].notes[-1]
    assert pairs["finch"].confidence >= 0.9


def test_near_tensors_are_told_apart_by_reading_them():
    # the second is 1.5 % away from the first and the noise is 1 %
    first, second = H[0], H[0] + 0.03 * H[1]
    noise = [0.01 * RNG.normal(size=(1, 12, 10)) for _ in range(2)]
    reference = as_trace([("wren", first), ("finch", second)])
    candidate = as_trace([("oak", second + noise[0]), ("elm", first + noise[1])], dtype="bfloat16")
    assert partners(match(reference, candidate)) == {"wren": "elm", "finch": "oak"}


def test_what_is_alike_is_paired_without_confidence():
    result = match(make_trace({"wren": H[0]}), make_trace({"oak": H[0] + 0.1 * H[1]}))
    (pair,) = result.pairs
    assert pair.confidence < 0.5 and "alike, not equal" in pair.notes[0]


def test_a_copy_that_is_paired_otherwise_is_counted():
    reference = {"mu": H[0], "wren": H[0]}
    result = match(make_trace(reference), make_trace({"mu": H[0], "oak": H[0]}))
    pair = next(p for p in result.pairs if p.reference.name == "wren")
    assert pair.confidence == 0.7 and "2 tensors of the reference and 2" in pair.notes[0]
    result = match(make_trace(reference), make_trace({"mu": H[1], "oak": H[0]}))
    assert all(p.confidence < 0.5 for p in result.pairs if p.candidate.name == "oak")


def test_constants_and_few_numbers_are_paired_without_confidence():
    for values in (np.zeros((1, 12, 10)), np.array([0.25]), np.array(3)):
        (pair,) = match(make_trace({"wren": values}), make_trace({"oak": values})).pairs
        assert pair.confidence < 0.5
        assert "equal by chance" in pair.notes[0]


def test_few_or_alike_values_never_pair_two_kinds_of_module():
    one, other = "mid_blocks.0.resnet", "mid_blocks.3.transformers.0"
    for own, values in (
        (np.zeros((1, 12, 10)), np.zeros((1, 12, 10))),
        (H[0], H[0] + 0.1 * H[1]),
    ):
        assert match(make_trace({one: own}), make_trace({other: values})).pairs == ()
    # many equal values are no guess
    assert len(match(make_trace({one: H[0]}), make_trace({other: H[0]})).pairs) == 1


def test_values_settle_what_names_leave_ambiguous():
    reference = {"a::ode_output": H[0], "b::ode_output": H[1]}
    candidate = {"c::ode_output": H[1], "d::ode_output": H[0]}
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {"a::ode_output": "d::ode_output", "b::ode_output": "c::ode_output"}
    # and what they do not settle stays as the names left it
    other = {name: RNG.normal(size=(1, 12, 10)) for name in candidate}
    result = match(make_trace(reference), make_trace(other))
    assert result.pairs == () and len(result.ambiguous) == 1


def test_roles_that_contradict_equal_values_are_not_paired_in_silence():
    reference = {"ode_step1_x_after": H[0], "mu": H[1]}
    candidate = {"ode_step1_x_before": H[0], "mu": H[1]}
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {"mu": "mu"}
    assert "ode_step1_x_before" in result.unmatched_reference[0].reason
    assert "something else" in result.unmatched_reference[0].reason
