"""The findings view shows every claim and every blind spot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.diagnose.claim import HARMLESS, SUBJECTS, Claim
from inspector.diagnose.comparison import compare_traces
from inspector.views import findings
from tests import runs
from tests.views.panels import check_panel


def test_claims_and_blind_spots_are_tables(unhealthy):
    panel = findings.VIEW.build(unhealthy)
    claims, spots = panel.tables
    verdict = unhealthy.verdict
    telling = [c for c in verdict.claims if c.subject not in HARMLESS]
    assert [row[3] for row in claims.rows] == [c.sentence for c in telling]
    assert [row[0] for row in claims.rows] == list(range(1, len(telling) + 1))
    assert any(verdict.next_step in line.text for line in panel.lines)
    assert [row[0] for row in spots.rows] == [s.sentence for s in verdict.blind_spots]
    assert all(row[2] for row in spots.rows)


def test_the_view_is_a_panel(differing):
    check_panel(findings.VIEW, differing)


def test_a_comparison_without_claims_says_so():
    run = runs.healthy_run()
    panel = findings.VIEW.build(compare_traces(runs.trace(run, "a"), runs.trace(run, "b")))
    assert panel.lines[0].status == "ok"
    assert "Nothing" in panel.lines[0].text


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_can_be_shown(differing, subject):
    claim = Claim(subject, "Something.", ("a number",), "certain", records=("WK02", "R7"))
    verdict = replace(differing.verdict, claims=(claim,))
    panel = findings.VIEW.build(replace(differing, verdict=verdict))
    (row,) = panel.tables[0].rows
    assert row[3] == "Something."
    evidence = row[4].splitlines()
    assert evidence[0] == "a number"
    assert evidence[1].startswith("resembles: ") and evidence[1].endswith("(WK02)")
    assert len(evidence) == 2


def test_what_was_only_guessed_is_no_good_news(differing):
    counts = {**differing.verdict.counts, "guessed": 2}
    verdict = replace(differing.verdict, claims=(), counts=counts)
    first = findings.VIEW.build(replace(differing, verdict=verdict)).lines[0]
    assert (first.status, first.text.split(":")[0]) == ("none", "Nothing is claimed")
