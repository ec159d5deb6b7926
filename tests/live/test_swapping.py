"""Swaps and choices turned into a graph and placements."""

from __future__ import annotations

import pytest

from inspector.errors import UsageError
from inspector.live.execution import Placement
from inspector.live.plan import Choice, RunPlan, Swap
from inspector.live.swapping import apply_swaps, check_choices, default_places, placements
from inspector.live.user_call import UserCall
from inspector.live.user_code import UserCode
from tests.blocks.seeded import SMALL
from tests.live.labs import lab_of

BLOCK = "mid_blocks.0.1.0"
CODE = UserCode("mine", "python", "/none.py:f", "attention_scale", "mlx")
PROGRAM = UserCode("tool", "command", "true")


def applied(plan, **codes):
    return apply_swaps(plan, lab_of(SMALL), codes)


def test_faults_apply_one_after_the_other():
    scaled = f"{BLOCK}.attn1.scaled"
    swapped = applied(RunPlan(swaps=(Swap("attention_scale_missing", (scaled,)),
                                     Swap("bias_lost", ("final_proj",)))))  # fmt: skip
    node = swapped.edit.graph.node(scaled)
    assert node != lab_of(SMALL).graph.node(scaled)
    changed = {c.key for c in swapped.edit.weights} or {
        n.name for n in swapped.edit.graph.nodes if n != lab_of(SMALL).graph.node(n.name)
    }
    assert any("final_proj" in name for name in changed)


def test_a_seed_chooses_the_draw():
    one, other = (
        applied(RunPlan(swaps=(Swap("block_unloaded", (BLOCK,), seed),))).edit.weights
        for seed in (0, 1)
    )
    assert one != other


def test_no_swap_is_the_graph_itself():
    assert applied(RunPlan()).edit.graph is lab_of(SMALL).graph


def test_code_at_a_slot_is_placed_at_its_nodes_in_its_framework():
    plan = RunPlan(BLOCK, swaps=(Swap("mine"),), precision="float16")
    swapped = applied(plan, mine=CODE)
    scaled = [n.name for n in lab_of(SMALL).graph.nodes if n.slot == "attention_scale"]
    assert set(swapped.by_node) == set(scaled)
    graph = swapped.edit.graph.cut([BLOCK], ["mid_blocks.0.0", "rows.mask"])
    found = placements(plan, lab_of(SMALL), swapped, graph, {"R": 2, "T": 5}, None)
    assert set(found) == {node.name for node in graph.nodes}
    placed = found[f"{BLOCK}.attn1.scaled"]
    assert (placed.backend, placed.precision) == ("mlx", "float16")
    assert isinstance(placed.implementation, UserCall)
    assert placed.implementation.shape == (2, 2, 5, 5)
    assert found[f"{BLOCK}.attn1.scores"] == Placement("torch", "float16")


def test_code_at_a_block_is_one_node_with_the_facts_of_the_block():
    plan = RunPlan(BLOCK, swaps=(Swap("tool"),))
    swapped = applied(plan, tool=PROGRAM)
    assert swapped.by_block == {BLOCK: (PROGRAM, BLOCK)}
    graph = swapped.edit.graph.cut([BLOCK], ["mid_blocks.0.0", "rows.mask"])
    call = placements(plan, lab_of(SMALL), swapped, graph, {}, None)[BLOCK].implementation
    assert call.inputs == ("h", "mask")
    assert call.settings["kind"] == "transformer"
    assert call.settings["heads"] == 2
    assert call.inner["attn1.to_q"] == f"{BLOCK}.attn1.to_q"
    assert call.shape == (-1, -1, 16)


def test_choices_by_slot_and_by_node_are_joined():
    node = f"{BLOCK}.attn1.weights"
    plan = RunPlan(BLOCK, nodes=((node, Choice(precision="bfloat16")),),
                   slots=(("softmax", Choice("mlx", "float16")),))  # fmt: skip
    graph = lab_of(SMALL).graph
    found = placements(plan, lab_of(SMALL), applied(plan), graph, {}, None)
    assert found[node] == Placement("mlx", "bfloat16")
    assert found["mid_blocks.1.1.0.attn1.weights"] == Placement("mlx", "float16")


def test_places_by_default():
    assert default_places(CODE, RunPlan(BLOCK)) == ("attention_scale",)
    assert default_places(PROGRAM, RunPlan(BLOCK)) == (BLOCK,)
    with pytest.raises(UsageError, match="nothing says which part it replaces"):
        default_places(PROGRAM, RunPlan("ode"))


@pytest.mark.parametrize(
    ("place", "match"),
    [("softmax", "a program replaces a block"), ("ode", "as a whole"), ("zzz", "no part called")],
)
def test_places_that_a_program_cannot_have(place, match):
    with pytest.raises(UsageError, match=match):
        applied(RunPlan(swaps=(Swap("tool", (place,)),)), tool=PROGRAM)


@pytest.mark.parametrize("what", ["nodes", "slots"])
def test_choices_for_what_does_not_exist_are_refused(what):
    plan = RunPlan(**{what: (("zzz", Choice("mlx")),)})
    with pytest.raises(UsageError, match="zzz"):
        check_choices(plan, lab_of(SMALL).graph)
