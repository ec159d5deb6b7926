"""Plans: strict JSON there and back, and one identity per content."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import UsageError
from inspector.live.plan import Choice, RunPlan, Swap

NAMES = st.sampled_from(["mid_blocks.0.0", "ode.v_cfg", "attention_scale", "x y"])
CHOICES = st.builds(
    Choice, st.sampled_from([None, "torch", "mlx"]),
    st.sampled_from([None, "float64", "bfloat16"]), st.sampled_from([None, "mine"]),
    st.sampled_from([None, "run", "reference", "candidate"]),
)  # fmt: skip
PLANS = st.builds(
    RunPlan,
    what=st.sampled_from(["ode", "step", "solver", "mid_blocks.0", "final_proj"]),
    steps=st.lists(st.integers(1, 10), max_size=4).map(tuple),
    source=st.sampled_from(["reference", "candidate", "noise:3", "file:/a b/ü.npz"]),
    backend=st.sampled_from(["torch", "mlx"]),
    precision=st.sampled_from(["float64", "float32", "float16", "bfloat16"]),
    nodes=st.dictionaries(NAMES, CHOICES, max_size=3).map(lambda d: tuple(d.items())),
    slots=st.dictionaries(NAMES, CHOICES, max_size=3).map(lambda d: tuple(d.items())),
    swaps=st.lists(
        st.builds(Swap, NAMES, st.one_of(st.none(), st.lists(NAMES, min_size=1).map(tuple)),
                  st.integers(0, 9)), max_size=3,
    ).map(tuple),
    rows=st.sampled_from(["both", "cond", "uncond"]),
    chained=st.booleans(),
    values=st.sampled_from(["auto", "slots", "blocks"]),
)  # fmt: skip


@given(PLANS)
def test_a_plan_survives_json(plan):
    back = RunPlan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert back == plan
    assert back.key == plan.key


@given(PLANS, PLANS)
def test_different_plans_have_different_keys(one, other):
    assert (one.key == other.key) == (one == other)


def test_missing_values_keep_their_defaults():
    assert RunPlan.from_dict({"what": "final_proj"}) == RunPlan("final_proj")


def test_the_inputs_of_a_slot_have_the_name_of_those_of_the_run():
    plan = RunPlan(nodes=(("final_proj", Choice("mlx", source="candidate")),))
    assert plan.to_dict()["nodes"] == {"final_proj": {"backend": "mlx", "inputs": "candidate"}}
    assert RunPlan.from_dict(plan.to_dict()) == plan


def test_a_plan_of_before_slots_had_inputs_is_the_same_plan():
    old = {"plan": 1, "what": "final_proj", "nodes": {"final_proj": {"precision": "float16"}}}
    plan = RunPlan("final_proj", nodes=(("final_proj", Choice(precision="float16")),))
    assert RunPlan.from_dict(old) == plan
    assert plan.to_dict()["nodes"] == old["nodes"]


def test_the_choice_of_a_node_goes_before_that_of_its_slot():
    plan = RunPlan(
        nodes=(("n", Choice(precision="float16", source="run")),),
        slots=(("s", Choice("mlx", "bfloat16", source="reference")),),
    )
    assert plan.choice("n", "s") == Choice("mlx", "float16", source="run")
    assert plan.choice("other", "s") == Choice("mlx", "bfloat16", source="reference")
    assert plan.choice("n", "other") == Choice(precision="float16", source="run")
    assert plan.choice("other", "other") == Choice()


def test_a_swap_may_be_its_key_alone():
    assert RunPlan.from_dict({"swaps": ["cfg_sum"]}).swaps == (Swap("cfg_sum"),)


def test_the_order_of_steps_and_choices_is_no_content():
    one = RunPlan(steps=(3, 1, 3), nodes=(("b", Choice("mlx")), ("a", Choice("torch"))))
    other = RunPlan(steps=(1, 3), nodes=(("a", Choice("torch")), ("b", Choice("mlx"))))
    assert one == other
    assert one.key == other.key


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ([], "plan"), ("step", "plan"), (None, "plan"),
        ({"wat": 1}, "plan"), ({"plan": 2}, "plan"),
        ({"what": 3}, "what"), ({"what": ""}, "what"),
        ({"steps": 1}, "steps"), ({"steps": [0]}, "steps"), ({"steps": [True]}, "steps"),
        ({"steps": [1.5]}, "steps"),
        ({"inputs": "candidates"}, "inputs"), ({"inputs": "noise:x"}, "inputs"),
        ({"inputs": "file:"}, "inputs"),
        ({"backend": "jax"}, "backend"), ({"precision": "float8"}, "precision"),
        ({"nodes": []}, "nodes"), ({"nodes": {"a": "mlx"}}, "nodes.a"),
        ({"nodes": {"a": {"device": "gpu"}}}, "nodes.a"),
        ({"nodes": {"a": {"backend": 3}}}, "nodes.a.backend"),
        ({"slots": {"a": {"backend": "jax"}}}, "backend"),
        ({"nodes": {"a": {"inputs": "noise:1"}}}, "inputs"),
        ({"slots": {"a": {"inputs": "file:/a.npz"}}}, "inputs"),
        ({"nodes": {"a": {"inputs": 3}}}, "nodes.a.inputs"),
        ({"nodes": {"a": {"source": "candidate"}}}, "nodes.a"),
        ({"swaps": {}}, "swaps"), ({"swaps": [3]}, "swaps"), ({"swaps": [{}]}, "key"),
        ({"swaps": [{"key": "a", "places": []}]}, "places"),
        ({"swaps": [{"key": "a", "places": "b"}]}, "places"),
        ({"swaps": [{"key": "a", "seed": -1}]}, "seed"),
        ({"swaps": [{"key": "a", "where": 1}]}, "swaps"),
        ({"rows": "all"}, "rows"), ({"chained": 1}, "chained"), ({"values": "all"}, "values"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(values, subject):
    with pytest.raises(UsageError) as failure:
        RunPlan.from_dict(values)
    assert failure.value.subject == subject
    assert failure.value.expected
