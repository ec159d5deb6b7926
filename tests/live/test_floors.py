"""Floors of a whole part are those of its values one by one."""

from __future__ import annotations

import pytest

from inspector.live.floors import part_floors
from inspector.live.noise import noise_floor
from inspector.live.part import make_part
from inspector.live.plan import RunPlan
from tests.live.labs import lab_of

BLOCK = "mid_blocks.0.1.0"


def part_of(lab, plan):
    return make_part(lab.graph, plan, lab.reference_isolator.pool(1), 1, original=lab.graph)


@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
def test_the_floor_of_a_block_is_that_of_its_cut(precision):
    lab = lab_of(level="blocks")
    floors = part_floors(part_of(lab, RunPlan(BLOCK)), lab.store, precision)
    isolator = lab.reference_isolator
    cut = isolator.cut(BLOCK, 1)
    assert floors[BLOCK] == pytest.approx(noise_floor(isolator, cut, precision), rel=0.2)
    assert set(floors) == {node.name for node in lab.graph.of_block(BLOCK)}
    assert all(value > 0 for value in floors.values())


def test_only_what_is_asked_for_is_computed():
    lab, seen = lab_of(level="blocks"), []
    part = part_of(lab, RunPlan(BLOCK))
    name = f"{BLOCK}.norm1"
    floors = part_floors(part, lab.store, names=[name], progress=lambda *a: seen.append(a[2]))
    assert set(floors) == {name}
    assert set(seen) == {f"Computing {name}"}


def test_rounding_grows_along_the_block():
    lab = lab_of(level="blocks")
    floors = part_floors(part_of(lab, RunPlan("step")), lab.store)
    assert floors["rows.mask"] == 2.0**-24
    assert floors["velocity"] > floors["down_blocks.0.0.block1.masked"]


def test_the_sinusoid_amplifies_a_moved_time():
    lab = lab_of(level="blocks")
    name, isolator = "time_mlp.linear_2", lab.reference_isolator
    part = make_part(lab.graph, RunPlan("time_mlp"), isolator.pool(3), 3, original=lab.graph)
    floors = part_floors(part, lab.store)
    # at this time moving it costs four times what rounding costs
    assert floors[name] == pytest.approx(noise_floor(isolator, isolator.cut(name, 3)), rel=0.5)
    assert floors[name] > 1e-5
