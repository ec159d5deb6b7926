"""One look: themes, escaping and rendering."""

from __future__ import annotations

import pytest

from inspector.figures.style import THEMES, new_figure, plain, render_png


@pytest.mark.parametrize("name", [r"w$\frac{$", "a$b$c", "\ud800", "x\ny", r"\$", "ok"])
def test_untrusted_titles_never_reach_mathtext(name):
    figure, (axis,) = new_figure(width=2, height=1)
    axis.set_title(plain(name))
    assert render_png(figure, dpi=30).startswith(b"\x89PNG")


def test_themes_differ_in_background_and_keep_blue_and_orange():
    light, dark = THEMES["light"], THEMES["dark"]
    assert light.background != dark.background
    for theme in (light, dark):
        assert int(theme.reference[5:7], 16) > int(theme.reference[1:3], 16), "reference is blue"
        assert int(theme.candidate[1:3], 16) > int(theme.candidate[5:7], 16), "candidate is orange"


def test_a_grid_of_axes_comes_row_by_row():
    figure, axes = new_figure(2, 3, width=6, height=4, share_x=True, height_ratios=[1, 2])
    assert len(axes) == 6
    assert figure.get_size_inches().tolist() == [6, 4]
    assert not axes[0].spines["top"].get_visible()
