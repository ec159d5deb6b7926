"""Where an error jumps, and where it is only carried on."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.rises import JUMP, agreed_earlier, find_rises, last_before
from tests import runs

MODULES = ("time_mlp", "down_blocks.0.0", "down_blocks.0.1.0", "mid_blocks.0.0", "final_proj")


def recorded(errors):
    """A run with modules in two steps; errors: (step, module) -> relative size of its error."""
    rng = np.random.default_rng(1)
    run = runs.healthy_run(steps=2)
    sides = {}, {}
    for step in (1, 2):
        for name, value in run.items():
            if name.startswith(f"step7_step{step}_") and name.endswith(("_t", "_dt", "x_before")):
                for side in sides:
                    side[name] = value
        for module in MODULES:
            value = rng.standard_normal((1, 16, 24)).astype(np.float32)
            error = rng.standard_normal(value.shape).astype(np.float32)
            error *= errors.get((step, module), 0) * np.linalg.norm(value) / np.linalg.norm(error)
            sides[0][f"step7_step{step}_{module}"] = value
            sides[1][f"step7_step{step}_{module}"] = value + error
    order = [*sides[0]]
    traces = [runs.trace(side, order=tuple(order)) for side in sides]
    return compare_traces(*traces).tensors


def rises(errors):
    tensors = recorded(errors)
    return [
        (tensors[r.row].pair.reference.name.split("_", 2)[2], r.steps, r.before)
        for r in find_rises(tensors)
    ]


def test_agreement_has_no_rise():
    assert rises({}) == []


def test_the_first_error_arises_and_the_same_size_is_carried():
    found = rises({(1, m): 0.01 for m in MODULES[1:]})
    assert found == [("down_blocks.0.0", (1,), None)]


def test_a_jump_over_a_small_error_arises_anew():
    small = 1e-3
    found = rises({(1, MODULES[1]): small, (1, MODULES[2]): small, (1, MODULES[3]): 0.5})
    assert [name for name, _, _ in found] == ["down_blocks.0.0", "mid_blocks.0.0"]
    assert found[1][2] == pytest.approx(small, rel=0.1)


def test_the_second_row_of_guidance_leaves_the_same_forward_pass():
    run = runs.healthy_run(steps=2)
    wrong = dict(run)
    for row, size in (("cond", 0.01), ("uncond", 0.5)):
        name = f"step7_step1_dxdt_{row}"
        wrong[name] = run[name] * np.float32(1 + size)
    tensors = compare_traces(runs.trace(run), runs.trace(wrong)).tensors
    roles = [tensors[rise.row].pair.role for rise in find_rises(tensors)]
    assert "v_cond" in roles
    assert "v_uncond" not in roles


def test_less_than_a_jump_is_carried():
    small = 1e-2
    found = rises({(1, MODULES[1]): small, (1, MODULES[2]): 0.8 * JUMP * small})
    assert [name for name, _, _ in found] == ["down_blocks.0.0"]


def test_one_module_counts_once_with_all_its_steps():
    found = rises({(1, MODULES[2]): 0.1, (2, MODULES[2]): 0.1})
    assert found == [("down_blocks.0.1.0", (1, 2), None)]


def test_the_next_state_carries_the_error_of_the_step_before():
    run = runs.healthy_run()
    wrong = {k: v + np.float32(0.1) if k == "step7_step1_x_after" else v for k, v in run.items()}
    wrong["step7_step2_x_before"] = wrong["step7_step1_x_after"]
    tensors = compare_traces(runs.trace(run), runs.trace(wrong)).tensors
    names = [tensors[r.row].pair.reference.name for r in find_rises(tensors)]
    assert names == ["step7_step1_x_after"]
    # without an error before it, the state was changed between the steps
    wrong["step7_step1_x_after"] = run["step7_step1_x_after"]
    tensors = compare_traces(runs.trace(run), runs.trace(wrong)).tensors
    assert tensors[find_rises(tensors)[0].row].pair.reference.name == "step7_step2_x_before"


def test_what_lies_before_a_value_is_told_within_its_step():
    tensors = recorded({(2, MODULES[2]): 0.1})
    row = next(i for i, t in enumerate(tensors) if t.status == "different")
    assert last_before(tensors, row).pair.reference.name == "step7_step2_down_blocks.0.0"
    assert agreed_earlier(tensors, row) == (1,)
    tensors = recorded({(1, MODULES[2]): 0.1})
    row = next(i for i, t in enumerate(tensors) if t.status == "different")
    assert agreed_earlier(tensors, row) == ()


def test_a_rise_has_plain_values():
    (rise,) = find_rises(recorded({(1, MODULES[2]): 0.1}))
    assert rise.to_dict()["steps"] == [1]
