"""A culprit search in words and as JSON."""

from __future__ import annotations

import json

from inspector.diagnose.conclusion import conclude
from inspector.live.introduced import IntroducedMap
from inspector.report.culprit import culprit_document, render_culprit
from inspector.report.strict_json import dumps
from tests.diagnose.searches import cell_of, suspect_of


def report_of(cells=(), suspects=(), unexplained=(), **values):
    given = {"log": ("looked",), "seconds": 1.25, "complete": True, **values}
    return conclude(IntroducedMap(tuple(cells)), tuple(suspects), tuple(unexplained), (), **given)


def test_a_finding_with_its_numbers():
    text = render_culprit(report_of([cell_of()], [suspect_of(sentence="It is flipped.")]))
    assert text.startswith("FOUND: Found: kernel flipped.\n")
    assert "tested     1 recorded values" in text
    assert " 1.      Kernel flipped  [kernel_flipped]" in text
    assert "It is flipped." in text
    assert "explained 100 %, residual 1.0e-07, noise floor 1.0e-07, margin 1e+05, exact" in text
    assert "searched   1.2 s" in text
    assert "looked" not in text


def test_controls_are_marked_and_healthy():
    control = suspect_of("other_noise", kind="control", title="Other noise")
    text = render_culprit(report_of([cell_of(verdict="noise")], [control]))
    assert text.startswith("HEALTHY: Healthy apart from: other noise.")
    assert " 1. note Other noise" in text


def test_what_stays_unexplained_is_listed():
    text = render_culprit(report_of([cell_of()], (), ["mid_blocks.0.0"], complete=False))
    assert text.startswith("NOT EXPLAINED: No known mistake explains the error before the time")
    assert "unexplained mid_blocks.0.0, step 2: introduces 1.0e-01 (rounding 1.0e-07)" in text
    assert "the budget ran out first" in text


def test_nothing_tested_and_more_words():
    assert render_culprit(report_of()).startswith("NOT TESTED: Nothing could be tested")
    verbose = render_culprit(report_of([cell_of()], [suspect_of()]), verbose=True)
    assert "  looked" in verbose
    assert "step  2 mid_blocks.0.0: introduced 1.00e-01" in verbose


def test_hostile_names_are_shown_as_text():
    text = render_culprit(report_of([cell_of()], [suspect_of(title="a\x1b[31m", sentence="b\r")]))
    assert "\x1b" not in text
    assert "\r" not in text


def test_the_document_holds_what_it_promises():
    document = json.loads(dumps(culprit_document(report_of([cell_of()], [suspect_of()]))))
    assert set(document["suspects"][0]) >= {
        "fault", "slot", "where", "scope", "explained", "residual", "noise_floor", "sentence"
    }  # fmt: skip
    assert document["healthy"] is False
    assert document["introduced"]["cells"][0]["node"] == "mid_blocks.0.0"
