"""One claim, and the words that claims share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.diagnose.claim import Claim, how, lowered, nearest, numbers
from inspector.diagnose.form import Form, FormReport


def form(key="lag", confidence="certain", explained=1.0):
    return Form(
        key, "Late", "Everything comes late.", 0.1, 1.0, explained, confidence=confidence,
        records=("AL06",),
    )  # fmt: skip


def forms(differing, report):
    row = differing.verdict.first_divergence.row
    one = differing.tensors[row]
    return one, {one.pair.reference.name: report}


def test_lowered_keeps_abbreviations():
    assert lowered("CFG rate") == "CFG rate"
    assert lowered("Frozen frames") == "frozen frames"


def test_recorded_bugs_are_said_in_words_and_recipes_left_out():
    claim = Claim("block", "x", (), "certain", records=("WK02", "R3"))
    (text,) = claim.resembles
    assert text.endswith("(WK02)") and len(text) > 30
    assert claim.to_dict()["resembles"] == [text]


def test_a_form_is_said_as_surely_as_it_is_known(differing):
    one, known = forms(differing, FormReport((form(),), 1.0))
    assert how(one, known) == (" Everything comes late.", ("AL06",))
    one, known = forms(differing, FormReport((form(confidence="possible"),), 1.0))
    assert how(one, known) == (" Perhaps: everything comes late.", ())
    assert how(one, {}) == ("", ())


def test_where_an_error_sits_is_said_only_when_it_is_a_place(differing):
    report = FormReport((), 1.0, "No simple change; it is in one row.", located=True)
    one, known = forms(differing, report)
    assert how(one, known)[0] == " No simple change; it is in one row."
    one, known = forms(differing, replace(report, located=False))
    assert how(one, known)[0] == ""


@pytest.mark.parametrize(
    ("key", "explained", "said"),
    [("lag", 0.6, True), ("lag", 0.1, False), ("gain", 0.6, False)],
)
def test_the_nearest_form_is_named_when_it_hints_at_a_cause(differing, key, explained, said):
    report = FormReport((form(key, "possible", explained),), 1.0, "No simple change.")
    one, known = forms(differing, report)
    assert bool(nearest(one, known)) is said


def test_identifiers_are_counted_and_not_measured(differing):
    one = differing.tensors[differing.verdict.first_divergence.row]
    assert "relative L2" in numbers(one)
    exact = replace(one, tolerance=replace(one.tolerance, rtol=0.0, atol=0.0))
    assert numbers(exact).endswith(" values differ")
    assert "relative" not in numbers(exact)
