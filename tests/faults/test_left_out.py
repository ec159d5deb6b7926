"""Every recorded bug and recipe is an entry, a trace control, or left out with a reason."""

from __future__ import annotations

import json

from inspector.blocks.operations import OPERATIONS
from inspector.faults.left_out import UNUSED_SETTINGS, left_out
from inspector.faults.registry import faults
from tests.faults import records


def _left():
    return [r for one in left_out() for r in one.records]


def test_there_are_198_bugs():
    assert len(records.BUGS) == 198


def test_every_record_is_somewhere_and_every_id_exists():
    entries = {r for _, f in faults().items() for r in f.records}
    assert entries | set(_left()) == records.ALL


def test_recipes_about_the_decoder_are_entries_but_two():
    entries = {r for _, f in faults().items() for r in f.records}
    assert {f"R{i}" for i in range(1, 46)} - entries == {"R44", "R45"}


def test_each_is_left_out_once_with_a_reason():
    assert len(_left()) == len(set(_left()))
    for one in left_out():
        assert one.reason.endswith(".")
        json.dumps(one.to_dict())


def test_unused_settings_exist():
    for (op, name, value), reason in UNUSED_SETTINGS.items():
        assert value in OPERATIONS[op].settings[name]
        assert reason
