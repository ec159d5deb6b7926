"""One state of the solution under two names."""

import numpy as np
import pytest

from tests.match.build import make_trace, match

RNG = np.random.default_rng(0)
H = [RNG.normal(size=(1, 12, 10)) for _ in range(6)]
BESIDE = {"mu": H[5]}


def pair_of(reference, candidate, steps=None, other_steps=None):
    """The only pair beside mu, or None."""
    result = match(
        make_trace(BESIDE | reference, steps=steps),
        make_trace(BESIDE | candidate, steps=other_steps),
    )
    (pair,) = [p for p in result.pairs if p.reference.name != "mu"] or [None]
    assert pair is not None or len(result.unmatched_reference) == len(reference)
    return pair


@pytest.mark.parametrize(
    ("own", "other", "role", "why"),
    [
        ("ode_step1_x_before", "initialNoise", "initial_noise", "is the starting noise"),
        ("initial_noise", "ode_step1_x_before", "initial_noise", "is the starting noise"),
        ("ode_step2_x_after", "ode_step3_x_before", "x_after", "before the next one"),
        ("ode_step3_x_before", "ode_step2_x_after", "x_before", "before the next one"),
        ("ode_step3_x_after", "mel", "mel", "after the last step is the mel"),
        ("mel", "ode_step3_x_after", "mel", "after the last step is the mel"),
    ],
)
@pytest.mark.parametrize("differ", [False, True])
def test_one_state_under_two_names_is_a_pair(own, other, role, why, differ):
    values = H[1] if differ else H[0]
    pair = pair_of({own: H[0]}, {other: values.transpose(0, 2, 1)}, steps=3)
    assert (pair.reference.name, pair.candidate.name) == (own, other)
    assert (pair.rule, pair.role) == ("definition", role)
    assert 0.5 <= pair.confidence < 0.85
    assert why in pair.notes[0] and len(pair.notes) == 1
    assert ("values differ" in pair.notes[0]) is differ


def test_equal_values_are_surer():
    reference, name = {"ode_step1_x_before": H[0]}, "initial_noise"
    same, differing = (pair_of(reference, {name: h}).confidence for h in H[:2])
    assert differing < same


def test_a_partner_by_name_comes_first():
    reference = {"initial_noise": H[0], "ode_step1_x_before": H[0]}
    for name in reference:
        (pair,) = match(make_trace(reference), make_trace({name: H[1]})).pairs
        assert pair.reference.name == pair.candidate.name == name


@pytest.mark.parametrize(
    ("own", "other", "more"),
    [
        # a step in the middle, by number and by its time
        ("ode_step2_x_before", "initial_noise", {}),
        ("ode_step1_x_before", "initial_noise", {"ode_step1_t": np.float32(0.012)}),
        ("ode_step1_x_before", "initial_noise", {"ode_step0_t": np.float32(0.0)}),
        ("ode_step2_x_after", "mel", {}),
        ("ode_step1_x_after", "ode_step3_x_before", {}),
        ("ode_step2_x_after", "ode_step2_x_before", {}),
        ("initial_noise", "mel", {}),
    ],
)
def test_other_states_stay_apart_even_when_they_are_equal(own, other, more):
    result = match(make_trace({own: H[0], **more}, steps=3), make_trace({other: H[0]}))
    assert result.pairs == () and result.ambiguous == ()


def test_the_first_step_may_be_0_and_begin_later():
    times = {"ode_step0_t": np.float32(0.3), "t_span": np.float32([0.3, 0.6, 1.0])}
    reference = {"ode_step0_x_before": H[0], **times}
    (pair,) = match(make_trace(reference), make_trace({"initial_noise": H[1]})).pairs
    assert pair.rule == "definition"


def test_without_a_number_of_steps_only_equal_values_tell_the_last_one():
    reference = {"ode_step2_x_after": H[0]}
    assert pair_of(reference, {"mel": H[0]}).rule == "definition"
    assert pair_of(reference, {"mel": H[1]}) is None
    # the other side knows how many there are
    assert pair_of(reference, {"mel": H[1]}, other_steps=2) is not None


def test_a_lone_state_without_number_needs_equal_values():
    assert pair_of({"x_before": H[0]}, {"initial_noise": H[0]}).rule == "definition"
    assert pair_of({"x_before": H[0]}, {"initial_noise": H[1]}) is None


def test_a_mel_without_its_prompt_frames_stays_apart():
    reference = {"ode_step3_x_after": H[0]}
    assert pair_of(reference, {"mel": H[0][..., 4:]}, steps=3) is None
    assert pair_of(reference, {"mel": H[0][0]}, steps=3) is not None


def test_of_two_rows_the_one_with_the_noise_is_taken():
    rows = np.concatenate([H[0], H[0]])
    pair = pair_of({"ode_step1_x_before": rows}, {"initial_noise": H[0]})
    assert pair.reference_layout.row == 0


def test_a_number_that_no_name_gives_is_not_made_up_for_the_noise():
    pair = pair_of({"ode_step1_x_before": H[0]}, {"initial_noise": H[0]})
    assert pair.step is None and all("step number" not in note for note in pair.notes)
