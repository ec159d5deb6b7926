"""The health view shows its figures, or the reason why there is nothing to show."""

from __future__ import annotations

from inspector.views import health
from tests.views.panels import check_panel


def test_the_view_draws_every_figure_it_lists(differing):
    check_panel(health.VIEW, differing)


def test_failures_come_first_and_name_their_side(unhealthy):
    lines = health.VIEW.build(unhealthy).lines
    candidate = [line for line in lines if line.text.startswith("Candidate: ")]
    assert candidate[0].status == "fail"
    assert not [x for x in lines if x.text.startswith("Reference: ") and x.status == "fail"]
