"""Names held against values."""

import numpy as np
import pytest

from inspector.match.checking import Checked
from inspector.match.entries import entries_of
from inspector.match.roles import recognise
from tests.match.build import make_trace, match, partners

RNG = np.random.default_rng(0)
H = [RNG.normal(size=(1, 12, 10)) for _ in range(12)]


def names_and_rules(result):
    return {p.reference.name: (p.candidate.name, p.rule, p.confidence) for p in result.pairs}


def test_index_0_of_one_list_is_not_index_0_of_another():
    reference = {f"blocks.{i}": H[i] for i in range(4)}
    candidate = {"blocks.0": H[9], **{f"blocks.{i + 1}": H[i] for i in range(4)}}
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {f"blocks.{i}": f"blocks.{i + 1}" for i in range(4)}
    assert all(p.confidence >= 0.5 for p in result.pairs)
    assert "names suggest the candidate's blocks.0" in result.pairs[0].notes[0]
    assert [u.record.name for u in result.unmatched_candidate] == ["blocks.0"]


def test_a_shifted_list_that_diverges_gives_no_sure_wrong_pair():
    reference = {f"blocks.{i}": H[i] for i in range(6)}
    candidate = {"blocks.0": H[9], **{f"blocks.{i + 1}": H[i] for i in range(3)}}
    candidate |= {f"blocks.{i + 1}": RNG.normal(size=(1, 12, 10)) for i in range(3, 6)}
    for pair in match(make_trace(reference), make_trace(candidate)).pairs:
        number = int(pair.reference.name[-1])
        assert pair.candidate.name == f"blocks.{number + 1}" or pair.confidence < 0.5


def test_two_exchanged_tensors_among_many_stay_and_are_doubted():
    reference = {f"b{i}.{w}": H[2 * i + j] for i in range(5) for j, w in enumerate("qk")}
    candidate = dict(reference)
    candidate["b2.q"], candidate["b2.k"] = candidate["b2.k"], candidate["b2.q"]
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {name: name for name in reference}
    pairs = {p.reference.name: p for p in result.pairs}
    assert pairs["b2.q"].confidence < 0.5
    assert "the values of the candidate's b2.k" in pairs["b2.q"].notes[-1]
    assert pairs["b1.q"].confidence == 1.0 and pairs["b1.q"].notes == ()


def test_weights_in_the_wrong_place_keep_their_names():
    reference = {f"b{i}.{w}.weight": H[2 * i + j][0] for i in range(2) for j, w in enumerate("qk")}
    candidate = {
        f"b{i}.{w}.weight": H[2 * i + 1 - j][0] for i in range(2) for j, w in enumerate("qk")
    }
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {name: name for name in reference}
    assert all(p.confidence == 1.0 and "values of" in p.notes[-1] for p in result.pairs)


def test_roles_of_a_step_are_never_overruled():
    # a candidate that is one step ahead is wrong, not misnamed
    reference = {f"ode_step{n}_x_after": H[n] for n in range(1, 6)}
    candidate = {f"ode_step{n}_x_after": H[n + 1] for n in range(1, 6)}
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {name: name for name in reference}


def test_one_odd_tensor_in_a_healthy_run_is_doubted():
    reference = {f"m{i}.x": H[i] for i in range(8)}
    candidate = reference | {"m3.x": RNG.normal(size=(1, 12, 10))}
    pairs = {p.reference.name: p for p in match(make_trace(reference), make_trace(candidate)).pairs}
    assert pairs["m3.x"].confidence < 0.5
    assert "before and after" in pairs["m3.x"].notes[-1]
    # where the run diverges, names keep their word
    for i in range(3, 8):
        candidate[f"m{i}.x"] = RNG.normal(size=(1, 12, 10))
    pairs = {p.reference.name: p for p in match(make_trace(reference), make_trace(candidate)).pairs}
    assert {p.confidence for p in pairs.values()} == {1.0}


def test_an_end_of_a_path_needs_values_that_agree():
    reference, candidate = {"vae.head.norm": H[0]}, {"head.norm": H[0]}
    (pair,) = match(make_trace(reference), make_trace(candidate)).pairs
    assert (pair.rule, pair.confidence) == ("end of path", 0.7)
    (pair,) = match(make_trace(reference), make_trace({"head.norm": H[1]})).pairs
    assert (pair.rule, pair.confidence) == ("end of path", 0.45)


@pytest.mark.parametrize(
    ("own", "other", "allowed"),
    [
        ("mel", "mu", False),
        ("ode_step1_x_after", "ode_step2_x_before", False),
        ("ode_step1/foo", "ode_step2/bar", False),
        ("foo", "bar", True),
        ("blocks.0.norm", "blocks.1.norm", True),  # no pair has shown yet that numbers agree
    ],
)
def test_which_names_speak_against_equal_values(own, other, allowed):
    traces = [make_trace({name: H[0]}) for name in (own, other)]
    (ref,), (cand,) = (entries_of(t, recognise(t)) for t in traces)
    assert Checked().allows(ref, cand) == allowed


def test_modules_that_exchange_weights_keep_their_names():
    # the other modules under the same numbers agree, so the numbers are right
    words = ("wren", "finch", "mlp")
    reference = {f"mid_blocks.{i}.{w}": H[3 * i + j] for i in range(4) for j, w in enumerate(words)}
    candidate = {
        f"mid_blocks.{i}.{w}": H[3 * (3 - i if w == "mlp" else i) + j]
        for i in range(4)
        for j, w in enumerate(words)
    }
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {name: name for name in reference}
    (odd,) = (p for p in result.pairs if p.reference.name == "mid_blocks.0.mlp")
    assert "the candidate's mid_blocks.3.mlp: the two may have been exchanged." in odd.notes[-1]


def test_aliases_whose_values_are_exchanged_keep_their_names():
    reference = {f"mid_blocks.{i}.1.0.attn1.to_{w}": H[2 * i + j] for i in range(3)
                 for j, w in enumerate("qk")}  # fmt: skip
    candidate = {f"mid{i}_tfmr0_{w}": H[2 * i + (1 - j if i == 1 else j)] for i in range(3)
                 for j, w in enumerate("qk")}  # fmt: skip
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {
        f"mid_blocks.{i}.1.0.attn1.to_{w}": f"mid{i}_tfmr0_{w}" for i in range(3) for w in "qk"
    }
    (odd,) = (p for p in result.pairs if p.reference.name == "mid_blocks.1.1.0.attn1.to_q")
    assert "mid1_tfmr0_k: the two may have been exchanged." in odd.notes[-1]


def test_values_of_another_step_do_not_pair_it():
    reference = {f"ode_step{n}/mid_blocks.0.0.mlp.1": H[n] for n in range(1, 6)}
    candidate = {f"ode_step{n}/mid0_mlp_out": H[n + 1] for n in range(1, 6)}
    result = match(make_trace(reference), make_trace(candidate))
    assert partners(result) == {
        f"ode_step{n}/mid_blocks.0.0.mlp.1": f"ode_step{n}/mid0_mlp_out" for n in range(1, 6)
    }
    assert "which is of another ODE step." in result.pairs[1].notes[-1]
