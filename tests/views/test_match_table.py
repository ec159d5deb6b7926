"""The payload of the Match tab names every tensor by its place."""

from __future__ import annotations

import json

import numpy as np

from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.options import DiffOptions
from inspector.match.mapping import MappingEntry
from inspector.report.strict_json import dumps
from inspector.views.match_table import match_payload, named_overrides
from tests import runs


def swapped(options: DiffOptions | None = None):
    values = {n: np.full((3, 4), i, np.float32) for i, n in enumerate("ab")}
    left = {**values, "alone": np.ones(9, np.float32)}
    right = {"b": values["a"], "a": values["b"], "extra\n": np.ones((2, 2), np.float32)}
    return compare_traces(runs.trace(left), runs.trace(right), options)


def test_every_pair_comes_with_what_was_assumed(differing):
    payload = json.loads(dumps(match_payload(differing)))
    pairs = payload["pairs"]
    assert {len(column) for column in pairs.values()} == {len(differing.match.pairs)}
    for i, pair in enumerate(differing.match.pairs):
        names = payload["reference"]["names"], payload["candidate"]["names"]
        assert names[0][pairs["reference"][i]] == pair.reference.name
        assert names[1][pairs["candidate"][i]] == pair.candidate.name
        assert pairs["layout"][i] == pair.describe_layout()
        assert pairs["rule"][i] == pair.rule
        assert pairs["confidence"][i] == pair.confidence
        assert pairs["notes"][i][-len(pair.notes) or len(pairs["notes"][i]) :] == list(pair.notes)
    assert pairs["status"] == [t.status for t in differing.tensors]


def test_tensors_without_a_partner_keep_their_reason():
    found = swapped()
    payload = match_payload(found)
    assert payload["unmatched"]["reference"] == [
        {"place": 2, "reason": found.match.unmatched_reference[0].reason}
    ]
    place = payload["unmatched"]["candidate"][0]["place"]
    assert payload["candidate"]["names"][place] == "extra\\u{a}"
    assert payload["candidate"]["shapes"][place] == [2, 2]


def test_choices_go_to_names_and_come_back_as_places(tmp_path):
    found = swapped()
    names = match_payload(found)
    chosen = [(0, names["candidate"]["names"].index("b"), (0, 1)), (2, None, None)]
    entries = named_overrides(found, chosen)
    assert entries == (MappingEntry("a", "b", (0, 1)), MappingEntry("alone", None))
    plan = tmp_path / "secret" / "names.yaml"
    plan.parent.mkdir()
    plan.write_text("b: a\n")
    again = match_payload(swapped(DiffOptions(map_path=str(plan), overrides=entries)))
    assert again["overrides"] == [[0, 0, [0, 1]], [2, None, None]]
    assert again["pairs"]["rule"] == ["chosen by hand", "mapping file"]
    assert again["listing"] == names["listing"]
    assert again["mapping_file"] == {"name": "names.yaml", "entries": 1}, "no folder leaves"


def test_another_listing_is_told(agreeing, differing):
    assert match_payload(agreeing)["listing"] == match_payload(differing)["listing"]
    assert match_payload(agreeing)["listing"] != match_payload(swapped())["listing"]
    one = {"a": np.ones((3, 4), np.float32)}
    two = {"b": np.ones((3, 4), np.float32)}
    listings = {
        match_payload(compare_traces(runs.trace(left), runs.trace(right)))["listing"]
        for left, right in ((one, one), (one, two), (two, one))
    }
    assert len(listings) == 3, "the names count, on their own side"
