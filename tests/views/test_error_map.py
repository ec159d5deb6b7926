"""The map payload mirrors the error map and the state ranges."""

from __future__ import annotations

import math
import re

from inspector.diagnose.comparison import compare_traces
from inspector.report.strict_json import jsonable
from inspector.views.error_map import map_payload
from tests import runs
from tests.runs import STEPS


def test_cells_point_at_their_rows_and_bands_hold_the_ranges(differing):
    payload = jsonable(map_payload(differing))
    rows = {r["label"]: i for i, r in enumerate(payload["rows"])}
    column = payload["steps"].index(3)
    row = rows["v_cond"]
    pair = payload["pair"][row][column]
    assert differing.tensors[pair].pair.reference.name == "step7_step3_dxdt_cond"
    assert payload["status"][row][column] == "different"
    assert math.isclose(payload["value"][row][column], -1, abs_tol=1e-3)
    band = payload["range"]
    assert band["steps"] == list(range(1, STEPS + 1))
    assert band["reference"]["min"][0] == band["candidate"]["min"][0]
    assert band["reference"]["max"][-1] != band["candidate"]["max"][-1]
    assert -5 < payload["tolerance_log10"] < -4


def test_without_steps_there_is_no_band(bare_comparison):
    payload = map_payload(bare_comparison)
    assert payload["range"] is None
    assert payload["steps"] == ["once"]


def test_steps_counted_from_0_meet_those_counted_from_1():
    run = runs.healthy_run()
    shifted = {
        re.sub(r"ode_step(\d+)", lambda m: f"ode_step{int(m[1]) - 1}", name): array
        for name, array in runs.other_style(run).items()
    }
    band = map_payload(compare_traces(runs.trace(run), runs.trace(shifted)))["range"]
    assert band["steps"] == list(range(1, STEPS + 1))
    assert band["reference"] == band["candidate"]


def test_one_tensor_on_a_coarser_grid_does_not_move_the_mark_of_the_tolerance():
    run = runs.healthy_run()
    coarse = {**run, "step6_mu": run["step6_mu"].astype("f2").astype("f4")}
    payload = map_payload(compare_traces(runs.trace(coarse), runs.trace(coarse)))
    assert -5 < payload["tolerance_log10"] < -4
