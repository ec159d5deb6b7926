"""The ode view shows its figures, or the reason why there is nothing to show."""

from __future__ import annotations

from inspector.views import ode
from tests.runs import STEPS
from tests.views.panels import check_panel


def test_the_view_draws_every_figure_it_lists(differing):
    check_panel(ode.VIEW, differing)


def test_every_recorded_step_is_a_row_of_both_tables(differing):
    panel = ode.VIEW.build(differing)
    assert [len(t.rows) for t in panel.tables] == [STEPS, STEPS]
    assert panel.tables[0].rows[0][0] == 1


def test_without_steps_the_reason_is_shown(bare_comparison):
    assert "ODE steps" in ode.VIEW.build(bare_comparison).reason
