"""One entry: its places, its messages, several of them together."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.errors import UsageError
from inspector.faults.fault import Fault, apply_all
from inspector.faults.registry import faults
from tests.blocks.seeded import SMALL
from tests.faults import small_run as lab

GRAPH = step_graph(SMALL)
SHAPES = lab.shapes(SMALL)


def test_unknown_places_are_named_with_near_ones():
    fault = faults()["second_norm_unloaded"]
    with pytest.raises(UsageError, match=r"mid_blocks\.0\.1\.0\.norm3") as error:
        fault.apply(GRAPH, ["mid_blocks.0.1.0.norm2"], SHAPES)
    assert error.value.code == "place"


def test_no_place_at_all_is_said():
    fault = faults()["linear_transposed"]
    with pytest.raises(UsageError, match="Pass the shapes"):
        fault.apply(GRAPH)
    with pytest.raises(UsageError, match="no place was named"):
        fault.apply(GRAPH, [], SHAPES)


def test_places_can_be_any_iterable_and_repeat():
    fault = faults()["second_norm_unloaded"]
    place = fault.places(GRAPH, SHAPES)[0]
    edit = fault.apply(GRAPH, iter([place, place]), SHAPES)
    assert len(edit.weights) == 2  # weight and bias, once


def test_it_applies_to_a_part_of_the_decoder():
    part = GRAPH.cut([GRAPH.block_output("mid_blocks.0.1.0")], ["mid_blocks.0.0"])
    fault = faults()["attention_scale_missing"]
    assert fault.places(part, SHAPES) == ("mid_blocks.0.1.0.attn1.scaled",)
    for _, one in faults().items():
        places = one.places(part, SHAPES)
        if places:
            one.apply(part, shapes=SHAPES)


def test_the_group_is_the_key_unless_told():
    fault = faults()["euler_sign"]
    assert fault.group == "euler_sign"
    with pytest.raises(UsageError, match="fault or control"):
        Fault("k", "t", "bug", "s", "c.", "s.", (), "f", fault.places, fault.edit)


def test_two_faults_together_are_one_edit():
    pair = [
        (faults()["final_projection_unloaded"], None),
        (faults()["time_scale_missing"], ["time_embeddings"]),
    ]
    edit = apply_all(GRAPH, pair, SHAPES)
    assert {c.key for c in edit.weights} == {"final_proj.weight", "final_proj.bias"}
    assert edit.graph.node("time_embeddings").constants["scale"] == 1.0
    values, weights = lab.given(SMALL), lab.weights(SMALL)
    both = lab.run_edit(edit, values, weights)["velocity"]
    for one in pair:
        single = lab.run_edit(apply_all(GRAPH, [one], SHAPES), values, weights)["velocity"]
        assert not np.array_equal(single, both)


def test_facts_are_plain_values():
    values = faults()["final_projection_unloaded"].to_dict()
    assert values["records"] == ["WK01", "R1"]
    assert values["random"] is True
    assert "places" not in values
