"""The sign view shows its figures, or the reason why there is nothing to show."""

from __future__ import annotations

from inspector.views import sign
from tests.views.panels import check_panel


def test_the_view_draws_every_figure_it_lists(differing):
    check_panel(sign.VIEW, differing)


def test_without_pairs_the_reason_is_shown(empty_comparison):
    assert "no signs" in sign.VIEW.build(empty_comparison).reason
