"""The first wrong block is named with what lies around it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.diagnose.block_claims import agrees_at, block_claim, solver_claims
from inspector.diagnose.claims import INPUT_ROLES
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.form.report import Form, FormReport
from tests import runs
from tests.diagnose.test_rises import MODULES, recorded


def claim_of(errors, **facts):
    given = {"explained": False, "forms": {}, **facts}
    return block_claim(recorded(errors), INPUT_ROLES, **given)


def test_agreement_has_no_claim():
    assert claim_of({}) is None
    assert not list(solver_claims(recorded({}), {}))


def test_a_place_says_what_to_look_at_and_what_agrees_before_it():
    claim = claim_of({(1, m): 0.1 for m in MODULES[1:]})
    assert claim.sentence.startswith("The error arises at step7_step1_down_blocks.0.0 (ResNet)")
    assert "Look at its convolutions" in claim.sentence
    assert any("agrees: step7_step1_time_mlp" in e for e in claim.evidence)
    assert claim.confidence == "certain"


def test_an_error_from_step_2_on_points_at_the_time():
    tensors = recorded({(2, "time_mlp"): 0.1})
    claim = block_claim(tensors, INPUT_ROLES, False, {})
    assert "It agrees at step 1, where t = 0: look at how the time enters (" in claim.sentence
    row = next(i for i, t in enumerate(tensors) if t.status == "different")
    assert agrees_at(tensors, row, brief=True).endswith("look at how the time enters.")


def test_a_second_jump_is_evidence():
    claim = claim_of({(1, MODULES[1]): 1e-3, (1, MODULES[3]): 0.5})
    (jump,) = [e for e in claim.evidence if "also jumps" in e]
    assert "mid_blocks.0.0 (ResNet): from 0.001 to 0.5" in jump


def test_what_may_follow_from_something_else_is_only_possible():
    claim = claim_of({(1, MODULES[1]): 0.1}, explained=True)
    assert claim.confidence == "possible"
    assert "which may only follow from the above" in claim.sentence


def test_one_wrong_row_of_a_module_points_at_what_the_row_is_given():
    name = "step7_step1_down_blocks.0.0"
    tensors = recorded({(1, m): 0.1 for m in MODULES[1:]})
    row = Form("one_row", "Only a row", "Only the unconditional row differs.", 0.0, 0.1, 1.0,
               "place", "certain")  # fmt: skip
    claim = block_claim(tensors, INPUT_ROLES, False, {name: FormReport((row,), 0.1)})
    assert "look at what this row is given" in claim.sentence
    assert "convolutions" not in claim.sentence


def test_a_guessed_pair_that_differs_before_the_error_makes_it_less_than_certain():
    tensors = list(recorded({(1, m): 0.1 for m in MODULES}))
    row = next(i for i, t in enumerate(tensors) if t.status == "different")
    pair = replace(tensors[row].pair, rule="last of module", confidence=0.4)
    tensors[row] = replace(tensors[row], pair=pair)
    claim = block_claim(tensors, INPUT_ROLES, False, {})
    assert claim.tensors != (pair.reference.name,)
    assert claim.confidence == "likely"
    assert any(
        e.startswith(f"before it {pair.reference.name} differs too, if") for e in claim.evidence
    )


def test_a_velocity_whose_state_and_time_agree_points_at_how_the_time_enters():
    run = runs.healthy_run(steps=2)
    wrong = {**run, "step7_step2_dxdt_cond": run["step7_step2_dxdt_cond"] * np.float32(1.1)}

    def said(left, right):
        tensors = compare_traces(runs.trace(left), runs.trace(right)).tensors
        row = next(i for i, t in enumerate(tensors) if t.status == "different")
        return agrees_at(tensors, row)

    assert "how the time enters" in said(run, wrong)
    state = "step7_step2_x_before"
    part = [{k: v for k, v in side.items() if k != state} for side in (run, wrong)]
    assert "the state, the time" in said(*part)


@pytest.mark.parametrize(
    ("kinds", "words", "records"),
    [
        (("cosine", "linear"), "cosine in the reference, linear in the candidate", ("OD01",)),
        (("cosine", "cosine"), "the step indexes", ("OD02", "OD03")),
        (("cosine", "unknown"), "the step indexes", ("OD02", "OD03")),
    ],
)
def test_the_schedule_is_named_where_it_is_known(kinds, words, records):
    tensors = recorded({(1, MODULES[0]): 0.1})
    wrong = next(t for t in tensors if t.status == "different")
    time = replace(wrong, pair=replace(wrong.pair, role="t"))
    (claim,) = solver_claims([time], {}, kinds)
    assert words in claim.sentence
    assert claim.records == records


def test_what_follows_a_claim_about_the_solver_is_only_possible():
    """A wrong unconditional row shows in the first module, which need not be wrong."""
    block = np.random.default_rng(4).standard_normal((2, 16, runs.FRAMES)).astype(np.float32)
    kept = ("noise", "mu", "mask", "_t", "_dt", "x_before", "dxdt_cond", "dxdt_uncond")
    run = {k: v for k, v in runs.healthy_run().items() if k.endswith(kept) or "mask" in k}
    name, velocity = "step7_step1_down_blocks.0.0", "step7_step1_dxdt_uncond"
    run = {name: block, **run}
    wrong = {**run, name: block * np.array([1, 1.2], "f4")[:, None, None]}
    wrong[velocity] = run[velocity] * np.float32(1.1)
    verdict = compare_traces(runs.trace(run), runs.trace(wrong)).verdict
    solver, found = (next(c for c in verdict.claims if c.subject == s) for s in ("solver", "block"))
    assert solver is verdict.claims[0]
    assert found.confidence == "possible"
    assert "may only follow from the above" in found.sentence
