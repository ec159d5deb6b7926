"""What every panel must satisfy."""

from __future__ import annotations

import re

from inspector.diagnose.comparison import Comparison
from inspector.figures.style import DARK, LIGHT
from inspector.views.panel import Panel, View


def check_panel(view: View, comparison: Comparison) -> Panel:
    """Build the panel, draw all of its figures in both themes, and return it."""
    panel = view.build(comparison)
    assert not panel.reason
    assert panel.lines or panel.tables
    for line in panel.lines:
        assert line.status in ("ok", "note", "fail", "none")
        assert line.text.strip()
    names = [f.name for f in panel.figures]
    assert len(set(names)) == len(names)
    for spec in panel.figures:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", spec.name)
        assert spec.title
        assert spec.alt
        for theme in (LIGHT, DARK):
            figure = spec.draw(theme)
            titled = [a for a in figure.axes if a.get_title() or a.get_ylabel() or a.texts]
            assert titled, f"{spec.name} has no title, label or text"
    for table in panel.tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
    return panel
