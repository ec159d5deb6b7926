"""Conditional and unconditional rows."""

from __future__ import annotations

import numpy as np

from inspector.blocks.decoder import step_graph
from inspector.live.execution import execute
from inspector.live.rows import conditional_graph, copies_of, has_rows, take
from inspector.live.weight_store import WeightStore
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.live.recorded import run_inputs

GRAPH = step_graph(SMALL)


def test_values_of_the_estimator_have_rows_and_those_of_the_solver_do_not():
    assert has_rows(GRAPH, "mid_blocks.0.1.0.attn1.scores")
    assert has_rows(GRAPH, "velocity")
    assert not has_rows(GRAPH, "ode.v_cfg")
    assert not has_rows(GRAPH, "ode.t")
    assert not has_rows(GRAPH, "x")


def test_copies_follow_the_guidance():
    assert (copies_of(GRAPH), copies_of(step_graph(MATCHA))) == (2, 1)


def test_the_conditional_graph_gives_the_conditional_half():
    store, given = WeightStore(seeded_weights(SMALL)), run_inputs(SMALL, 12)
    values = {**given, "step": np.array([1])}
    whole = execute(GRAPH, values, store)
    alone = execute(conditional_graph(GRAPH), values, store)
    np.testing.assert_allclose(alone["ode.v_cond"], whole["ode.v_cond"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        alone["mid_blocks.0.0"], take(whole["mid_blocks.0.0"], "cond", 2, True), rtol=1e-4,
        atol=1e-6,
    )  # fmt: skip
    assert not {"ode.v_uncond", "ode.v_cfg", "ode.x_after"} & set(alone)


def test_a_graph_without_guidance_stays():
    graph = step_graph(MATCHA)
    assert conditional_graph(graph) is graph


def test_rows_are_halves_of_the_first_axis():
    value = np.arange(8).reshape(4, 2)
    assert take(value, "cond", 2, True).tolist() == [[0, 1], [2, 3]]
    assert take(value, "uncond", 2, True).tolist() == [[4, 5], [6, 7]]
    assert take(value, "uncond", 2, False) is value
    assert take(value, "both", 2, True) is value
