"""Examining one side needs no other side."""

from __future__ import annotations

from inspector.diagnose.side import examine, share_roles
from inspector.match.matching import match_traces
from tests import runs


def test_a_side_knows_its_roles_order_and_health():
    run = runs.healthy_run()
    side = examine(runs.trace(run, "folder/of/run"))
    assert side.label == "run"
    assert sorted(side.order) == sorted(run)
    assert len(side.roles.trajectory.steps) == runs.STEPS
    assert not side.health.failures()


def nameless(run):
    return {f"t_{number}": values for number, values in enumerate(run.values())}


def shared(reference, candidate):
    left, right = (examine(runs.trace(arrays)) for arrays in (reference, candidate))
    match = match_traces(left.trace, right.trace, left.roles, right.roles)
    return left, right, share_roles(left, right, match)


def test_a_side_without_names_is_checked_by_the_roles_of_its_partners():
    run = runs.healthy_run()
    left, right, (first, second) = shared(run, nameless(run))
    assert first is left
    assert right.health.find("euler") is None and second.health.find("euler").status == "ok"
    assert second.health.find("mel_sign").status == "ok"
    assert not second.health.failures()
    told = second.health.find("roles_taken_over")
    assert told.status == "note" and "from the reference's tensors" in told.sentence
    assert told.values["tensors"] == len(told.tensors) > runs.STEPS
    assert sum(f.check == "roles_taken_over" for f in second.health.findings) == 1


def test_the_reference_may_be_the_side_without_names():
    run = runs.healthy_run()
    _, right, (first, second) = shared(nameless(run), run)
    assert second is right
    assert first.health.find("euler").status == "ok"
    assert "from the candidate's tensors" in first.health.find("roles_taken_over").sentence


def test_sides_whose_names_tell_are_left_as_they_are():
    run = runs.healthy_run()
    left, right, sides = shared(run, runs.other_style(run))
    assert sides == (left, right)
