"""The whole search, from two recordings and a checkpoint."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.culprit import representatives
from inspector.errors import Cancelled
from tests.blocks.seeded import SMALL, seeded_weights
from tests.diagnose.searches import (
    FRAMES,
    WEIGHTS,
    cell_of,
    edit_of,
    found_by_search,
    noisy,
    pair_of,
    pair_with,
    record,
    with_settings,
)
from tests.live.pair import make_pair
from tests.live.recorded import run_inputs

CONV, SCALED = "mid_blocks.0.0.block1.block.0", "mid_blocks.0.1.0.attn1.scaled"
SCALE = "attention_scale_missing"


def keys(report):
    return [s.fault for s in report.suspects]


@pytest.mark.parametrize("level", ["blocks", "ops"])
def test_a_mistake_at_one_place_is_named_there(level):
    report = found_by_search(pair_with(edit_of(("kernel_flipped", (CONV,))), level))
    (suspect,) = report.suspects
    assert (suspect.fault, suspect.where, suspect.scope) == ("kernel_flipped", (CONV,), "one")
    assert (report.healthy, report.unexplained, report.level) == (False, (), level)
    assert report.sentence == "Found: kernel flipped."


def test_states_alone_are_enough_for_a_mistake_at_all_places():
    report = found_by_search(pair_with(edit_of(SCALE), "ode"))
    assert keys(report) == [SCALE]
    assert (report.suspects[0].scope, report.level) == ("all", "states")


@pytest.mark.parametrize("level", ["ode", "blocks", "ops"])
def test_a_solver_and_an_estimator_mistake_are_both_named(level):
    report = found_by_search(pair_with(edit_of("time_scale_missing", "cfg_interpolate"), level))
    assert sorted(keys(report)) == ["cfg_interpolate", "time_scale_missing"]
    assert report.unexplained == ()


def test_two_mistakes_in_one_block_are_both_named():
    where = (SCALED, "mid_blocks.0.1.0.ff.net.0")
    tanh = "feed_forward_activation_gelu_tanh"
    report = found_by_search(pair_with(edit_of((SCALE, where[:1]), (tanh, where[1:]))))
    assert sorted(keys(report)) == sorted([SCALE, tanh])
    assert report.unexplained == ()
    assert {s.where for s in report.suspects} == {where[:1], where[1:]}


def test_a_mistake_and_other_noise_are_both_said():
    inputs = {**run_inputs(SMALL, FRAMES), "x": run_inputs(SMALL, FRAMES, seed=9)["x"]}
    report = found_by_search(pair_with(edit_of(("kernel_flipped", (CONV,))), inputs=inputs))
    found = {s.fault: s.kind for s in report.suspects}
    assert found["kernel_flipped"] == "fault"
    assert found["other_noise"] == "control"
    assert keys(report)[-1] == "other_noise", "mistakes come first"
    assert report.healthy is False


UNKNOWN = {
    "guidance rate": with_settings("ode.v_cfg", rate=0.93),
    "time scale": with_settings("time_embeddings", scale=1370.0),
    "attention scale": with_settings(SCALED, factor=1.37 * 8**-0.5),
    "norm eps": with_settings("mid_blocks.0.1.0.norm1", eps=3e-3),
}


@pytest.mark.parametrize("what", list(UNKNOWN))
def test_an_unknown_mistake_is_reported_as_unexplained(what):
    report = found_by_search(pair_with(UNKNOWN[what], "ops"), budget_seconds=20)
    assert report.healthy is False
    assert report.suspects == ()
    assert len(report.unexplained) == 1
    assert report.sentence.startswith("No known mistake explains the error")
    assert f"first at {report.unexplained[0]}" in report.sentence


def test_an_unknown_mistake_inside_a_block_points_to_the_block():
    pair = pair_with(UNKNOWN["attention scale"])
    report = found_by_search(pair, budget_seconds=3)
    assert (report.healthy, report.suspects) == (False, ())
    assert report.unexplained == ("mid_blocks.0.1.0",)


@pytest.mark.parametrize("level", ["blocks", "ops"])
@pytest.mark.parametrize("key", ["final_proj.weight", "mid_blocks.0.1.0.ff.net.2.weight"])
@pytest.mark.parametrize("amount", [0.1, 0.5])
def test_weights_with_noise_are_never_healthy(key, amount, level):
    pair = pair_of(record(level, weights=noisy(key, amount)), level)
    report = found_by_search(pair, budget_seconds=5)
    assert report.healthy is False
    assert not [s for s in report.suspects if s.evidence == "exact"]


@pytest.mark.parametrize(
    "key", [f"{CONV}.weight", "mid_blocks.0.0.block1.block.2.weight", "time_mlp.linear_1.weight"]
)
def test_disturbed_weights_are_not_taken_for_a_known_mistake(key):
    pair = pair_of(record(weights=noisy(key, 0.5)))
    report = found_by_search(pair, budget_seconds=5)
    assert report.healthy is False
    assert report.suspects == ()
    assert report.unexplained


def test_a_corrupt_reference_is_said():
    other = record(weights=seeded_weights(SMALL, seed=4))
    pair = pair_of(record(), reference=other)
    report = found_by_search(pair)
    assert report.healthy is True, "the candidate does what the checkpoint says"
    assert "ode.v_cond" in report.reference_faults
    assert report.sentence.startswith("The reference's own recording contradicts its checkpoint")


def test_nothing_recorded_is_neither_healthy_nor_not():
    only = {k: v for k, v in record("ode").items() if k in ("mu", "mask", "initial_noise")}
    report = found_by_search(pair_of(only, "ode"))
    assert report.healthy is None
    assert report.suspects == ()
    assert report.sentence.startswith("Nothing could be tested")


def test_progress_may_cancel_at_every_stage():
    pair = pair_with(edit_of(("kernel_flipped", (CONV,))))
    said = []
    found_by_search(pair, progress=lambda _d, _t, what: said.append(what))
    stages = ("Comparing inputs", "Isolating", "Checking the reference", "Trying")
    for stage in stages:
        assert any(what.startswith(stage) for what in said), stage

        def stop(_done, _total, what, stage=stage):
            if what.startswith(stage):
                raise Cancelled

        with pytest.raises(Cancelled):
            found_by_search(pair, progress=stop)


def test_a_spent_budget_gives_an_incomplete_report():
    report = found_by_search(pair_with(edit_of(SCALE)), budget_seconds=1e-9)
    assert report.complete is False
    assert report.healthy is False
    assert set(report.unexplained) == {
        "down_blocks.0.1.0", "mid_blocks.0.1.0", "mid_blocks.1.1.0", "up_blocks.0.1.0"
    }  # fmt: skip
    assert "before the time ran out" in report.sentence
    assert found_by_search(pair_with(None), budget_seconds=1e-9).healthy is True


def test_findings_are_told_as_they_are_made():
    told = []
    report = found_by_search(
        pair_with(edit_of(("kernel_flipped", (CONV,)))), log=lambda *line: told.append(line)
    )
    assert tuple(line for line, _ in told) == report.log
    assert report.log[0].startswith("The recorded inputs")
    assert any("reproduces" in line for line in report.log)


def test_only_the_steps_asked_for_are_looked_at():
    report = found_by_search(pair_with(edit_of(SCALE)), steps=[2])
    assert {c.step for c in report.introduced.cells} == {2}
    assert keys(report) == [SCALE]


def test_the_same_pair_gives_the_same_report():
    pair = pair_with(edit_of("time_mlp_unloaded", ("kernel_flipped", (CONV,))))
    first, second = (found_by_search(pair).to_dict() for _ in range(2))
    first.pop("seconds")
    second.pop("seconds")
    assert str(first) == str(second)


def test_another_checkpoint_than_that_of_both_sides_is_noticed():
    recorded = record()
    other = seeded_weights(SMALL, seed=4)
    report = found_by_search(make_pair(SMALL, other, recorded, recorded), budget_seconds=3)
    assert report.healthy is False
    assert report.reference_faults
    assert not np.array_equal(other["final_proj.weight"], WEIGHTS["final_proj.weight"])


def test_a_node_is_represented_by_its_first_and_its_clearest_step():
    cells = [cell_of("a", s, introduced=e) for s, e in enumerate((0.1, 0.2, 0.9, 0.3))]
    cells.insert(1, cell_of("b", 0))
    assert [(c.node, c.step) for c in representatives(cells)] == [("a", 0), ("b", 0), ("a", 2)]


def test_mistakes_seen_alone_in_some_places_are_tried_together_in_others():
    """The third value shows both at once; no fresh draw may be blamed for it."""
    edit = edit_of("time_scale_missing", "uncond_keeps_prompt")
    report = found_by_search(pair_with(edit, "ode"), steps=[0, 1])
    assert {s.fault for s in report.suspects} == {"time_scale_missing", "uncond_keeps_prompt"}
    assert {s.evidence for s in report.suspects} == {"exact"}
    assert report.unexplained == ()
