"""Panels are plain frozen values."""

from __future__ import annotations

import dataclasses

import pytest

from inspector.views.panel import Line, Panel


def test_a_panel_cannot_be_changed_after_it_was_built():
    panel = Panel(lines=(Line("ok", "Fine."),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        panel.reason = "other"
    assert panel.figures == ()
