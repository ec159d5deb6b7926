"""The match view shows what has no counterpart first, then every assumption."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.comparison import compare_traces
from inspector.views import match
from tests import runs
from tests.views.panels import check_panel


def test_every_pair_is_listed_with_its_rule_and_layout(differing):
    panel = check_panel(match.VIEW, differing)
    pairs = panel.tables[-1]
    assert len(pairs.rows) == len(differing.tensors)
    assert panel.lines[0].status == "ok"


def test_what_has_no_counterpart_comes_first_with_its_reason():
    run = runs.healthy_run()
    extra = {**run, "left_over": np.ones((3, 7), np.float32)}
    panel = match.VIEW.build(compare_traces(runs.trace(extra), runs.trace(run)))
    table = panel.tables[0]
    assert table.title == "Without counterpart"
    assert table.rows[0][:3] == ("reference", "left_over", "3x7")
    assert table.rows[0][3]
    assert panel.lines[0].status == "note"
