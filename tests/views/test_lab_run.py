"""A run of the lab as the page gets it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from inspector import api
from inspector.errors import Cancelled, UsageError
from inspector.live.plan import RunPlan, Swap
from inspector.live.running import forget_results
from inspector.live.user_code import UserCode
from inspector.registry import Registry
from inspector.views import lab_run
from inspector.views.lab import find_lab
from tests.views.lab_pair import BLOCK, FAULT, SCALED, lab_pair

SWAP = {"key": FAULT[0], "places": [SCALED]}


def run(pair=None, progress=None, **request):
    meta, arrays = api.page_lab_run(*(pair or lab_pair(level="ops")),
                                    {"block": BLOCK, "step": 2, **request}, progress)  # fmt: skip
    json.dumps(meta, allow_nan=False)
    return meta, arrays


def test_the_candidates_input_through_the_reference_block():
    meta, arrays = run(source="candidate")
    assert meta["before"]["error_candidate"] > 1e-3
    assert "differs from the candidate's output" in meta["sentence"]
    assert [node["name"] for node in meta["nodes"]][-1] == BLOCK
    last = meta["nodes"][-1]
    assert last["error_candidate"]["relative_l2"] == meta["before"]["error_candidate"]
    assert last["error_candidate"]["floor_ratio"] > 1000
    assert {n["name"]: n for n in meta["nodes"]}[SCALED]["error_reference"] is None
    assert set(arrays) == {"reference", "candidate", "run", "difference"}
    assert {a.dtype for a in arrays.values()} == {np.dtype(np.float32)}


def test_a_swap_shows_that_it_explains():
    meta, _ = run(source="candidate", swaps=[SWAP])
    assert "gives the candidate's output" in meta["sentence"]
    assert "that is rounding" in meta["sentence"]
    assert "Without it the difference is" in meta["sentence"]
    assert meta["before"]["error_candidate"] > 1e-3
    assert meta["nodes"][-1]["error_candidate"]["floor_ratio"] < 12
    assert meta["plan"]["swaps"] == [{**SWAP, "seed": 0}]


def test_a_slot_on_the_candidates_inputs_shows_where_the_error_comes_in():
    node = f"{BLOCK}.ff.net.2"
    plain, _ = run(source="reference")
    meta, _ = run(source="reference", per_node={node: {"source": "candidate"}})
    found, before = (
        {n["name"]: n["error_candidate"] for n in m["nodes"]}[node] for m in (meta, plain)
    )
    assert before["floor_ratio"] > 1000
    assert found["floor_ratio"] < 5
    assert meta["sentence"].startswith("With recorded inputs at 1 slot this part differs")
    assert "Without it the difference is" in meta["sentence"]
    assert meta["plan"]["nodes"] == {node: {"inputs": "candidate"}}
    assert "'inputs': 'candidate'" in meta["test_snippet"]


def test_planes_are_those_of_the_output():
    meta, arrays = run(source="candidate")
    planes, lab = meta["planes"], find_lab(*lab_pair(level="ops"))
    candidate = lab.candidate.get(BLOCK, 1).read()
    assert (planes["rows"], planes["columns"]) == (32, 24)
    assert planes["column_label"] == "frame"
    stacked = candidate.transpose(0, 2, 1).reshape(32, 24)
    assert np.array_equal(arrays["candidate"], stacked)
    assert planes["difference_from"] == "candidate"
    np.testing.assert_allclose(arrays["difference"], arrays["run"] - arrays["candidate"], atol=1e-6)
    assert planes["dmax"] == pytest.approx(float(np.abs(arrays["difference"]).max()), rel=1e-5)
    every = np.stack([arrays[n] for n in ("reference", "candidate", "run")])
    assert planes["vmin"] == pytest.approx(float(every.min()))
    assert planes["vmax"] == pytest.approx(float(every.max()))


def test_on_the_references_input_the_difference_is_from_the_reference():
    meta, arrays = run(source="reference")
    assert meta["planes"]["difference_from"] == "reference"
    assert not arrays["difference"].any()


@pytest.mark.parametrize("rows", ["cond", "uncond"])
def test_one_kind_of_rows(rows):
    meta, arrays = run(source="candidate", rows=rows)
    lab = find_lab(*lab_pair(level="ops"))
    recorded = lab.candidate.get(BLOCK, 1).read()
    part = recorded[:1] if rows == "cond" else recorded[1:]
    assert np.array_equal(arrays["candidate"], part[0].T)
    assert meta["planes"]["rows"] == 16


def test_recordings_of_conditional_rows():
    meta, arrays = run(lab_pair(level="blocks", rows="cond"), source="candidate")
    assert any("conditional rows" in note for note in meta["notes"])
    assert arrays["run"].shape == arrays["candidate"].shape == (16, 24)


def test_the_solver_is_a_block_of_the_page():
    meta, _ = run(block="ode", source="candidate")
    assert meta["plan"]["what"] == "solver"
    names = [node["name"] for node in meta["nodes"]]
    assert names[-1] == "ode.x_after"
    assert "ode.v_cfg" in names
    assert BLOCK not in names
    # what it was handed is wrong, the solver is not
    assert meta["nodes"][-1]["error_candidate"]["floor_ratio"] < 12
    assert meta["nodes"][-1]["error_reference"]["floor_ratio"] > 100


def test_a_trace_without_blocks_still_runs_one():
    meta, arrays = run(lab_pair(level="ode"), source="candidate")
    assert "neither trace recorded its output" in meta["sentence"]
    assert meta["nodes"][-1] == {"name": BLOCK, "error_reference": None, "error_candidate": None}
    assert set(arrays) == {"run", "difference"}


def test_noise_is_not_compared():
    meta, arrays = run(source="noise")
    assert "ran on noise" in meta["sentence"]
    assert meta["plan"]["inputs"] == "noise:0"
    assert meta["test_snippet"] == ""
    assert np.isfinite(arrays["run"]).all()


def test_the_effect_adds_mel_and_keeps_the_rest():
    plain, _ = run(source="candidate", swaps=[SWAP])
    meta, arrays = run(source="candidate", swaps=[SWAP], effect=True)
    assert plain["mel"] is None
    assert meta["mel"]["healed_percent"] == pytest.approx(100, abs=0.1)
    assert arrays["mel"].shape == (8, 24)
    assert meta["nodes"] == plain["nodes"]


def test_the_effect_of_inputs_that_one_step_alone_recorded_is_said():
    node, pair = f"{BLOCK}.ff.net.2", lab_pair(level="ops", steps=(2,))
    meta, _ = run(pair, per_node={node: {"source": "candidate"}})
    assert meta["notes"] == []
    meta, _ = run(pair, per_node={node: {"source": "candidate"}}, effect=True)
    assert meta["notes"] == [
        f"The candidate did not record {BLOCK}.ff.net.0 at every step; what this run computed was "
        "read there."
    ]
    # step 2 reads what the candidate got wrong
    assert meta["mel"]["healed_percent"] not in (0, None)


def test_mlx_runs_in_a_child_and_can_be_cancelled():
    forget_results()
    meta, _ = run(source="candidate", backend="mlx", per_node={SCALED: {"precision": "float16"}})
    assert meta["plan"]["nodes"] == {SCALED: {"precision": "float16"}}
    assert meta["nodes"][-1]["error_reference"] is not None
    forget_results()

    def stop(_done, _total, _what):
        raise Cancelled

    with pytest.raises(Cancelled):
        run(progress=stop, source="candidate", backend="mlx")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, RunPlan(BLOCK, (1,))),
        ({"step": 3, "source": "noise"}, RunPlan(BLOCK, (3,), "noise:0")),
        ({"swaps": [{"key": "cfg_sum", "places": None}]}, RunPlan(BLOCK, (1,),
                                                                  swaps=(Swap("cfg_sum"),))),
        ({"per_node": {SCALED: {"backend": "", "implementation": None}}}, RunPlan(BLOCK, (1,))),
    ],
)  # fmt: skip
def test_requests_become_plans(request_, expected):
    assert lab_run.plan_of(find_lab(*lab_pair()), {"block": BLOCK, **request_}) == expected


def test_code_for_blocks_becomes_a_swap_and_code_for_slots_a_choice(monkeypatch):
    registry = Registry("implementation")
    registry.add("tool", UserCode("tool", "command", "true"))
    registry.add("own", UserCode("own", "python", "/x.py:f", "softmax"))
    registry.add("any", UserCode("any", "python", "/x.py:g"))
    monkeypatch.setattr(lab_run, "OFFERED", registry)
    lab = find_lab(*lab_pair())
    for name, swaps, nodes in (("tool", 1, 0), ("own", 0, 1), ("any", 1, 0)):
        plan = lab_run.plan_of(lab, {"block": BLOCK, "per_node": {BLOCK: {"implementation": name}}})
        assert (len(plan.swaps), len(plan.nodes)) == (swaps, nodes)
        assert lab_run._needs_child(plan)
        assert f"With “{name}” this part" in lab_run.describe(plan, None, None)


def test_what_cannot_be_carried_out_is_a_sentence():
    for request in ({"block": "nothing"}, {"step": 99}, {"swaps": [{"key": "zzz"}]},
                    {"backend": "jax"}, {"backend": "mlx", "precision": "float64"}):  # fmt: skip
        with pytest.raises(UsageError):
            run(**request)


def test_nan_in_the_recording_is_said():
    from inspector.live.result import ErrorFigures, NodeErrors

    broken = NodeErrors(BLOCK, 1, None, ErrorFigures(float("nan"), float("nan"), float("nan")))
    assert "NaN or Inf" in lab_run.describe(RunPlan(BLOCK, (1,), "candidate"), broken, None)
