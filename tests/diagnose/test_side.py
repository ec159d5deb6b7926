"""Examining one side needs no other side."""

from __future__ import annotations

from inspector.diagnose.side import examine
from tests import runs


def test_a_side_knows_its_roles_order_and_health():
    run = runs.healthy_run()
    side = examine(runs.trace(run, "folder/of/run"))
    assert side.label == "run"
    assert sorted(side.order) == sorted(run)
    assert len(side.roles.trajectory.steps) == runs.STEPS
    assert not side.health.failures()
