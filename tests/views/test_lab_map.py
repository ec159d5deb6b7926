"""The map of the lab: where errors are made, and what heals."""

from __future__ import annotations

import math

import pytest

from inspector.errors import Cancelled
from inspector.live.introduced import map_errors
from inspector.views import lab_map
from inspector.views.lab import find_lab
from inspector.views.lab_map import introduced_map, map_values
from tests.views.lab_pair import BLOCK, lab_pair


@pytest.fixture(autouse=True)
def nothing_held():
    lab_map._MAPS.clear()
    lab_map._HEALED.clear()


def lab_of(**recording):
    return find_lab(*lab_pair(**recording))


def row(lab, values, name, block):
    return values[name][lab.graph.blocks.index(block)]


@pytest.mark.parametrize("level", ["blocks", "ops"])
def test_the_faulty_block_stands_out(level):
    lab = lab_of(level=level)
    values = map_values(lab)
    assert row(lab, values, "verdict", BLOCK) == ["introduced"] * 4
    assert min(row(lab, values, "introduced", BLOCK)) > -4
    assert max(row(lab, values, "introduced", "mid_blocks.1.0")) < -6
    assert min(row(lab, values, "carried", "mid_blocks.1.0")) > -4
    assert row(lab, values, "introduced", "inputs") == [None] * 4
    assert row(lab, values, "healing", BLOCK) == pytest.approx(100, abs=0.1)
    assert row(lab, values, "healing", "mid_blocks.1.0") == 0
    assert row(lab, values, "healing", "inputs") is None


def test_the_values_are_those_of_the_cells():
    lab = lab_of(level="blocks")
    cells = map_errors(lab.candidate_isolator, lab.reference_isolator)
    cell, values = cells.of_block(BLOCK, 2), map_values(lab)
    assert row(lab, values, "introduced", BLOCK)[2] == pytest.approx(math.log10(cell.introduced))
    assert row(lab, values, "floor", BLOCK)[2] == pytest.approx(math.log10(cell.floor))
    assert row(lab, values, "node", BLOCK)[2] == cell.node


def test_healing_is_judged_where_most_is_recorded():
    lab = lab_of(level="blocks", steps=(2,), rows="cond")
    values = map_values(lab)
    assert row(lab, values, "healing", BLOCK) == pytest.approx(100, abs=0.1)
    assert row(lab, values, "introduced", BLOCK)[0] is None
    assert row(lab, values, "introduced", "ode")[0] is not None


def test_the_map_is_computed_once(monkeypatch):
    calls = []
    monkeypatch.setattr(
        lab_map, "map_errors", lambda *a, **k: calls.append(k) or map_errors(*a, **k)
    )
    lab = lab_of(level="blocks")
    assert introduced_map(lab) is introduced_map(lab)
    assert len(calls) == 2  # the first step to see how long it takes, then all


def test_what_takes_too_long_is_left_out_and_said(monkeypatch):
    monkeypatch.setattr(lab_map, "_MAP_S", 0.0)
    found, notes = introduced_map(lab_of(level="blocks"))
    assert {cell.step for cell in found.cells} == {0}
    assert notes == ("Steps 2, 3, 4 were left out to save time.",)


def test_the_map_can_be_cancelled_and_is_not_held_then():
    def stop(_done, _total, _what):
        raise Cancelled

    lab = lab_of(level="blocks")
    with pytest.raises(Cancelled):
        map_values(lab, stop)
    assert map_values(lab)["notes"] == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), (0.0, -12.0), (1e-3, -3.0), (math.inf, 2.0), (math.nan, 2.0)],
)
def test_logarithms(value, expected):
    assert lab_map._log10(value) == (None if expected is None else pytest.approx(expected))
