"""``api.selftest``."""

from __future__ import annotations

import json

import pytest

from inspector import api
from inspector.errors import UsageError
from inspector.suite import decoders


def test_a_few_cases_make_a_report(tmp_path):
    report = api.selftest(only="healthy.*level ode", cases=2, workers=1, json=tmp_path / "r.json")
    assert report.planned == len(report.results) == 2
    assert "2 of 2 cases" in api.selftest_text(report)
    written = json.loads((tmp_path / "r.json").read_text())
    assert written == json.loads(api.selftest_json(report))
    assert [case["error"] for case in written["cases"]] == ["", ""]


def test_a_missing_demo_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(decoders, "DEMO", tmp_path)
    report = api.selftest(only="healthy.*small decoder, level ode", cases=1, workers=1)
    assert "demo decoder is not installed" in api.selftest_text(report)


@pytest.mark.parametrize("options", [{"workers": 0}, {"cases": 0}, {"level": "all"}, {"only": "("}])
def test_bad_options_are_sentences(options):
    with pytest.raises(UsageError):
        api.selftest(**options)
