"""Edits as data, and weights and inputs with changes applied."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.errors import UsageError
from inspector.faults.edit import (
    Edit,
    InputChange,
    WeightChange,
    changed_inputs,
    changed_weights,
)
from tests.blocks.seeded import SMALL

GRAPH = step_graph(SMALL)
WEIGHTS = {
    "a.weight": np.arange(4, dtype=np.float32).reshape(2, 2),
    "b.weight": np.full((2, 2), 7, np.float32),
}


class _Counting(dict):
    def __init__(self, *args):
        super().__init__(*args)
        self.reads = []

    def __getitem__(self, key):
        self.reads.append(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.reads.append(key)
        return super().get(key, default)


def test_only_changed_weights_are_read_and_copied():
    stored = _Counting(WEIGHTS)
    changed = changed_weights(stored, (WeightChange("a.weight", "transpose"),))
    assert stored.reads == []
    assert changed["b.weight"] is WEIGHTS["b.weight"]
    assert np.array_equal(changed["a.weight"], WEIGHTS["a.weight"].T)
    assert changed["a.weight"] is changed["a.weight"]
    assert not changed["a.weight"].flags.writeable
    assert changed["a.weight"].dtype == np.float32
    assert set(changed) == set(WEIGHTS)
    assert len(changed) == 2


def test_without_changes_the_weights_are_the_same_mapping():
    assert changed_weights(WEIGHTS, ()) is WEIGHTS


def test_changes_of_one_key_apply_in_order():
    changes = (
        WeightChange("a.weight", "transpose"),
        WeightChange("a.weight", "scale", (("factor", 2.0),)),
    )
    assert np.array_equal(changed_weights(WEIGHTS, changes)["a.weight"], 2 * WEIGHTS["a.weight"].T)


def test_keys_exchanged_take_the_values_of_the_checkpoint():
    changes = (
        WeightChange("a.weight", "from_key", (("source", "b.weight"),)),
        WeightChange("b.weight", "from_key", (("source", "a.weight"),)),
    )
    changed = changed_weights(WEIGHTS, changes)
    assert np.array_equal(changed["a.weight"], WEIGHTS["b.weight"])
    assert np.array_equal(changed["b.weight"], WEIGHTS["a.weight"])


def test_an_invented_parameter_joins():
    change = WeightChange("a.bias", "uniform", (("of", "a.weight"), ("seed", 0)))
    changed = changed_weights(WEIGHTS, (change,))
    assert "a.bias" in changed
    assert changed["a.bias"].shape == (2,)
    assert len(changed) == 3


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (WeightChange("a.weight", "melt"), "no weight change of this kind"),
        (WeightChange("c.weight", "zero"), "no such key"),
    ],
)
def test_a_change_that_cannot_be_made_is_one_sentence(change, text):
    with pytest.raises(UsageError, match=text):
        changed_weights(WEIGHTS, (change,))


def test_inputs_change_and_others_stay():
    values = {"mask": np.array([[[1.0], [0.0]]], np.float32), "x": np.ones((1, 2, 3), np.float32)}
    changed = changed_inputs(values, (InputChange("mask", "invert"), InputChange("cond", "zero")))
    assert changed["mask"].ravel().tolist() == [0.0, 1.0]
    assert changed["x"] is values["x"]
    assert set(changed) == set(values)
    with pytest.raises(UsageError, match="no input change of this kind"):
        changed_inputs(values, (InputChange("mask", "melt"),))


@pytest.mark.parametrize(("step", "applies"), [(0, True), (3, False), (None, True)])
def test_a_change_can_be_limited_to_a_step(step, applies):
    values = {"x": np.ones((1, 2, 3), np.float32)}
    if step is not None:
        values["step"] = np.array([step])
    change = InputChange("x", "scale", (("factor", 3.0), ("at_step", 0)))
    assert (changed_inputs(values, (change,))["x"][0, 0, 0] == 3) == applies


def test_an_edit_of_changes_and_nodes_round_trips():
    node = GRAPH.node("ode.v_cfg").with_settings(rate=0.5)
    graph = GRAPH.change(["ode.v_cfg"], lambda _: node)
    edit = Edit(graph, (WeightChange("k", "zero"),), (InputChange("x", "scale", (("f", 1.5),)),))
    values = edit.to_dict(GRAPH)
    assert [n["name"] for n in values["nodes"]] == ["ode.v_cfg"]
    assert "nodes" not in edit.to_dict()
    assert Edit.from_dict(values, GRAPH) == edit
    assert len({edit, Edit.from_dict(values, GRAPH)}) == 1


@pytest.mark.parametrize("values", [{"weights": [{}]}, {"inputs": 3}, {"nodes": [{"name": "x"}]}])
def test_an_edit_that_cannot_be_read_is_one_sentence(values):
    with pytest.raises(UsageError, match="cannot be read"):
        Edit.from_dict(values, GRAPH)


def test_edits_join_in_order():
    one = Edit(GRAPH, (WeightChange("a", "zero"),))
    graph = GRAPH.change(["ode.v_cfg"], lambda n: n.with_settings(rate=0.5))
    two = Edit(graph, (WeightChange("b", "zero"),), (InputChange("x", "zero"),))
    joined = one.joined(two)
    assert joined.graph is graph
    assert [c.key for c in joined.weights] == ["a", "b"]
    assert joined.inputs == two.inputs


def test_another_seed_changes_random_settings_only():
    edit = Edit(GRAPH, (WeightChange("a", "uniform", (("of", "a"), ("seed", 0))),
                        WeightChange("b", "scale", (("factor", 2.0),))))  # fmt: skip
    again = edit.with_seed(9)
    assert again.weights[0].constants["seed"] == 9
    assert again.weights[1] == edit.weights[1]
    with pytest.raises(TypeError):
        again.weights[0].constants["seed"] = 1
