"""Groups that nothing tells apart and that hide nothing."""

import numpy as np
import pytest

from tests.match.build import make_trace, match

RNG = np.random.default_rng(0)
H = [RNG.normal(size=(1, 12, 10)) for _ in range(4)]


def group_of(reference, candidate):
    result = match(make_trace(reference), make_trace(candidate))
    (group,) = result.ambiguous
    return group


@pytest.mark.parametrize("noise", [0.0, 1e-5])
def test_as_many_copies_on_both_sides_are_harmless_and_the_reason_says_why(noise):
    other = (H[0] + noise * H[1]).transpose(0, 2, 1)
    group = group_of({"wren": H[0], "finch": H[0]}, {"oak": other, "elm": other})
    assert group.harmless and group.to_dict()["harmless"] is True
    assert group.reason.endswith("whichever belongs to which, they agree.")
    assert "mapping file" not in group.reason
    pairs = group.assignment
    assert {p.reference.name for p in pairs} == set(group.reference)
    assert {p.candidate.name for p in pairs} == set(group.candidate)
    for pair in pairs:
        assert pair.confidence < 0.5
        left, right = pair.read()
        assert left.shape == right.shape and np.abs(left - right).max() < 1e-4


def test_another_number_of_copies_leaves_one_without_counterpart():
    group = group_of({"wren": H[0]}, {"oak": H[0], "elm": H[0]})
    assert not group.harmless and group.assignment == ()
    assert group.to_dict()["harmless"] is False
    assert group.reason.endswith("name the pairs in a mapping file.")


def test_members_that_are_only_alike_are_not_copies():
    near = H[0] + 1e-4 * H[1]
    group = group_of({"wren": H[0], "finch": near}, {"oak": H[0], "elm": H[0]})
    assert not group.harmless


def test_groups_of_names_with_other_values_are_not_harmless():
    group = group_of({"mel": H[0]}, {"a::ode_output": H[1], "b::ode_output": H[2]})
    assert not group.harmless
    copies = {"a::ode_output": H[0], "b::ode_output": H[0]}
    others = {"c::ode_output": H[1], "d::ode_output": H[1]}
    assert not group_of(copies, others).harmless
    plane = {"alpha": H[0], "beta": H[1]}
    assert not group_of(plane, {"gamma": H[2], "delta": H[3]}).harmless


def test_axes_that_stay_open_are_no_agreement():
    # the values are the same in both orders of the two axes of equal length
    one, noise = (a + a.transpose(1, 0, 2) for a in RNG.normal(size=(2, 5, 5, 4)))
    other = (one + 1e-5 * noise).T
    group = group_of({"wren": one, "finch": one}, {"oak": other, "elm": other})
    assert not group.harmless and group.assignment == ()
