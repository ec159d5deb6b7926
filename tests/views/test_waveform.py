"""The waveform view shows its figures, or the reason why there is nothing to show."""

from __future__ import annotations

from inspector.views import waveform
from tests.views.panels import check_panel


def test_the_view_draws_every_figure_it_lists(differing):
    check_panel(waveform.VIEW, differing)


def test_without_its_tensors_the_reason_is_shown(bare_comparison):
    assert waveform.VIEW.build(bare_comparison).reason.endswith(".")
