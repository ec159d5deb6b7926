"""The culprit search as the page gets it."""

from __future__ import annotations

import json
from functools import cache

import pytest

from inspector import api
from inspector.diagnose.suspect import INPUT
from inspector.errors import Cancelled, UsageError
from inspector.live.checkpoint import open_checkpoint
from inspector.report.strict_json import dumps
from inspector.views.culprit import culprit_payload, search_lab, suspect_row
from inspector.views.lab import find_lab
from tests.diagnose.searches import suspect_of
from tests.project import tree

DEMO = tree.ROOT / "traces" / "demo"


@cache
def opened():
    pair = api.open_pair(DEMO / "reference", DEMO / "flipped-kernel")
    return pair, open_checkpoint(DEMO / "decoder.safetensors")


def test_the_payload_names_the_suspect_and_what_repeats_it():
    told = []
    found = culprit_payload(*opened(), log=told.append)
    json.loads(dumps(found))
    (suspect,) = found["suspects"]
    assert (suspect["fault"], suspect["block"]) == ("kernel_flipped", "down_blocks.0.2")
    assert suspect["swaps"] == [{"key": "kernel_flipped", "places": ["down_blocks.0.2"]}]
    assert suspect["step"] == 1
    assert (found["healthy"], found["next"]) == (False, [])
    assert found["sentence"] == "Found: kernel flipped."
    assert told[-1]["log"] == found["log"]
    assert [len(t["log"]) for t in told] == list(range(1, len(told) + 1))


def test_a_finding_outside_the_registry_offers_no_swap():
    pair, checkpoint = opened()
    lab = find_lab(pair, checkpoint)
    row = suspect_row(suspect_of("input_mu", where=("mu",), evidence=INPUT), lab, None)
    assert (row["block"], row["swaps"]) == ("", [])
    endless = suspect_row(suspect_of(margin=float("inf")), lab, None)
    assert endless["margin"] is None


def test_a_search_can_be_cancelled():
    def stop(_done, _total, _what):
        raise Cancelled

    with pytest.raises(Cancelled):
        culprit_payload(*opened(), progress=stop)


def test_a_side_without_states_is_refused():
    checkpoint = opened()[1]
    empty = find_lab(opened()[0], checkpoint)
    lab = type(empty)(checkpoint, empty.config)
    with pytest.raises(UsageError, match="no state of an ODE step"):
        search_lab(lab, budget_seconds=1)
