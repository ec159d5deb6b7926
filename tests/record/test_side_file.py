"""The side-file of a recording."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from inspector.errors import TraceError, UsageError
from inspector.io.sidefile import parse_side_file
from inspector.record.side_file import known_facts, places, write_side_file


def test_a_file_has_its_own_side_file_and_a_folder_the_common_one(tmp_path):
    assert places(tmp_path / "a.safetensors") == (
        tmp_path / "a.safetensors",
        tmp_path / "a.trace.json",
    )
    assert places(str(tmp_path / "new")) == (
        tmp_path / "new" / "decoder.safetensors",
        tmp_path / "new" / "trace.json",
    )
    dotted = tmp_path / "v1.2"
    dotted.mkdir()
    assert places(dotted)[1] == dotted / "trace.json"


def test_another_type_of_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"\.npz"):
        places(tmp_path / "a.npz")


def test_facts_in_a_folder_are_completed(tmp_path):
    side_file = tmp_path / "trace.json"
    side_file.write_text('{"sample_rate": 24000, "steps": 4, "layouts": {"mu": "BCT"}}')
    facts = known_facts(side_file, {"steps": 10, "layouts": {"mel": "BTC"}})
    assert facts == {"sample_rate": 24000, "steps": 10, "layouts": {"mu": "BCT", "mel": "BTC"}}


def test_facts_of_another_file_do_not_leak_into_a_recording_of_the_same_name(tmp_path):
    side_file = tmp_path / "a.trace.json"
    side_file.write_text('{"sample_rate": 16000}')
    assert known_facts(side_file, None) == {}


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"sample_rate": "fast"}, "sample_rate"),
        ({"smaple_rate": 24000}, "smaple_rate"),
        ({"cfg_rate": {1, 2}}, "JSON"),
        ({"cfg_rate": float("nan")}, "cfg_rate"),
    ],
)
def test_wrong_facts_are_refused_before_anything_runs(tmp_path, facts, word):
    with pytest.raises(UsageError, match=word):
        known_facts(tmp_path / "trace.json", facts)


@pytest.mark.parametrize("text", ["{", "[]", '{"steps": -1}'])
def test_a_broken_side_file_is_not_overwritten(tmp_path, text):
    side_file = tmp_path / "trace.json"
    side_file.write_text(text)
    with pytest.raises(TraceError):
        known_facts(side_file, None)
    assert side_file.read_text() == text


def test_what_is_written_is_read(tmp_path):
    side_file = tmp_path / "trace.json"
    assert write_side_file(side_file, {"framework": "x", "steps": 2}, ["b", "a"]) == ""
    info, notes = parse_side_file(json.loads(side_file.read_text()), "it")
    assert (info.framework, info.steps, info.order, notes) == ("x", 2, ("b", "a"), ())
    assert [f.name for f in tmp_path.iterdir()] == ["trace.json"]


def test_an_order_too_long_for_readers_is_left_out(tmp_path):
    side_file = tmp_path / "trace.json"
    note = write_side_file(side_file, {"steps": 2}, [f"{i:0>1000}" for i in range(1_100)])
    assert "order" in note
    assert json.loads(side_file.read_text()) == {"steps": 2}


def test_a_full_disk_leaves_the_old_side_file(tmp_path, monkeypatch):
    side_file = tmp_path / "trace.json"
    side_file.write_text("{}")

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UsageError, match="disk is full"):
        write_side_file(side_file, {}, [])
    assert side_file.read_text() == "{}"
