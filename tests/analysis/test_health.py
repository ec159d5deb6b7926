"""The whole report: healthy controls, faults in concert, and the real recordings."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analysis.health import Finding, HealthReport, check_health
from inspector.analysis.health_finding import FAIL, ordered
from inspector.analysis.ode import compare_trajectories
from tests.analysis.health_probe import report_of
from tests.analysis.synthetic_run import (
    FRAMES,
    PROMPT,
    STEPS,
    SyntheticRun,
    double_states,
    healthy_run,
    round_to,
    swap_layout,
)
from tests.real import real_trace


def _padded() -> SyntheticRun:
    run = healthy_run()
    keep = np.arange(FRAMES) < 100
    run["mask"] = keep.astype("f4")[None, None]
    noise = run["step1_x_before"]
    for n in range(1, STEPS + 1):
        for role in ("v_cond", "v_uncond", "v_cfg"):
            run[f"step{n}_{role}"] = run[f"step{n}_{role}"] * keep
        for role in ("x_before", "x_after"):
            name = f"step{n}_{role}"
            run[name] = np.where(keep, run[name], noise).astype("f4")
    run["mel"] = run[f"step{STEPS}_x_after"]
    return run


def _changed(change) -> SyntheticRun:
    run = healthy_run()
    change(run)
    return run


_CONTROLS = {
    "as recorded": healthy_run,
    "numbered from 0": lambda: healthy_run(base=0),
    "BTC": lambda: _changed(swap_layout),
    "CFG batch": lambda: _changed(double_states),
    "CFG batch, BTC": lambda: _changed(lambda r: (double_states(r), swap_layout(r))),
    "float16": lambda: _changed(lambda r: round_to(r, "float16")),
    "float16 in float32": lambda: _changed(lambda r: round_to(r, "float16", keep_storage=True)),
    "bfloat16": lambda: _changed(lambda r: round_to(r, "bfloat16")),
    "bfloat16 in float32": lambda: _changed(lambda r: round_to(r, "bfloat16", keep_storage=True)),
    "padded": _padded,
    "only states": lambda: _changed(
        lambda r: r.drop("v_cond", "v_uncond", "v_cfg", "t", "dt", "t_span")
    ),
    "no states before": lambda: _changed(lambda r: r.drop("x_before")),
    "no guidance": lambda: _changed(lambda r: r.drop("v_cond", "v_uncond")),
    "linear times": lambda: healthy_run(times=[i / 10 for i in range(11)]),
    "two steps": lambda: healthy_run(times=[0, 0.3, 1]),
    "other seed": lambda: healthy_run(seed=11),
    "no mel, no inputs": lambda: _changed(
        lambda r: r.drop("mel", "mu", "cond", "mask", "audio", "prompt_feat", "initial_noise")
    ),
    "nothing at all": lambda: SyntheticRun({}),
}


@pytest.mark.parametrize("name", _CONTROLS)
def test_no_healthy_control_fails(name: str) -> None:
    report = report_of(_CONTROLS[name]())
    assert [f.sentence for f in report.failures()] == []
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_full_healthy_run_leaves_no_check_unmade() -> None:
    found = report_of(healthy_run()).find("not_recorded")
    assert found is not None and found.status == "ok"


def test_what_cannot_be_checked_is_listed_and_not_passed() -> None:
    run = _CONTROLS["only states"]()
    report = report_of(run)
    found = report.find("not_recorded")
    assert found is not None and found.status == "note"
    assert {"euler", "cfg", "schedule", "times"} <= set(found.values["checks"])
    for check in ("euler", "cfg", "cfg_rate", "schedule", "times"):
        assert report.find(check) is None
    assert "the Euler identity" in found.sentence


def test_an_empty_trace_passes_nothing() -> None:
    report = report_of(SyntheticRun({}))
    assert report.status == "note"
    found = report.find("not_recorded")
    assert found is not None and len(found.values["checks"]) >= 5


def test_several_faults_are_all_found_and_sorted() -> None:
    run = healthy_run()
    for n in range(1, STEPS + 1):
        run[f"step{n}_v_uncond"] = np.zeros_like(run[f"step{n}_v_uncond"])
        run[f"step{n}_v_cfg"] = (np.float32(1.5) * run[f"step{n}_v_cond"]).astype("f4")
    run.add("cond_T", np.concatenate([np.zeros(PROMPT), np.ones(FRAMES - PROMPT)])[None, None],
            "BCT", "cond")  # fmt: skip
    report = report_of(run)
    checks = [f.check for f in report.failures()]
    assert {"uncond_zero", "name_content", "cfg_rate", "euler"} <= set(checks)
    severities = [f.severity for f in report.failures()]
    assert severities == sorted(severities, reverse=True)


def test_hostile_names_stay_printable() -> None:
    run = healthy_run()
    name = "cond\x1b[31m\u202e<script>"
    run.add(name, np.eye(1, FRAMES, 3)[None], "BCT", "cond")
    found = report_of(run).find("name_content")
    assert found is not None and found.tensors == (name,)
    assert "\x1b" not in found.sentence and "\u202e" not in found.sentence


def _real(name: str) -> HealthReport:
    from inspector.io.trace import open_trace
    from inspector.match.roles import recognise

    trace = open_trace(real_trace(name))
    return check_health(trace, recognise(trace))


@pytest.mark.real
def test_the_good_reference_has_notes_and_no_failure() -> None:
    report = _real("chatterbox-reference")
    assert report.failures() == ()
    notes = {f.check: f for f in report.notes()}
    assert set(notes) == {"mask_ones", "fortran_order", "log_floor", "batch", "f0"}
    assert notes["fortran_order"].tensors == ("step4_prompt_feat",)
    assert notes["log_floor"].values["percent_under"] == pytest.approx(0.903, abs=5e-3)
    assert notes["log_floor"].values["percent_under_generated"] == 0
    euler, rate = report.find("euler"), report.find("cfg_rate")
    assert euler is not None and euler.values["residual"] < 1e-6
    assert rate is not None and "CFG rate 0.700000" in rate.sentence


@pytest.mark.real
def test_the_broken_reference_tells_what_is_wrong_unasked() -> None:
    report = _real("chatterbox-reference-broken")
    text = " ".join(f.sentence for f in report.failures())
    assert "Unconditional velocity identically zero in every step" in text
    assert "CFG rate 0.5" in text
    assert "500 of 696 frames are frozen at the initial noise" in text
    assert "28.0 % of the values of step7_final_mel" in text
    assert "99.6 % of the values of the 196 generated frames" in text
    assert "step7_cond_T is named cond but holds only 0 and 1" in text
    for check in ("euler", "continuity", "times", "schedule", "noise", "nonfinite", "cfg"):
        found = report.find(check)
        assert found is not None and found.status == "ok", check


@pytest.mark.real
@pytest.mark.parametrize("side", ["python", "swift"])
def test_nothing_false_is_said_of_the_two_programs(side: str) -> None:
    report = _real(f"python-vs-swift/{side}")
    assert report.failures() == ()
    assert {f.check for f in report.notes()} <= {
        "mask_ones", "fortran_order", "batch", "not_recorded",
    }  # fmt: skip


_ODD_ARRAYS = (
    lambda a: a[..., :0] if a.ndim else a,
    lambda a: a.reshape(-1),
    lambda a: a.reshape(1, -1, 1, 1),
    lambda a: a * np.nan,
    lambda a: np.where(a > 0, np.inf, -np.inf),
    lambda a: np.full(a.shape, 3e38, np.float32),
    lambda a: np.full(a.shape, 1e300),
    lambda a: a.astype(np.int64),
    lambda a: a.astype(np.uint8),
    lambda a: a.astype(np.float16),
    lambda a: a.astype(np.complex64),
    lambda a: a > 0,
    lambda a: np.array(2.5),
    lambda a: np.zeros((0, 0, 0)),
    lambda a: np.concatenate([a, a, a], axis=-1) if a.ndim else a,
)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_no_content_or_shape_makes_a_check_crash(data: st.DataObject) -> None:
    run = healthy_run(times=[0, 0.4, 1], frames=50)
    for _ in range(data.draw(st.integers(1, 3))):
        tensor = run.tensors[data.draw(st.sampled_from(sorted(run.tensors)))]
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # complex to real, wanted here
            tensor.array = np.asarray(data.draw(st.sampled_from(_ODD_ARRAYS))(tensor.array))
        if data.draw(st.booleans()):
            tensor.letters = data.draw(st.sampled_from(["", "T", "BCT", "BTC", "BBT", "HDN", "BN"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = report_of(run)
        compared = compare_trajectories(run.roles, healthy_run().roles)
    json.dumps(report.to_dict())
    json.dumps(compared.to_dict())
    assert all(f.status in ("ok", "note", "fail") and f.sentence for f in report.findings)


def test_contradictions_come_before_what_the_run_did_wrong():
    found = [
        Finding("mel_sign", FAIL, "x.", severity=90), Finding("euler", FAIL, "y.", severity=10),
        Finding("names", "note", "z.", severity=99),
    ]  # fmt: skip
    report = HealthReport(ordered(found))
    assert [f.check for f in report.findings] == ["euler", "mel_sign", "names"]
    assert report.contradicts_itself
    assert not HealthReport(ordered(found[:1])).contradicts_itself
