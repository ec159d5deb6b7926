"""The findings view shows every claim and every blind spot."""

from __future__ import annotations

from inspector.diagnose.comparison import compare_traces
from inspector.views import findings
from tests import runs
from tests.views.panels import check_panel


def test_claims_and_blind_spots_are_tables(unhealthy):
    panel = findings.VIEW.build(unhealthy)
    claims, spots = panel.tables
    verdict = unhealthy.verdict
    assert [row[3] for row in claims.rows] == [c.sentence for c in verdict.claims]
    assert [row[0] for row in claims.rows] == list(range(1, len(verdict.claims) + 1))
    assert [row[0] for row in spots.rows] == [s.sentence for s in verdict.blind_spots]
    assert all(row[2] for row in spots.rows)


def test_the_view_is_a_panel(differing):
    check_panel(findings.VIEW, differing)


def test_a_comparison_without_claims_says_so():
    run = runs.healthy_run()
    panel = findings.VIEW.build(compare_traces(runs.trace(run, "a"), runs.trace(run, "b")))
    assert panel.lines[0].status == "ok"
    assert "Nothing" in panel.lines[0].text
