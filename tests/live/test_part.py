"""The part that a plan runs, and what it starts from."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.errors import UsageError
from inspector.live.execution import execute
from inspector.live.noise import relative_l2
from inspector.live.part import (
    conditional_part,
    make_part,
    members,
    wanted_values,
)
from inspector.live.plan import RunPlan
from tests.blocks.seeded import SMALL
from tests.live.labs import lab_of

GRAPH = step_graph(SMALL)
BLOCK = "mid_blocks.0.1.0"


def part_of(plan, lab, step=0):
    pool = lab.reference_isolator.pool(step)
    return make_part(lab.graph, plan, pool, step, original=lab.graph)


@pytest.mark.parametrize(
    ("what", "count"),
    [("step", len(GRAPH)), ("ode", len(GRAPH)), (f"{BLOCK}.norm1", 1),
     ("mid_blocks.0", len(GRAPH.of_block("mid_blocks.0"))), (BLOCK, len(GRAPH.of_block(BLOCK))),
     ("solver", len(GRAPH.of_block("ode")))],
)  # fmt: skip
def test_members(what, count):
    assert len(members(GRAPH, what)) == count > 0


def test_an_unknown_part_answers_with_near_names():
    with pytest.raises(UsageError, match=r"mid_blocks\.0\.1\.0"):
        members(GRAPH, "mid_block.0.1.0")


def test_a_block_starts_from_what_was_recorded_before_it():
    part = part_of(RunPlan(BLOCK), lab_of(level="ops"))
    assert set(part.graph.inputs) == {"mid_blocks.0.0", "mask"}
    assert part.names == members(GRAPH, BLOCK)
    assert part.rows == "both"


def test_a_block_of_a_recording_without_blocks_starts_from_the_inputs():
    part = part_of(RunPlan(BLOCK), lab_of(level="ode"))
    assert {"x", "mu"} <= set(part.graph.inputs)
    assert part.names == members(GRAPH, BLOCK)


def test_a_chained_stage_computes_its_inner_blocks_and_an_isolated_one_reads_them():
    lab = lab_of(level="blocks")
    chained, isolated = (part_of(RunPlan("mid_blocks.0", chained=c), lab) for c in (True, False))
    assert "mid_blocks.0.0" not in chained.graph.inputs
    assert "mid_blocks.0.0" in isolated.graph.inputs
    assert chained.names == isolated.names


def test_a_chained_step_starts_from_inputs_alone():
    part = part_of(RunPlan("step"), lab_of(level="ops"))
    assert set(part.graph.inputs) == set(GRAPH.inputs)


def test_conditional_recordings_run_on_the_conditional_rows():
    lab = lab_of(level="blocks", rows="cond")
    part = part_of(RunPlan(BLOCK), lab)
    assert part.rows == "cond"
    assert part.notes == ("Only the conditional rows were recorded here; the part ran on these.",)
    assert {len(v) for n, v in part.given.items() if v.ndim == 3} == {1}
    both = part_of(RunPlan(BLOCK, rows="uncond"), lab)
    assert both.rows == "both"
    assert "x" in both.graph.inputs
    assert part_of(RunPlan("step"), lab).rows == "both"


def test_conditional_rows_of_a_full_recording():
    part = part_of(RunPlan(BLOCK, rows="cond"), lab_of(level="blocks"))
    assert part.rows == "cond"
    assert len(part.given["mid_blocks.0.0"]) == 1


def test_guidance_needs_both_rows():
    with pytest.raises(UsageError, match="unconditional rows"):
        part_of(RunPlan("ode.v_cfg", rows="cond"), lab_of())


def test_blocks_alone_can_be_asked_for():
    names = members(GRAPH, "step")
    found = wanted_values(GRAPH, RunPlan("step", values="blocks"), names)
    assert BLOCK in found
    assert {"ode.v_cfg", "ode.x_after", "final_proj", "time_mlp.linear_2"} <= set(found)
    assert f"{BLOCK}.norm1" not in found
    assert wanted_values(GRAPH, RunPlan("step"), names) == names
    assert wanted_values(GRAPH, RunPlan("ode"), names) == found


def test_the_given_values_are_those_of_the_pool():
    lab = lab_of(level="ops")
    part = part_of(RunPlan(BLOCK), lab, 2)
    assert np.array_equal(part.given["mid_blocks.0.0"],
                          lab.reference.get("mid_blocks.0.0", 2).read())  # fmt: skip


@pytest.mark.parametrize("level", ["blocks", "ode"])
def test_a_part_on_its_conditional_rows(level):
    lab = lab_of(level=level)
    whole = part_of(RunPlan(BLOCK), lab)
    alone = conditional_part(whole, lab.graph)
    run = [execute(p.graph, p.given, lab.store, keep=[BLOCK])[BLOCK] for p in (whole, alone)]
    assert run[1].shape[0] == 1
    assert relative_l2(run[1], run[0][:1]) < 1e-6
    assert conditional_part(alone, lab.graph) is None
    assert conditional_part(part_of(RunPlan("solver"), lab), lab.graph) is None
