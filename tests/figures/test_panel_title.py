from __future__ import annotations

import pytest
from matplotlib.colors import same_color

from inspector.figures.panel_title import set_panel_title
from inspector.figures.style import DARK, LIGHT, new_figure


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_left_title_has_the_colour_of_the_theme(theme):
    _, (axis,) = new_figure(theme=theme)
    set_panel_title(axis, "reference", theme)
    assert axis.get_title(loc="left") == "reference"
    (title,) = [t for t in axis.findobj() if getattr(t, "get_text", str)() == "reference"]
    assert same_color(title.get_color(), theme.text)
