"""A report says what is left, and becomes strict JSON."""

from __future__ import annotations

from inspector.diagnose.form.report import Form, FormReport
from inspector.report.strict_json import dumps


def _form(residual, **changes):
    return Form("gain", "Gain", "Twice.", residual, 0.5, 1.0, **changes)


def test_what_is_left_is_a_clause():
    assert _form(0.0).leaves == "leaves exactly 0 of 0.5"
    assert _form(0.01).leaves == "leaves 0.01 of 0.5"
    assert _form(None).leaves == "undoes nothing"


def test_the_best_form_speaks_unless_it_explains_too_little():
    report = FormReport((_form(0.0), _form(0.1)), 0.5)
    assert report.best is report.ranked[0]
    assert report.sentence == "Twice."
    assert FormReport((_form(0.3),), 0.5, "Nothing simple.").sentence == "Nothing simple."
    place = FormReport((_form(0.0, kind="place"),), 0.5, "Nothing simple.")
    assert place.sentence == "Twice."
    assert FormReport((), 0.5, "Nothing simple.").best is None


def test_the_json_holds_every_number():
    report = FormReport((_form(0.25, evidence={"gain": 2.0}, records=("VO01",)),), 0.5)
    found = report.to_dict()
    assert found["ranked"][0]["evidence"] == {"gain": 2.0}
    assert found["ranked"][0]["residual"] == 0.25
    dumps(found)
