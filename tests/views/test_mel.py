"""The mel view shows its figures, or the reason why there is nothing to show."""

from __future__ import annotations

from inspector.views import mel
from tests.views.panels import check_panel


def test_the_view_draws_every_figure_it_lists(differing):
    check_panel(mel.VIEW, differing)


def test_without_a_mel_the_reason_is_shown(bare_comparison):
    assert "mel" in mel.VIEW.build(bare_comparison).reason
