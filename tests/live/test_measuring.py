"""Values against recordings, in the rows that both hold."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.live import measuring
from inspector.live.floors import part_floors
from inspector.live.measuring import comparable, forget_floors, measured_floors, recorded_errors
from inspector.live.part import make_part
from inspector.live.plan import RunPlan
from tests.blocks.seeded import SMALL
from tests.live.labs import lab_of

BLOCK = "mid_blocks.0.1.0"
TWO, ONE = np.arange(6.0).reshape(2, 3), np.arange(3.0).reshape(1, 3)


@pytest.mark.parametrize(
    ("value", "recorded", "rows", "expected"),
    [
        (TWO, TWO, "both", (TWO, TWO)), (TWO, ONE, "both", (TWO[:1], ONE)),
        (ONE, TWO, "cond", (ONE, TWO[:1])), (ONE, TWO, "uncond", (ONE, TWO[1:])),
        (ONE, ONE, "cond", (ONE, ONE)), (ONE, ONE, "uncond", None), (ONE, TWO, "both", None),
        (TWO, TWO[:, :2], "both", None), (TWO, TWO[None], "both", None),
    ],
)  # fmt: skip
def test_rows_that_both_hold(value, recorded, rows, expected):
    found = comparable(value, recorded, rows, 2)
    if expected is None:
        assert found is None
    else:
        assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def part_of(lab, plan):
    return make_part(lab.graph, plan, lab.reference_isolator.pool(1), 1, original=lab.graph)


@pytest.mark.parametrize("what", [BLOCK, "mid_blocks.0.0", "time_mlp", "solver"])
def test_floors_on_conditional_rows_are_near_those_of_both(what):
    lab, plan = lab_of(SMALL, level="blocks"), RunPlan(what)
    part = part_of(lab, plan)
    found = measured_floors(lab, plan, part)
    whole = part_floors(part, lab.store)
    assert found
    for name, floor in found.items():
        assert floor == pytest.approx(whole[name], rel=0.5), name


def test_floors_are_held_and_do_not_depend_on_swaps_or_frameworks(monkeypatch):
    forget_floors()
    calls = []
    monkeypatch.setattr(
        measuring, "part_floors", lambda *a, **k: calls.append(a) or part_floors(*a, **k)
    )
    lab = lab_of(SMALL, level="blocks")
    for plan in (RunPlan(BLOCK), RunPlan(BLOCK, backend="mlx"), RunPlan(BLOCK)):
        measured_floors(lab, plan, part_of(lab, plan))
    assert len(calls) == 1
    half = measured_floors(lab, RunPlan(BLOCK, precision="float16"), part_of(lab, RunPlan(BLOCK)))
    assert len(calls) == 2
    assert (
        half[BLOCK]
        > 100 * measured_floors(lab, RunPlan(BLOCK), part_of(lab, RunPlan(BLOCK)))[BLOCK]
    )


def test_errors_name_values_steps_and_what_is_not_finite():
    lab = lab_of(SMALL, level="blocks")
    plan, part = RunPlan(BLOCK), part_of(lab, RunPlan(BLOCK))
    value = lab.reference.get(BLOCK, 1).read().copy()
    value[0, 0, 0] = np.nan
    (found,) = recorded_errors(lab, plan, part, {BLOCK: value, f"{BLOCK}.norm1": value}, {})
    assert (found.name, found.step, found.nonfinite) == (BLOCK, 2, 1)
    assert np.isnan(found.reference.relative_l2)
    assert recorded_errors(lab, RunPlan(BLOCK, source="noise:1"), part, {BLOCK: value}, {}) == []
