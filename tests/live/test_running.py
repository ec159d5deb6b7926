"""Plans carried out: every part, source, framework and swap."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.errors import Cancelled, UsageError
from inspector.live.noise import relative_l2
from inspector.live.plan import Choice, RunPlan, Swap
from inspector.live.running import forget_results, run_plan
from tests.blocks.seeded import MATCHA, SMALL
from tests.live.labs import lab_of

GRAPH = step_graph(SMALL)
BLOCK, SCALED = "mid_blocks.0.1.0", "mid_blocks.0.1.0.attn1.scaled"
FAULT = ("attention_scale_missing", (SCALED,))
SWAP = Swap(*FAULT)


def faulty(**recording):
    return lab_of(SMALL, FAULT, **{"level": "ops", **recording})


@pytest.mark.parametrize("what", ["step", "solver", "mid_blocks.0", BLOCK, f"{BLOCK}.ff.net.2",
                                  "time_mlp", "inputs", "final_proj", "ode.v_cfg"])  # fmt: skip
@pytest.mark.parametrize("chained", [True, False])
def test_the_reference_repeats_itself(what, chained):
    lab = faulty()
    result = run_plan(RunPlan(what, (3,), chained=chained), lab)
    assert result.values[3]
    for error in result.errors:
        assert error.reference.relative_l2 < 1e-6, error.name
        assert error.nonfinite == 0
    recorded = {n for n in result.values[3] if lab.reference.get(n, 2) is not None}
    assert {error.name for error in result.errors} >= recorded


@pytest.mark.parametrize("config", [SMALL, MATCHA])
@pytest.mark.parametrize("chained", [True, False])
def test_the_whole_ode_gives_the_recorded_trajectory(config, chained):
    lab = lab_of(config, level="blocks", valid=17)
    result = run_plan(RunPlan("ode", chained=chained), lab)
    path = result.trajectory
    assert path.steps == tuple(range(1, config.steps + 1))
    assert path.states.shape == (config.steps + 1, 1, 24, 8)
    for step in range(config.steps):
        recorded = lab.reference.get("ode.x_after", step).read()
        assert relative_l2(path.states[step + 1], recorded) < 1e-6
        velocity = lab.reference.get("ode.v_cfg" if config.cfg_rate else "ode.v_cond", step).read()
        assert relative_l2(path.velocities[step], velocity) < 1e-6
    assert np.array_equal(path.mel, path.states[-1])
    assert np.array_equal(path.states[0], lab.reference.get("x", 0).read())


def test_a_swap_reproduces_the_candidate_from_the_noise_to_the_mel():
    lab = faulty()
    plain, swapped = (run_plan(RunPlan("ode", swaps=s), lab) for s in ((), (SWAP,)))
    recorded = lab.candidate.get("ode.x_after", SMALL.steps - 1).read()
    assert relative_l2(plain.trajectory.mel, recorded) > 1e-3
    assert relative_l2(swapped.trajectory.mel, recorded) < 1e-6


def test_a_block_on_the_candidates_inputs_shows_the_introduced_error():
    lab = faulty()
    before = run_plan(RunPlan(BLOCK, (2,), "candidate"), lab).error(BLOCK)
    after = run_plan(RunPlan(BLOCK, (2,), "candidate", swaps=(SWAP,)), lab).error(BLOCK)
    assert before.candidate.floor_ratio > 1000
    assert after.candidate.floor_ratio < 5
    assert before.candidate.max_abs > 1e-3 > after.candidate.max_abs


def test_an_isolated_stage_confines_the_error_to_its_block():
    lab = faulty(level="blocks")
    isolated = run_plan(RunPlan("mid_blocks", (2,), "candidate", chained=False), lab)
    chained = run_plan(RunPlan("mid_blocks", (2,), "candidate"), lab)
    wrong = {e.name for e in isolated.errors if e.candidate.floor_ratio > 100}
    assert wrong == {BLOCK}
    assert {e.name for e in chained.errors if e.candidate.floor_ratio > 100} == {
        BLOCK, "mid_blocks.1.0", "mid_blocks.1.1.0",
    }  # fmt: skip


@pytest.mark.parametrize("rows", ["both", "cond", "uncond"])
def test_rows(rows):
    lab = faulty()
    value = run_plan(RunPlan(BLOCK, rows=rows), lab).value(BLOCK)
    recorded = lab.reference.get(BLOCK, 0).read()
    expected = {"both": recorded, "cond": recorded[:1], "uncond": recorded[1:]}[rows]
    assert value.shape == expected.shape
    assert relative_l2(value, expected) < 1e-6
    error = run_plan(RunPlan(BLOCK, rows=rows), lab).error(BLOCK)
    assert error.reference.relative_l2 < 1e-6


def test_recordings_of_conditional_rows_are_compared_on_these():
    lab = faulty(rows="cond")
    result = run_plan(RunPlan(BLOCK), lab)
    assert result.value(BLOCK).shape[0] == 1
    assert result.error(BLOCK).reference.relative_l2 < 1e-6
    assert "conditional rows" in result.notes[0]
    uncond = run_plan(RunPlan(BLOCK, rows="uncond"), lab)
    assert uncond.value(BLOCK).shape[0] == 1
    assert uncond.error(BLOCK) is None
    whole = run_plan(RunPlan("step"), lab)
    assert whole.value(BLOCK).shape[0] == 2
    assert whole.error(BLOCK).reference.relative_l2 < 1e-6


@pytest.mark.parametrize(
    ("backend", "precision", "least", "most"),
    [("torch", "float64", 1e-9, 1e-6), ("mlx", "float32", 1e-9, 1e-6),
     ("torch", "float16", 1e-5, 1e-2), ("mlx", "bfloat16", 1e-4, 1e-1)],
)  # fmt: skip
def test_frameworks_and_precisions(backend, precision, least, most):
    result = run_plan(RunPlan(BLOCK, backend=backend, precision=precision), faulty())
    error = result.error(BLOCK).reference
    assert least < error.relative_l2 < most
    assert error.floor_ratio < 20


def test_one_slot_and_one_node_in_another_precision():
    lab = faulty()
    slots = RunPlan("mid_blocks.0", slots=(("softmax", Choice(precision="bfloat16")),))
    node = RunPlan("mid_blocks.0", nodes=((f"{BLOCK}.attn1.weights", Choice("mlx", "bfloat16")),))
    for plan in (slots, node):
        result = run_plan(plan, lab)
        value = result.value(f"{BLOCK}.attn1.weights")
        assert not (value.view(np.uint32) & 0xFFFF).any()
        assert 1e-6 < result.error(BLOCK).reference.relative_l2 < 1e-2
        assert result.error("mid_blocks.0.0").reference.relative_l2 < 1e-6


def test_the_choice_of_a_node_wins_over_that_of_its_slot():
    node, slot = f"{BLOCK}.attn1.weights", "softmax"
    plan = RunPlan(BLOCK, nodes=((node, Choice(precision="float32")),),
                   slots=((slot, Choice(precision="bfloat16")),))  # fmt: skip
    assert run_plan(plan, faulty()).error(BLOCK).reference.relative_l2 < 1e-6


def test_several_steps_of_one_block():
    result = run_plan(RunPlan(BLOCK, (1, 3)), faulty())
    assert set(result.values) == {1, 3}
    assert {e.step for e in result.errors} == {1, 3}
    assert not np.array_equal(result.value(BLOCK, 1), result.value(BLOCK, 3))


def test_noise_is_compared_with_nothing():
    result = run_plan(RunPlan(BLOCK, source="noise:1"), faulty())
    assert result.errors == ()
    assert result.floors == {}
    assert np.isfinite(result.value(BLOCK)).all()
    ode = run_plan(RunPlan("ode", source="noise:1"), faulty()).trajectory
    other = run_plan(RunPlan("ode", source="noise:2"), faulty()).trajectory
    assert relative_l2(ode.mel, other.mel) > 0.1


def test_a_swap_that_touches_nothing_here_is_said():
    result = run_plan(RunPlan("final_block", swaps=(SWAP,)), faulty())
    assert "No swap touches anything that ran here." in result.notes
    assert not run_plan(RunPlan(BLOCK, swaps=(SWAP,)), faulty()).notes


@pytest.mark.parametrize("key", ["bias_lost", "mask_inverted", "norm_skipped", "cfg_sum"])
def test_weights_masks_nodes_and_guidance_can_be_swapped(key):
    lab = lab_of(SMALL, (key, None), level="blocks", valid=17)
    result = run_plan(RunPlan("ode", swaps=(Swap(key),)), lab)
    recorded = lab.candidate.get("ode.x_after", SMALL.steps - 1).read()
    assert relative_l2(result.trajectory.mel, recorded) < 1e-5
    assert relative_l2(run_plan(RunPlan("ode"), lab).trajectory.mel, recorded) > 1e-4


def test_floors_are_measured_where_something_was_recorded():
    lab = faulty(level="blocks")
    result = run_plan(RunPlan(BLOCK), lab)
    assert set(result.floors) == {(1, BLOCK)}
    assert run_plan(RunPlan("step"), lab).floors == {}
    assert (1, BLOCK) in run_plan(RunPlan("step"), lab, floors=True).floors
    assert run_plan(RunPlan(BLOCK), lab, floors=False).error(BLOCK).reference.floor_ratio is None


def test_the_same_plan_gives_the_held_result():
    lab, plan = faulty(), RunPlan(BLOCK, (2,))
    first = run_plan(plan, lab)
    assert run_plan(plan, lab) is first
    assert run_plan(RunPlan(BLOCK, (3,)), lab) is not first
    forget_results()
    again = run_plan(plan, lab)
    assert again is not first
    assert np.array_equal(again.value(BLOCK), first.value(BLOCK))


def test_values_are_read_only_so_that_held_results_stay():
    with pytest.raises(ValueError):
        run_plan(RunPlan(BLOCK), faulty()).value(BLOCK)[0] = 0


@pytest.mark.parametrize(
    ("plan", "match"),
    [
        (RunPlan("mid_blocks.7"), "no part of this name"),
        (RunPlan(BLOCK, (9,)), "step 9; expected steps 1 to 4"),
        (RunPlan("ode", (1, 3)), "a chained ODE with a gap"),
        (RunPlan(BLOCK, swaps=(Swap("attention_scal_missing"),)), "attention_scale_missing"),
        (RunPlan(BLOCK, swaps=(Swap("cfg_sum", (BLOCK,)),)), "cannot be applied there"),
        (RunPlan(BLOCK, nodes=(("nothing", Choice("mlx")),)), "no value of this name"),
        (RunPlan(BLOCK, slots=(("nothing", Choice("mlx")),)), "no slot of this name"),
        (RunPlan(BLOCK, nodes=((SCALED, Choice(implementation="mine")),)), "--implementation"),
        (RunPlan(BLOCK, backend="mlx", precision="float64"), "float64"),
    ],
)
def test_what_cannot_run_is_a_sentence(plan, match):
    with pytest.raises(UsageError, match=match):
        run_plan(plan, faulty())


def test_a_block_without_its_inputs_says_which_is_missing():
    lab = lab_of(level="blocks", reference={"level": "ode"})
    plan = RunPlan("step")
    assert run_plan(plan, lab).values
    del lab.reference_isolator.pool(2)["mu"]
    with pytest.raises(UsageError, match="mu: step needs this value at step 3"):
        run_plan(RunPlan("step", (3,)), lab)
    forget_results()
    lab.reference_isolator._pools.clear()


def test_a_run_stops_between_nodes():
    seen = []

    def stop(done, total, what):
        seen.append(what)
        if len(seen) == 4:
            raise Cancelled

    forget_results()
    with pytest.raises(Cancelled):
        run_plan(RunPlan(BLOCK, (4,)), faulty(), stop)
    assert len(seen) == 4


def test_a_child_process_gives_the_same_numbers():
    forget_results()
    plan = RunPlan("mid_blocks.0", (2,), backend="mlx", swaps=(SWAP,))
    here = run_plan(plan, faulty(), child=False)
    forget_results()
    there = run_plan(plan, faulty(), child=True)
    assert list(here.values[2]) == list(there.values[2])
    for name, value in here.values[2].items():
        assert np.array_equal(value, there.value(name)), name
