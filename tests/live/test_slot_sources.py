"""Single nodes that read what a trace recorded, in the midst of a run."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.live.lab import open_lab
from inspector.live.noise import relative_l2
from inspector.live.part import make_part
from inspector.live.plan import Choice, RunPlan, Swap
from inspector.live.running import run_plan
from inspector.live.slot_sources import (
    Unrecorded,
    can_read,
    unrecorded_sentences,
    with_slot_sources,
)
from inspector.live.user_code import read_implementation
from tests.blocks.seeded import MATCHA, SMALL
from tests.live.labs import checkpoint_of, lab_of

BLOCK = "mid_blocks.0.1.0"
SCALED, NORM = f"{BLOCK}.attn1.scaled", f"{BLOCK}.norm3"
MIDDLE = f"{BLOCK}.after_attention"
FAULT = ("attention_scale_missing", (SCALED,))
SWAP = Swap(*FAULT)
MINE = "def double(inputs, params, settings):\n    return 2 * inputs[0]\n"


@cache
def faulty(**recording):
    return lab_of(SMALL, FAULT, **{"level": "values", **recording})


def reading(node, side="reference", **choices):
    return {"nodes": ((node, Choice(source=side, **choices)),)}


def part_of(plan, lab, step=0):
    pool = lab.reference_isolator.pool(step)
    return make_part(lab.graph, plan, pool, step, original=lab.graph)


@pytest.mark.parametrize("child", [False, True])
def test_a_node_behind_a_fault_reads_the_reference_and_gives_its_value(child):
    lab = faulty()
    wrong = run_plan(RunPlan(BLOCK, (2,), swaps=(SWAP,)), lab, child=child)
    healed = run_plan(RunPlan(BLOCK, (2,), swaps=(SWAP,), **reading(NORM)), lab, child=child)
    assert wrong.error(NORM).reference.floor_ratio > 1000
    assert healed.error(NORM).reference.floor_ratio <= 2
    assert healed.error(f"{BLOCK}.ff.net.2").reference.floor_ratio <= 12
    # this node alone: what is before it, and the residual beside it, still show the fault
    assert healed.error(MIDDLE).reference.floor_ratio > 1000
    assert healed.error(BLOCK).reference.floor_ratio > 1000
    assert healed.notes == ()


def test_a_node_on_the_candidates_values_shows_what_the_candidate_introduces():
    lab = faulty()
    plain = run_plan(RunPlan(BLOCK, (2,)), lab).error(NORM)
    moved = run_plan(RunPlan(BLOCK, (2,), **reading(NORM, "candidate")), lab).error(NORM)
    assert plain.candidate.floor_ratio > 1000
    assert moved.candidate.floor_ratio <= 2
    assert moved.reference.floor_ratio > 1000


def test_the_last_node_of_a_block_heals_everything_behind_it():
    lab = faulty()
    plan = RunPlan("step", (3,), swaps=(SWAP,), **reading(BLOCK))
    healed = run_plan(plan, lab, floors=True)
    assert healed.error("ode.x_after").reference.floor_ratio <= 12
    assert healed.error(MIDDLE).reference.floor_ratio > 1000


def test_every_step_of_an_ode_reads_the_values_of_its_own_step():
    lab = faulty()
    wrong, healed = (
        run_plan(RunPlan("ode", swaps=(SWAP,), values="slots", **nodes), lab)
        for nodes in ({}, reading(BLOCK))
    )
    recorded = lab.reference.get("ode.x_after", SMALL.steps - 1).read()
    assert relative_l2(wrong.trajectory.mel, recorded) > 1e-3
    assert relative_l2(healed.trajectory.mel, recorded) < 1e-6


def test_with_another_framework_and_precision_and_a_choice_for_the_slot():
    lab = faulty()
    node = reading(NORM, backend="mlx", precision="bfloat16")
    value = run_plan(RunPlan(BLOCK, swaps=(SWAP,), **node), lab)
    assert not (value.value(NORM).view(np.uint32) & 0xFFFF).any()
    assert 1e-4 < value.error(NORM).reference.relative_l2 < 1e-2
    slots = (("norm", Choice(source="reference")),)
    every = run_plan(RunPlan(BLOCK, swaps=(SWAP,), slots=slots), lab)
    assert every.error(NORM).reference.floor_ratio <= 2
    spared = run_plan(RunPlan(BLOCK, swaps=(SWAP,), slots=slots, **reading(NORM, "run")), lab)
    assert spared.error(NORM).reference.floor_ratio > 1000


@pytest.mark.parametrize("rows", ["both", "cond", "uncond"])
@pytest.mark.parametrize("recorded", ["both", "cond"])
def test_rows(rows, recorded):
    lab = faulty(rows=recorded)
    found = run_plan(RunPlan(BLOCK, rows=rows, swaps=(SWAP,), **reading(NORM)), lab)
    value, error = found.value(NORM), found.error(NORM)
    assert len(value) == (2 if (rows, recorded) == ("both", "both") else 1)
    if (rows, recorded) == ("uncond", "cond"):
        assert f"did not record {MIDDLE} in all rows" in found.notes[-1]
    else:
        assert error.reference.relative_l2 < 1e-6


def test_the_rows_of_an_input_are_made_of_what_the_trace_recorded():
    lab = lab_of(SMALL, level="values", reference={"seed": 1})
    node = "inputs.concat"
    for rows in ("both", "cond"):
        part = part_of(RunPlan("inputs", rows=rows), lab)
        plan = RunPlan("inputs", rows=rows, **reading(node, "candidate"))
        moved, missing = with_slot_sources(part, plan, lab)
        assert missing == ()
        assert "candidate:rows.mu" in moved.graph.node(node).inputs
        given = moved.given["candidate:rows.mu"]
        assert np.array_equal(given[:1], lab.candidate.get("mu", 0).read())
        assert not np.array_equal(given[:1], lab.reference.get("mu", 0).read())
        assert len(given) == (2 if rows == "both" else 1)
        assert not given[1:].any()


def test_a_model_without_guidance():
    lab = lab_of(MATCHA, ("attention_scale_missing", None), level="values", valid=17)
    plan = RunPlan("step", swaps=(Swap("attention_scale_missing"),), **reading("final_proj.masked"))
    assert run_plan(plan, lab, floors=True).error("ode.v_cond").reference.floor_ratio <= 12


def test_what_was_not_recorded_stays_computed_and_is_said_once():
    lab = faulty(level="blocks")
    plan = RunPlan(BLOCK, (2,), swaps=(SWAP,))
    moved = run_plan(RunPlan(BLOCK, (2,), swaps=(SWAP,), **reading(NORM)), lab)
    assert moved.notes == (
        f"The reference did not record {MIDDLE}; what this run computed was read there.",
    )
    assert np.array_equal(moved.value(BLOCK), run_plan(plan, lab).value(BLOCK))


def test_one_input_recorded_and_the_other_not():
    lab = faulty(level="blocks")
    part = part_of(RunPlan(BLOCK), lab)
    moved, missing = with_slot_sources(part, RunPlan(BLOCK, **reading(MIDDLE)), lab)
    assert missing == (Unrecorded("reference", f"{BLOCK}.attn1.to_out.0"),)
    assert moved.graph.node(MIDDLE).inputs == (missing[0].name, "reference:mid_blocks.0.0")


def test_without_a_source_nothing_changes():
    lab = faulty()
    part = part_of(RunPlan(BLOCK), lab)
    assert with_slot_sources(part, RunPlan(BLOCK, **reading(NORM, "run")), lab) == (part, ())


def test_a_trace_that_was_not_given_is_named():
    lab = faulty()
    alone = open_lab(checkpoint_of())
    part = part_of(RunPlan(BLOCK), lab)
    with pytest.raises(UsageError, match="reference: no such trace was given"):
        with_slot_sources(part, RunPlan(BLOCK, **reading(NORM)), alone)


def test_the_users_code_reads_the_recorded_value_too(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    codes = {"double": read_implementation(f"{path}:double")}
    lab = faulty()
    plan = RunPlan(BLOCK, swaps=(SWAP,), **reading(NORM, implementation="double"))
    value = run_plan(plan, lab, codes=codes).value(NORM)
    assert np.array_equal(value, 2 * lab.reference.get(MIDDLE, 0).read())


def test_who_recorded_any_input_of_a_node():
    lab = faulty(level="blocks")
    assert can_read(lab, lab.reference, f"{BLOCK}.norm1", 0)
    assert can_read(lab, lab.reference, "inputs.concat", 0)
    assert not can_read(lab, lab.reference, NORM, 0)
    assert not can_read(lab, lab.reference, f"{BLOCK}.norm1", 99)


def test_sentences_name_a_few_values_and_count_the_rest():
    missing = [Unrecorded("candidate", f"v{i}") for i in range(6)] + [Unrecorded("reference", "x")]
    assert unrecorded_sentences(missing, steps=3) == (
        "The candidate did not record v0, v1, v2, v3 and 2 more at every step; what this run "
        "computed was read there.",
        "The reference did not record x at every step; what this run computed was read there.",
    )
    assert unrecorded_sentences((), steps=1) == ()
