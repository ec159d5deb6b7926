"""One block as slots and edges."""

from __future__ import annotations

import json

import pytest

from inspector import api
from inspector.blocks.operations import OPERATIONS
from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.live.user_code import UserCode
from inspector.registry import Registry
from inspector.views.lab import find_lab
from inspector.views.lab_block import block_payload, swap_places
from tests.views.lab_pair import BLOCK, lab_pair


def test_the_slots_of_a_transformer():
    payload = json.loads(json.dumps(api.page_lab_block(*lab_pair(level="ops"), BLOCK)))
    nodes = {node["label"]: node for node in payload["nodes"]}
    assert payload["block"] == BLOCK
    assert len(nodes) == 20
    assert next(iter(nodes)) == "norm1"
    assert list(nodes)[-1] == "output"
    query = nodes["attn1.to_q"]
    assert query["name"] == f"{BLOCK}.attn1.to_q"
    assert query["slot"] == "query_projection"
    assert query["params"] == [{"name": "weight", "key": f"{BLOCK}.attn1.to_q.weight",
                                "shape": [16, 16], "dtype": "float32"}]  # fmt: skip
    assert query["formula"] == OPERATIONS["linear"].formula
    assert query["recorded"] == "both"
    assert nodes["attn1.scores"]["recorded"] == "none"
    assert nodes["attn1.scaled"]["settings"] == {"factor": 8**-0.5}
    assert "attention_scale_missing" in nodes["attn1.scaled"]["swaps"]
    assert "attention_scale_missing" not in query["swaps"]


def test_steps_at_which_a_trace_recorded_what_a_slot_reads():
    payload = block_payload(*lab_pair(level="ops", steps=(1, 3)), BLOCK)
    sources = {node["label"]: node["sources"] for node in payload["nodes"]}
    assert sources["attn1.query"] == {"reference": [1, 3], "candidate": [1, 3]}
    assert sources["attn1.scaled"] == {"reference": [], "candidate": []}
    # the mask is an input of the decoder, recorded at every step
    assert sources["attn1.masked"]["reference"] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("place", "kind", "labels"),
    [
        ("attention_scale", "python", ["attn1.scaled"]), (BLOCK, "python", ["output"]),
        ("transformer", "python", ["output"]), ("", "python", ["output"]),
        ("", "command", ["output"]), ("transformer", "command", ["output"]),
        ("norm", "python", ["norm1", "norm3"]), (f"{BLOCK}.norm1", "python", ["norm1"]),
        ("resnet", "python", []), ("norm", "command", []),
    ],
)  # fmt: skip
def test_the_operators_code_is_offered_where_it_fits(place, kind, labels, monkeypatch):
    registry = Registry("implementation")
    registry.add("mine", UserCode("mine", kind, "/x/own.py:f", place))
    monkeypatch.setattr("inspector.views.lab_block.OFFERED", registry)
    nodes = block_payload(*lab_pair(), BLOCK)["nodes"]
    assert [node["label"] for node in nodes if node["implementations"] == ["mine"]] == labels
    solver = block_payload(*lab_pair(), "ode")["nodes"]
    assert not any(node["implementations"] for node in solver)


def test_edges_come_from_inside_and_outside():
    edges = block_payload(*lab_pair(), BLOCK)["edges"]
    assert ["mid_blocks.0.0", f"{BLOCK}.norm1"] in edges
    assert [f"{BLOCK}.attn1.to_q", f"{BLOCK}.attn1.query"] in edges
    assert ["rows.mask", f"{BLOCK}.attn1.masked"] in edges


def test_every_offered_swap_can_be_applied_there():
    comparison, checkpoint = lab_pair()
    lab = find_lab(comparison, checkpoint)
    places = swap_places(lab)
    assert len(places) > 100
    for block in ("ode", "inputs", BLOCK, "down_blocks.0.2", "final_proj"):
        payload = block_payload(comparison, checkpoint, block)
        for node in payload["nodes"]:
            for key in node["swaps"]:
                faults()[key].apply(lab.graph, [node["name"]], lab.weight_shapes)


@pytest.mark.parametrize("name", ["nothing", f"{BLOCK}.norm1", ""])
def test_what_is_no_block_is_refused(name):
    with pytest.raises(UsageError, match="no block of this name"):
        block_payload(*lab_pair(), name)
