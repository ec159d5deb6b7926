"""A graph computed node by node, wherever each node belongs."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.errors import Cancelled, UsageError
from inspector.live.execution import Placement, execute
from inspector.live.noise import relative_l2
from inspector.live.weight_store import WeightStore
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.live.recorded import run_inputs

GRAPH = step_graph(SMALL)
STORE = WeightStore(seeded_weights(SMALL))
GIVEN = {**run_inputs(SMALL, 10), "step": np.array([1])}
BLOCK = "mid_blocks.0.1.0"


def run(**options):
    return execute(GRAPH, GIVEN, STORE, **options)


def test_every_node_is_returned_unless_some_are_named():
    assert set(run()) == {node.name for node in GRAPH.nodes}
    assert set(run(keep=["velocity", "ode.t"])) == {"velocity", "ode.t"}


@pytest.mark.parametrize("config", [SMALL, MATCHA])
@pytest.mark.parametrize(
    ("placement", "within"),
    [
        (Placement("torch", "float32"), 1e-5), (Placement("mlx", "float32"), 1e-5),
        (Placement("torch", "float16"), 2e-2), (Placement("mlx", "bfloat16"), 2e-1),
    ],
)  # fmt: skip
def test_every_placement_is_near_the_oracle(config, placement, within):
    graph, store = step_graph(config), WeightStore(seeded_weights(config))
    given = {**run_inputs(config, 10), "step": np.array([1])}
    exact = execute(graph, given, store, placement=Placement("torch", "float64"))
    found = execute(graph, given, store, placement=placement, keep=["ode.x_after", "velocity"])
    assert exact["velocity"].dtype == np.float64
    assert 0 < relative_l2(found["velocity"], exact["velocity"]) < within


def test_one_node_in_another_framework_and_precision():
    plain = run(keep=[BLOCK])[BLOCK]
    node = f"{BLOCK}.attn1.weights"
    mixed = run(per_node={node: Placement("mlx", "bfloat16")}, keep=[BLOCK, node])
    error = relative_l2(mixed[BLOCK], plain)
    assert 1e-7 < error < 1e-2
    # bfloat16 keeps 8 significant bits: the others are zero in the float32 that comes back
    assert not (mixed[node].view(np.uint32) & 0xFFFF).any()


def test_a_given_node_is_computed_and_those_after_it_read_what_was_given():
    graph = GRAPH.cut([BLOCK, "mid_blocks.0.0"], ["mid_blocks.0.0", "rows.mask", "down_blocks.0.2",
                                                  "time_mlp.linear_2"])  # fmt: skip
    whole = run()
    given = {n: whole[n] for n in graph.inputs if n in whole}
    given["mid_blocks.0.0"] = np.zeros_like(whole["mid_blocks.0.0"])
    found = execute(graph, given, STORE)
    assert relative_l2(found["mid_blocks.0.0"], whole["mid_blocks.0.0"]) < 1e-6
    assert relative_l2(found[BLOCK], whole[BLOCK]) > 0.1


def test_an_implementation_replaces_the_operation():
    node = f"{BLOCK}.attn1.scaled"
    calls = []

    def twice(inputs, params, settings):
        calls.append((len(inputs), dict(params), dict(settings)))
        return inputs[0] * settings["factor"] * 2

    plain, found = run(), run(per_node={node: Placement(implementation=twice)})
    np.testing.assert_allclose(found[node], 2 * plain[node], rtol=1e-6)
    assert relative_l2(found[BLOCK], plain[BLOCK]) > 1e-3
    assert calls == [(1, {}, {"factor": 8**-0.5})]


def test_a_missing_input_is_named():
    with pytest.raises(UsageError, match="mu: this value is needed"):
        execute(GRAPH, {k: v for k, v in GIVEN.items() if k != "mu"}, STORE)


def test_shapes_that_do_not_fit_are_refused_in_one_sentence():
    with pytest.raises(UsageError):
        execute(GRAPH, {**GIVEN, "mu": GIVEN["mu"][:, :-1]}, STORE)


def test_progress_counts_nodes_and_may_stop():
    seen = []

    def stop(done, total, what):
        seen.append((done, total, what))
        if done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(progress=stop)
    assert [done for done, _, _ in seen] == list(range(6))
    assert seen[0] == (0, len(GRAPH), f"Computing {GRAPH.nodes[0].name}")


def test_the_results_are_read_only():
    with pytest.raises(ValueError):
        run(keep=["velocity"])["velocity"][0] = 0
