"""Sentences for tensors without partner."""

from tests.match.build import match, shapes_trace


def reasons(reference, candidate):
    result = match(shapes_trace(reference), shapes_trace(candidate))
    return (
        {u.record.name: u.reason for u in result.unmatched_reference},
        {u.record.name: u.reason for u in result.unmatched_candidate},
    )


def test_nothing_alike():
    left, right = reasons({"alpha.one": (3,)}, {"beta.two": (4,)})
    assert left["alpha.one"] == (
        "No tensor of the candidate has this name, an alias of it, or its shape at this place."
    )
    assert right["beta.two"].startswith("No tensor of the reference has this name")


def test_a_role_the_other_side_lacks():
    left, _ = reasons({"step6_mu": (1, 80, 9)}, {"mel": (1, 80, 9)})
    assert "none is recognised as mu" in left["step6_mu"]


def test_a_role_that_is_taken():
    left, _ = reasons({"step6_mu": (1, 80, 9), "step7a_mu_T": (1, 80, 9)}, {"mu": (1, 9, 80)})
    assert left["step7a_mu_T"] == "The mu of the candidate, mu, is paired with step6_mu already."


def test_steps_the_other_side_lacks():
    left, _ = reasons(
        {f"ode_step{n}_x_after": (2,) for n in range(1, 5)},
        {f"ode_step{n}_x_after": (2,) for n in range(1, 4)},
    )
    assert left["ode_step4_x_after"] == (
        "The candidate has x_after at the ODE steps 1, 2, 3, not at step 4."
    )


def test_many_steps_are_cut_short():
    left, _ = reasons(
        {f"ode_step{n}_x_after": (2,) for n in range(1, 32)},
        {f"ode_step{n}_x_after": (2,) for n in range(1, 31)},
    )
    assert "11, 12 ..., not at step 31" in left["ode_step31_x_after"]


def test_names_are_shown_safely():
    left, _ = reasons({"mu": (2,), "x\u202e/mu": (2,)}, {"y\u202e/mu": (2,)})
    assert all("\u202e" not in reason for reason in left.values())
