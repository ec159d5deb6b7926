"""The tensor view shows the error map and the first tensors that differ."""

from __future__ import annotations

from inspector.views import tensor
from tests.views.panels import check_panel


def test_the_view_draws_every_figure_it_lists(differing):
    panel = check_panel(tensor.VIEW, differing)
    assert panel.figures[0].name == "error_map"
    assert panel.figures[1].title == "step7_step3_dxdt_cond"
    assert len(panel.figures) <= 1 + tensor.MOST_FIGURES


def test_agreeing_tensors_need_only_the_map(agreeing):
    panel = tensor.VIEW.build(agreeing)
    assert [f.name for f in panel.figures] == ["error_map"]
    assert panel.lines[0].status == "ok"


def test_nothing_paired_is_a_reason(empty_comparison):
    assert tensor.VIEW.build(empty_comparison).reason
