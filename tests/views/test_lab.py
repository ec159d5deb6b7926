"""What the tab Block lab shows before a block is chosen."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from inspector import api
from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.live import offered
from inspector.live.user_code import UserCode
from inspector.registry import Registry
from inspector.views.lab import block_label, find_lab, lab_payload
from tests.blocks.seeded import SMALL
from tests.live.files import write_files
from tests.views.lab_pair import BLOCK, lab_pair


def test_the_payload_is_complete_and_strict_json():
    payload = api.page_lab(*lab_pair())
    values = json.loads(json.dumps(payload, allow_nan=False))
    assert values["available"] is True
    assert values["reason"] == ""
    assert values["steps"] == [1, 2, 3, 4]
    assert values["checkpoint"]["config"] == SMALL.to_dict()
    assert [b["name"] for b in values["blocks"]][:3] == ["ode", "time_mlp", "inputs"]
    assert {b["kind"] for b in values["blocks"]} == {
        "ode", "time", "inputs", "resnet", "transformer", "conv", "final",
    }  # fmt: skip
    assert values["precisions"][0] == "float64"
    assert [s["key"] for s in values["sources"]] == ["reference", "candidate", "noise"]
    assert [b["name"] for b in values["backends"]] == ["torch", "mlx"]
    for grid in ("introduced", "carried", "floor", "verdict"):
        assert [len(row) for row in values["map"][grid]] == [4] * len(values["blocks"])
    assert len(values["map"]["healing"]) == len(values["blocks"])


def test_what_was_recorded_of_each_block():
    comparison, checkpoint = lab_pair(level="blocks")
    by_name = {b["name"]: b["recorded"] for b in lab_payload(comparison, checkpoint)["blocks"]}
    assert by_name[BLOCK] == "both"
    assert by_name["inputs"] == "none"
    ode = {b["name"]: b["recorded"] for b in lab_payload(*lab_pair(level="ode"))["blocks"]}
    assert (ode[BLOCK], ode["ode"]) == ("none", "both")


def test_only_faults_that_fit_this_decoder_are_offered():
    keys = {swap["key"] for swap in lab_payload(*lab_pair())["swaps"]}
    assert "attention_scale_missing" in keys
    assert "snakebeta_unloaded" not in keys
    assert keys < set(faults())


def test_without_a_checkpoint_the_reason_is_given():
    payload = api.page_lab(lab_pair()[0], None)
    assert payload == {"available": False, "checkpoint": None, "reason": payload["reason"]}
    assert "no checkpoint" in payload["reason"]
    with pytest.raises(UsageError, match="no checkpoint"):
        api.page_lab_block(lab_pair()[0], None, BLOCK)


def test_a_checkpoint_that_cannot_be_read_is_a_reason(tmp_path):
    wrong = SimpleNamespace(path=str(tmp_path / "none.safetensors"), config=None)
    payload = lab_payload(lab_pair()[0], wrong)
    assert payload["available"] is False
    assert "none.safetensors" in payload["reason"]


def test_a_checkpoint_file_is_opened_once(tmp_path):
    files = write_files(tmp_path)
    comparison = api.open_pair(files["reference"], files["candidate"])
    file = SimpleNamespace(path=str(files["checkpoint"]), config=str(files["config"]))
    lab = find_lab(comparison, file)
    assert find_lab(comparison, file) is lab
    assert lab.config == SMALL


def test_traces_without_steps_have_no_lab(bare_comparison):
    payload = lab_payload(bare_comparison, lab_pair()[1])
    assert payload["available"] is False
    assert payload["reason"] == "Neither trace holds a state of an ODE step."


def test_offered_implementations_are_listed(monkeypatch):
    registry = Registry("implementation")
    registry.add("mine", UserCode("mine", "python", "/x/own.py:f", "softmax"))
    registry.add("tool", UserCode("tool", "command", "attend --fast", "transformer"))
    monkeypatch.setattr("inspector.views.lab.OFFERED", registry)
    payload = lab_payload(*lab_pair())
    assert payload["implementations"] == [
        {"key": "mine", "title": "own.py: f"},
        {"key": "tool", "title": "attend --fast (whole block)"},
    ]
    assert not any("offered nowhere" in note for note in payload["notes"])
    assert offered.OFFERED is not registry


def test_code_for_a_part_that_is_not_there_is_said(monkeypatch):
    registry = Registry("implementation")
    registry.add("mine", UserCode("mine", "python", "/x/own.py:f", "sofmax"))
    registry.add("tool", UserCode("tool", "command", "attend", "softmax"))
    monkeypatch.setattr("inspector.views.lab.OFFERED", registry)
    assert lab_payload(*lab_pair())["notes"][-2:] == [
        "own.py: f is offered nowhere: this decoder has no block, node or slot sofmax.",
        "attend is offered nowhere: this decoder has no block softmax.",
    ]


def test_a_slot_may_read_either_trace():
    sources = lab_payload(*lab_pair())["slot_sources"]
    assert [source["key"] for source in sources] == ["reference", "candidate"]


@pytest.mark.parametrize(
    ("block", "label"),
    [("mid_blocks.3.1.2", "mid 3 · transformer 2"), ("down_blocks.0.0", "down 0 · ResNet"),
     ("up_blocks.1.2", "up 1 · convolution"), ("time_mlp", "time"), ("ode", "solver"),
     ("final_proj", "final projection"), ("inputs", "inputs")],
)  # fmt: skip
def test_labels(block, label):
    assert block_label(block) == label
