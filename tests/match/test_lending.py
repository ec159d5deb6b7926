"""Roles that one side takes over from the other."""

import numpy as np
import pytest

from inspector.match.lending import lend_roles
from inspector.match.mapping import Mapping, MappingEntry
from inspector.match.matching import match_traces
from inspector.match.roles import recognise
from tests.match.build import make_trace

RNG = np.random.default_rng(0)
H = [RNG.normal(size=(1, 12, 10)) for _ in range(9)]
# a run of two steps whose states occur once
RUN = {
    "mu": H[0], "initial_noise": H[1], "ode_step1_v_cfg": H[2], "ode_step1_x_after": H[3],
    "ode_step2_v_cfg": H[4], "ode_step2_x_after": H[5], "final_mel": H[6],
}  # fmt: skip
MEANINGS = {
    "mu": ("mu", None), "initial_noise": ("initial_noise", None),
    "ode_step1_v_cfg": ("v_cfg", 1), "ode_step1_x_after": ("x_after", 1),
    "ode_step2_v_cfg": ("v_cfg", 2), "ode_step2_x_after": ("x_after", 2),
    "final_mel": ("mel", None),
}  # fmt: skip
NAMELESS = dict(zip(RUN, ["oak", "elm", "ash", "yew", "fir", "pine", "larch"], strict=True))


def nameless(run=RUN, **changed):
    return {NAMELESS[name]: changed.get(name, values) for name, values in run.items()}


def lent(reference, candidate, mapping=None):
    left, right = make_trace(reference), make_trace(candidate)
    roles = recognise(left), recognise(right)
    result = match_traces(left, right, *roles, mapping=mapping)
    return lend_roles(left, right, *roles, result)


def test_a_side_without_names_takes_over_roles_steps_and_axes():
    candidate = {n: v.transpose(0, 2, 1) for n, v in nameless().items()}
    own, roles = lent(RUN, candidate)
    assert own.by_name == MEANINGS
    assert roles.by_name == {NAMELESS[n]: meaning for n, meaning in MEANINGS.items()}
    assert roles.get("mel").record.name == "larch" and roles.get("mel").letters == "BTC"
    assert [s.number for s in roles.trajectory.steps] == [1, 2]
    after = roles.trajectory.step(2).x_after
    np.testing.assert_array_equal(after.read("BCT"), H[5])


def test_the_reference_takes_over_too():
    roles, other = lent(nameless(), RUN)
    assert roles.by_name == {NAMELESS[n]: meaning for n, meaning in MEANINGS.items()}
    assert other.by_name == MEANINGS


def test_nothing_new_leaves_the_roles_as_they_are():
    left, right = make_trace(RUN), make_trace(dict(RUN))
    roles = recognise(left), recognise(right)
    result = match_traces(left, right, *roles)
    assert all(a is b for a, b in zip(roles, lend_roles(left, right, *roles, result), strict=True))


@pytest.mark.parametrize(
    ("stored", "letters"),
    [(H[6][0], "CT"), (H[6][0].T, "TC"), (H[6][:, None], ""), (np.concatenate([H[6]] * 2), "BCT")],
)
def test_letters_follow_the_layout_of_the_pair(stored, letters):
    _, roles = lent(RUN, nameless(final_mel=stored))
    assert (roles.get("mel").letters if roles.get("mel") else "") == letters


def test_square_tensors_get_their_letters_from_the_values():
    square = {name: RNG.normal(size=(1, 12, 12)) for name in RUN}
    candidate = {NAMELESS[n]: v.transpose(0, 2, 1) for n, v in square.items()}
    _, roles = lent(square, candidate)
    np.testing.assert_array_equal(roles.get("mel").read("BCT"), square["final_mel"])


def test_an_own_role_is_never_replaced_or_doubled():
    candidate = nameless() | {"final_mel": H[7]}
    # by their own names these are the mel, whatever a file pairs them with
    mapping = Mapping((MappingEntry("mu", "final_mel"), MappingEntry("final_mel", "larch")))
    _, roles = lent(RUN, candidate, mapping)
    assert roles.by_name["final_mel"] == ("mel", None)
    assert roles.get("mel").record.name == "final_mel" and roles.get("mu") is None
    assert "larch" not in roles.by_name


def test_a_step_that_a_name_gives_is_not_overruled():
    mapping = Mapping((MappingEntry("ode_step1_v_cfg", "ode_step2_thing"),))
    candidate = {"ode_step2_thing": H[2], **nameless()}
    del candidate[NAMELESS["ode_step1_v_cfg"]]
    _, roles = lent(RUN, candidate, mapping)
    assert "ode_step2_thing" not in roles.by_name and "pine" in roles.by_name


def test_values_that_differ_lend_nothing_even_under_a_learned_name():
    run = {f"ode_step{i}_v_cfg": H[i] for i in (1, 2, 3, 4)}
    candidate = {f"ode_step{i}_thing": H[i] if i != 3 else H[7] for i in (1, 2, 3, 4)}
    left, right = make_trace(run), make_trace(candidate)
    pairs = match_traces(left, right, recognise(left), recognise(right)).pairs
    learned = next(p for p in pairs if p.rule == "learned name")
    assert learned.confidence >= 0.5 and learned.candidate.name == "ode_step3_thing"
    _, roles = lent(run, candidate)
    assert [s.number for s in roles.trajectory.steps] == [1, 2, 4]


def test_a_pair_without_confidence_lends_nothing():
    # one constant could be any other
    flat, name = np.ones((1, 1, 10)), "mask"
    _, roles = lent(RUN | {name: flat}, nameless() | {"beech": flat})
    assert "beech" not in roles.by_name and len(roles.by_name) == len(RUN)


def test_a_mapping_file_lends_whatever_the_values_are():
    candidate = nameless(mu=H[8])
    mapping = Mapping((MappingEntry("mu", "oak"),))
    _, roles = lent(RUN, candidate, mapping)
    assert roles.get("mu").record.name == "oak"


def test_a_group_of_equals_lends_its_roles_in_any_order():
    run = RUN | {"ode_step2_x_before": H[3]}
    candidate = nameless() | {"beech": H[3]}
    _, roles = lent(run, candidate)
    step = roles.trajectory.step(2)
    names = {roles.trajectory.step(1).x_after.record.name, step.x_before.record.name}
    assert names == {"yew", "beech"}


def test_steps_are_taken_over_to_their_end_or_not_at_all():
    _, roles = lent(RUN, nameless(ode_step2_v_cfg=H[7], ode_step2_x_after=H[8]))
    assert roles.trajectory.steps == ()
    assert set(roles.by_name) == {"oak", "elm", "larch"}
    # a gap on the way is a gap
    _, roles = lent(RUN, nameless(ode_step1_v_cfg=H[7]))
    assert roles.trajectory.step(1).v_cfg is None
    assert roles.trajectory.step(2).x_after is not None


def test_steps_are_numbered_as_the_side_itself_counts():
    shifted = {n.replace("step1", "step0").replace("step2", "step1"): v for n, v in RUN.items()}
    times = {f"ode_step{i}_t": np.float32(0.1 * i) for i in (0, 1)}
    own = {f"ode_step{i + 1}_t": np.float32(0.1 * i) for i in (0, 1)}
    _, roles = lent(shifted | times, nameless() | own)
    assert [s.number for s in roles.trajectory.steps] == [1, 2]
    assert roles.trajectory.step(2).x_after.record.name == "pine"
