"""The JSON document has the promised shape, is strict and repeats byte for byte."""

from __future__ import annotations

import json

from inspector.diagnose.comparison import compare_traces
from inspector.report.document import build_document
from inspector.report.strict_json import dumps
from tests import runs

PAIR_KEYS = {
    "reference", "candidate", "step", "rule", "layout", "confidence", "status", "metrics",
}  # fmt: skip
METRICS = {
    "max_abs", "mean_abs", "rmse", "relative_l2", "norm_ratio", "cosine", "correlation",
    "snr_db", "max_ulp", "allclose_fraction", "rtol", "atol", "sign_agreement",
    "nonfinite_count",
}  # fmt: skip


def test_every_promised_key_is_there(differing):
    document = build_document(differing)
    assert document["verdict"]["status"] == "different"
    assert document["verdict"]["first_divergence"] == {
        "reference": "step7_step3_dxdt_cond", "candidate": "ode_step3_v_cond", "step": 3,
    }  # fmt: skip
    assert len(document["pairs"]) == len(differing.tensors)
    for pair in document["pairs"]:
        assert set(pair) >= PAIR_KEYS
        assert set(pair["metrics"]) >= METRICS
        assert pair["form"] is None or pair["status"] == "different"
    differs = next(p for p in document["pairs"] if p["status"] == "different")
    assert differs["form"]["ranked"][0]["key"] == "gain"
    assert document["unmatched"] == {"reference": [], "candidate": []}
    assert document["ambiguous"] == []
    for side in ("reference", "candidate"):
        for finding in document["health"][side]:
            assert set(finding) >= {"check", "status", "sentence", "values"}
            assert finding["status"] in ("ok", "note", "fail")
    for question in ("ode", "sign", "hf_energy", "mel", "waveform", "tokens"):
        assert document[question]["available"] is True


def test_unmatched_tensors_are_listed_by_stored_name_with_a_reason():
    run = runs.healthy_run()
    extra = {**run, "left_over": run["step6_mu"][:, :3, :7].copy()}
    document = build_document(compare_traces(runs.trace(extra), runs.trace(run)))
    assert document["unmatched"] == {"reference": ["left_over"], "candidate": []}
    assert document["unmatched_reasons"]["reference"]["left_over"]


def test_the_document_is_strict_json_and_repeats(differing):
    text = dumps(build_document(differing))
    json.loads(text, parse_constant=lambda word: 1 / 0)
    assert dumps(build_document(differing)) == text


def test_equal_runs_give_zero_in_every_error(agreeing):
    for pair in build_document(agreeing)["pairs"]:
        metrics = pair["metrics"]
        assert metrics["max_abs"] == metrics["mean_abs"] == metrics["rmse"] == 0
        assert metrics["allclose_fraction"] == 1


def test_a_pair_that_cannot_be_compared_has_an_empty_object_of_metrics():
    run = runs.healthy_run()
    other = {**run, "step6_mu": run["step6_mu"][:, :7, :9].copy()}
    document = build_document(compare_traces(runs.trace(run), runs.trace(other)))
    pair = next(p for p in document["pairs"] if p["reference"] == "step6_mu")
    assert (pair["status"], pair["metrics"]) == ("not_comparable", {})
    assert pair["reason"]
