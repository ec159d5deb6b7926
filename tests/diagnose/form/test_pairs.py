"""Forms of a comparison: the first differing pairs, any other on demand, never an exception."""

from __future__ import annotations

import numpy as np

from inspector import api
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.form import pairs
from tests import runs
from tests.real import real_trace


def _differing():
    left = runs.healthy_run()
    right = {name: np.array(values) for name, values in left.items()}
    for step in (2, 3):
        right[f"step7_step{step}_dxdt_cond"] = right[f"step7_step{step}_dxdt_cond"] * np.float32(
            1.1
        )
    return compare_traces(runs.trace(left), runs.trace(right))


def test_the_first_differing_pairs_carry_their_form():
    found = _differing()
    row = found.row_of("step7_step2_dxdt_cond")
    assert row in found.forms
    best = found.forms[row].best
    assert best is not None and best.key == "gain"
    assert api.form(found, row) is found.forms[row]


def test_any_pair_on_demand_and_none_for_agreement(monkeypatch):
    monkeypatch.setattr(pairs, "FIRST", 1)
    found = _differing()
    row = found.row_of("step7_step3_dxdt_cond")
    assert row is not None and row not in found.forms
    report = api.form(found, row)
    assert report is not None and report.best is not None and report.best.key == "gain"
    agreeing = found.row_of("step7_step1_dxdt_cond")
    assert agreeing is not None and api.form(found, agreeing) is None


def test_nothing_runs_when_nothing_differs(monkeypatch):
    def refuse(*_):
        raise AssertionError("a form was looked for")

    monkeypatch.setattr(pairs, "find_forms", refuse)
    run = runs.trace(runs.healthy_run())
    assert not compare_traces(run, run).forms


def test_a_form_that_fails_is_a_sentence(monkeypatch):
    def fail(*_):
        raise ValueError("odd data")

    monkeypatch.setattr(pairs, "find_forms", fail)
    found = _differing()
    assert found.forms
    assert all("odd data" in report.unexplained for report in found.forms.values())


def test_lengths_that_differ():
    x = np.random.default_rng(0).standard_normal(500).astype(np.float32)
    found = compare_traces(runs.trace({"audio": x}), runs.trace({"audio": x[4:-3]}))
    best = found.forms[0].best
    assert best is not None and best.key == "crop"
    assert best.evidence["lag"] == -4


def test_a_real_port_reads_fortran_bytes():
    folder = real_trace("python-vs-swift")
    found = api.diff(folder / "python", folder / "swift")
    row = found.row_of("step4_prompt_feat")
    assert row is not None
    best = found.forms[row].best
    assert best is not None
    assert (best.title, best.confidence) == ("Fortran bytes read as C", "certain")
    assert best.residual == 0.0 and best.records == ("FW01",)


def test_a_real_broken_reference_has_another_rate_and_no_unconditional_row():
    found = api.diff(
        real_trace("chatterbox-reference"), real_trace("chatterbox-reference-broken"),
        only="step7_(initial_noise|step1_)",
    )  # fmt: skip
    keys = {
        found.tensors[row].pair.role: report.best.key
        for row, report in found.forms.items()
        if report.best is not None
    }
    assert keys["v_uncond"] == "zeros"
    assert keys["v_cfg"] == "guidance"
    assert keys["x_after"] == "carried"
    assert keys["initial_noise"] == "other_noise"
    row = found.row_of("step7_step1_dxdt_cfg")
    report = None if row is None else api.form(found, row)
    assert report is not None and report.best is not None
    assert report.best.title == "Guidance rate 0.5 in place of 0.7"
