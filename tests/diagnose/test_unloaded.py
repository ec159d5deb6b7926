"""Weights that never reached their modules, in the order in which they are looked for."""

from __future__ import annotations

import pytest

from inspector.diagnose import unloaded
from inspector.diagnose.suspect import RECOVERED, STATISTICAL
from inspector.diagnose.unloaded import (
    explain_by_draws,
    explain_by_fresh_layers,
    explain_by_layers,
)
from tests.diagnose.searches import Desk, edit_of, errors_of, pair_of, pair_with, record

TRANSFORMER = "mid_blocks.0.1.0"
ATTENTION = tuple(f"{TRANSFORMER}.attn1.{p}" for p in ("to_q", "to_k", "to_v", "to_out.0"))
EXPLAIN = (explain_by_layers, explain_by_fresh_layers, explain_by_draws)


def faulty(pair):
    return list(errors_of(pair, [0, 1]).faulty)


def test_a_fresh_layer_explains_its_cells_and_leaves_the_others():
    edit = edit_of(
        "final_projection_unloaded", ("linear_transposed", ("mid_blocks.0.1.0.attn1.to_q",))
    )
    pair = pair_with(edit, "ops")
    desk = Desk(pair)
    suspects, left = explain_by_fresh_layers(faulty(pair), desk.search)
    assert [(s.fault, s.evidence) for s in suspects] == [("final_projection_unloaded", RECOVERED)]
    assert {c.node for c in left} == {"mid_blocks.0.1.0.attn1.to_q"}
    # what is no fresh draw is solved for as well, once it is asked for
    more, left = explain_by_layers(left, desk.search)
    assert [s.fault for s in more] == ["linear_transposed"]
    assert left == []
    assert any("transposed" in line for line in desk.lines)


def test_layers_of_one_group_are_one_suspect_and_leave_no_layer():
    pair = pair_with(edit_of("attention_unloaded"), "ops", steps=[1])
    desk = Desk(pair)
    suspects, left = explain_by_fresh_layers(faulty(pair), desk.search)
    assert [s.fault for s in suspects] == ["attention_unloaded"]
    assert len(suspects[0].where) == 16
    # the inside was recorded at the first step only: whole passes stay for what comes after
    assert {c.node for c in left} <= {"ode.v_cond", "ode.v_uncond"}


def test_draws_explain_a_block_that_shows_no_layer():
    pair = pair_with(edit_of(("attention_unloaded", ATTENTION)))
    desk = Desk(pair)
    suspects, left = explain_by_draws(faulty(pair), desk.search)
    assert left == []
    assert "attention_unloaded" in {k for s in suspects for k in (s.fault, *s.alike)}
    assert {s.evidence for s in suspects} == {STATISTICAL}
    assert all(TRANSFORMER in place for s in suspects for place in s.where)
    assert all("cannot be reproduced exactly" in s.sentence for s in suspects)
    assert all(0 <= s.explained <= 1 for s in suspects)


@pytest.mark.parametrize(
    ("fault", "layers"),
    [
        ("feed_forward_unloaded", ("mid_blocks.0.1.0.ff.net.0.proj",)),
        ("feed_forward_unloaded", ("mid_blocks.0.1.0.ff.net.2",)),
        ("attention_unloaded", ("mid_blocks.0.1.0.attn1.to_v",)),
        ("attention_unloaded", ("mid_blocks.0.1.0.attn1.to_k", "mid_blocks.0.1.0.attn1.to_q")),
        ("resnet_time_and_skip_unloaded", ("mid_blocks.0.0.mlp.1",)),
        ("bias_random", ("mid_blocks.0.1.0.ff.net.0.proj",)),
    ],
)
def test_draws_name_the_layer_whose_key_was_missed(fault, layers):
    """Query and key are told from the others, not from each other."""
    pair = pair_with(edit_of((fault, layers[:1])))
    suspects, left = explain_by_draws(faulty(pair), Desk(pair).search)
    assert left == []
    assert [(s.fault, s.where) for s in suspects] == [(fault, layers)]
    assert ("at one or more of" in suspects[0].sentence) == (len(layers) > 1)


def test_a_mistake_of_another_kind_is_left():
    pair = pair_with(edit_of("attention_residual_missing"))
    for explain in EXPLAIN:
        cells = faulty(pair)
        suspects, left = explain(cells, Desk(pair).search)
        assert suspects == []
        assert set(left) == set(cells)


@pytest.mark.parametrize("explain", EXPLAIN)
def test_healthy_cells_are_not_claimed(explain):
    pair = pair_of(record(backend="mlx"))
    cells = list(errors_of(pair, [0, 1]).cells)
    suspects, left = explain(cells, Desk(pair).search)
    assert suspects == []
    assert set(left) == set(cells)


@pytest.mark.parametrize("explain", EXPLAIN)
def test_a_spent_budget_leaves_everything(explain):
    pair = pair_with(edit_of("final_projection_unloaded"), "ops")
    cells = faulty(pair)
    suspects, left = explain(cells, Desk(pair, seconds=-1.0).search)
    assert suspects == []
    assert set(left) == set(cells)


@pytest.mark.parametrize("explain", EXPLAIN)
def test_nothing_to_explain_is_nothing(explain):
    assert explain([], Desk(pair_with(None)).search) == ([], [])


def test_single_layers_are_tried_in_a_block_and_not_in_a_whole_forward_pass(monkeypatch):
    tried = {}

    def spy(bench, hypotheses, cells, options, *, layers=(), **more):
        tried[cells[0].node] = [h.places for h in layers]
        return None, float("inf")

    monkeypatch.setattr(unloaded, "fit_draws", spy)
    for level, node in (("blocks", "mid_blocks.0.0"), ("ode", "ode.v_cond")):
        pair = pair_with(edit_of("convolution_unloaded"), level)
        explain_by_draws(faulty(pair), Desk(pair).search)
        assert node in tried
    assert ("mid_blocks.0.0.block1.block.0",) in tried["mid_blocks.0.0"]
    assert tried["ode.v_cond"] == []
