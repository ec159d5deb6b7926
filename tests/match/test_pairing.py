"""Rules of pairing, one by one."""

import pytest

from tests.match.build import match, partners, shapes_trace


def pairs_of(reference, candidate, **options):
    """Rule and partner by reference name."""
    result = match(shapes_trace(reference), shapes_trace(candidate), **options)
    return {p.reference.name: (p.candidate.name, p.rule) for p in result.pairs}, result


PLANE = (1, 80, 9)


@pytest.mark.parametrize(
    ("reference", "candidate", "rule", "confidence"),
    [
        ("foo.bar", "foo.bar", "same name", 1.0),
        ("foo.bar_baz", "fooBar[baz]", "same path", 0.97),
        ("step4_s3_embeds", "swift_s3_embeds", "same path", 0.95),
        ("down_blocks.0.0", "downBlocks[0].resnet", "alias", 0.9),
        ("flow.decoder.estimator.final_proj", "decoder.finalProj", "alias", 0.9),
        ("step7_step3_dxdt_cond", "ode_step3::v_cond", "same role", 0.85),
        ("step4_embedding", "gen.embedding", "same role", 0.85),
        ("step7_final_mel", "ode_output", "same role", 0.85),
        ("vae.encoder.head_norm", "encoder.head_norm", "end of path", 0.7),
        ("query", "trace_a::query", "end of path", 0.7),
        ("alpha", "omega", "order and shape", 0.3),
    ],
)
def test_each_rule(reference, candidate, rule, confidence):
    _, result = pairs_of({reference: (1, 7, 9)}, {candidate: (1, 7, 9)})
    (pair,) = result.pairs
    assert (pair.rule, pair.confidence) == (rule, confidence)


def test_surer_rules_go_first():
    pairs, _ = pairs_of(
        {"step7_final_mel": PLANE, "step7_mel": PLANE}, {"ode_output": PLANE, "step7_mel": PLANE}
    )
    assert pairs["step7_mel"] == ("step7_mel", "same name")
    assert pairs["step7_final_mel"] == ("ode_output", "same role")


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [
        ("ode_step1_v_cond", "ode_step1_v_uncond"),
        ("ode_step1_v_cond", "ode_step2_v_cond"),
        ("ode_step1_x_before", "ode_step1_x_after"),
        ("step6_mu", "mel"),
        ("step7_mask_T", "step7_cond_T"),
        ("step4_embedding", "step4_speaker_embedding"),
        ("mel", "unknown_thing"),
        ("ode_step1_resnet_a", "ode_step2_other_b"),
        ("encoder.layers.0.norm", "decoder.layers.0.norm"),
        ("blocks.0.norm", "blocks.1.norm"),
        ("block1.norm", "block2.norm"),
        ("encoder.thing", "vocoder.stuff"),
        ("decoder.layers.0.norm", "foo.encoder.layers.0.norm"),
    ],
)
def test_traps_that_share_a_shape(reference, candidate):
    _, result = pairs_of({reference: PLANE}, {candidate: PLANE})
    assert partners(result) == {}
    assert result.ambiguous == ()


def test_an_end_below_a_number_is_no_end_of_path():
    pairs, _ = pairs_of({"decoder.mid_blocks.3.head_norm": (2, 3)}, {"head_norm": (2, 3)})
    assert pairs["decoder.mid_blocks.3.head_norm"][1] == "order and shape"


def test_a_role_in_several_tensors_takes_the_usual_name():
    pairs, result = pairs_of(
        {"step7a_mu_T": PLANE, "step7_mu_T": PLANE, "step6_mu": PLANE}, {"mu": PLANE}
    )
    # the same path below another stage is surer than the role
    assert pairs == {"step6_mu": ("mu", "same path")}
    pairs, result = pairs_of({"step7_final_mel": PLANE, "step7_mel": PLANE}, {"ode_output": PLANE})
    assert pairs == {"step7_final_mel": ("ode_output", "same role")}
    (pair,) = result.pairs
    assert pair.confidence == 0.6
    assert "2 reference tensors and 1 candidate tensor" in pair.notes[0]


def test_a_role_in_several_tensors_prefers_the_spelling_of_the_other_side():
    pairs, _ = pairs_of(
        {"step6_mu": PLANE, "step7_mu_T": PLANE, "step7a_mu_T": PLANE}, {"init::mu_T": PLANE}
    )
    assert pairs == {"step7_mu_T": ("init::mu_T", "same role")}


def test_equal_candidates_for_a_role_are_ambiguous():
    _, result = pairs_of({"mel": PLANE}, {"a::ode_output": PLANE, "b::ode_output": PLANE})
    assert result.pairs == ()
    (group,) = result.ambiguous
    assert group.reference == ("mel",)
    assert sorted(group.candidate) == ["a::ode_output", "b::ode_output"]
    assert "mapping file" in group.reason


def test_the_shape_settles_a_role_when_only_one_fits():
    pairs, _ = pairs_of({"mel": PLANE}, {"a::ode_output": PLANE, "b::ode_output": (3, 4)})
    assert pairs["mel"][0] == "a::ode_output"


def test_one_shape_twice_at_one_place_is_ambiguous():
    _, result = pairs_of(
        {"mu": PLANE, "alpha": (5, 6), "beta": (5, 6), "mel": PLANE},
        {"mu": PLANE, "gamma": (5, 6), "delta": (5, 6), "mel": PLANE},
    )
    assert len(result.pairs) == 2
    (group,) = result.ambiguous
    assert (sorted(group.reference), sorted(group.candidate)) == (
        ["alpha", "beta"],
        ["delta", "gamma"],
    )


def test_place_and_shape_need_the_same_gap():
    order = ("a1", "mu", "b1")
    left = shapes_trace({"a1": (5, 6), "mu": PLANE, "b1": (7, 8)})
    right = shapes_trace({"mu": PLANE, "c1": (5, 6), "d1": (8, 7)})
    left = type(left)("l", left.records, type(left.info)(order=order))
    right = type(right)("r", right.records, type(right.info)(order=("mu", "c1", "d1")))
    # c1 stands after mu and a1 before it
    assert partners(match(left, right)) == {"mu": "mu", "b1": "d1"}


def test_place_and_shape_need_one_kind_of_number():
    left, right = shapes_trace({"alpha": (5, 6)}), shapes_trace({"omega": (5, 6)}, "int32")
    assert match(left, right).pairs == ()


def test_scalars_are_never_paired_by_shape():
    _, result = pairs_of({"alpha": ()}, {"omega": ()})
    assert result.pairs == ()


def test_one_path_in_two_spellings_on_one_side_is_ambiguous():
    _, result = pairs_of(
        {"decoder.foo.bar": (2, 3), "estimator.foo.bar": (2, 3)}, {"flow.foo.bar": (2, 3)}
    )
    assert result.pairs == ()
    assert len(result.ambiguous) == 1


def test_an_end_shared_by_several_is_ambiguous():
    _, result = pairs_of(
        {"vae.encoder.head_norm": (2, 3), "gan.encoder.head_norm": (2, 3)},
        {"encoder.head_norm": (2, 3)},
    )
    assert result.pairs == ()
    (group,) = result.ambiguous
    assert len(group.reference) == 2


def test_an_end_shared_by_very_many_says_nothing():
    many = {f"m{'x' * n}.head.norm": (n + 2, 3) for n in range(20)}
    _, result = pairs_of(many, {"head.norm": (50, 3)})
    assert result.ambiguous == ()
    assert len(result.unmatched_reference) == 20
