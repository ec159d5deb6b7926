from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import same_color

from inspector.analysis.tokens import compare_tokens
from inspector.figures.style import DARK, LIGHT, render_png
from inspector.figures.tokens import draw_tokens

REFERENCE = np.arange(100, 160)
CANDIDATE = REFERENCE[:50].copy()
CANDIDATE[[30, 40]] += 1000


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_differences_and_extra_tokens_are_marked(theme):
    figure = draw_tokens(compare_tokens(REFERENCE, CANDIDATE, "speech tokens"), theme=theme)
    image = figure.axes[0].images[0]
    marks = np.ma.filled(image.get_array(), np.nan)
    assert marks.shape == (2, 60)
    assert np.flatnonzero(marks[0] == 1).tolist() == [30, 40]
    assert np.flatnonzero(marks[1] == 1).tolist() == [30, 40]
    assert np.flatnonzero(marks[0] == 2).tolist() == list(range(50, 60))
    assert np.isnan(marks[1, 50:]).all()
    assert same_color(image.cmap(image.norm(1)), theme.fail)
    assert same_color(image.cmap(image.norm(2)), theme.note)
    assert same_color(image.cmap(image.norm(0)), theme.grid)
    assert render_png(figure, 50).startswith(b"\x89PNG")


def test_values_are_written_around_the_first_difference():
    figure = draw_tokens(compare_tokens(REFERENCE, CANDIDATE))
    written = {
        (t.get_position()[0], t.get_position()[1]): t.get_text() for t in figure.axes[1].texts
    }
    assert written[(30, 0)] == "130" and written[(30, 1)] == "1130"
    assert min(p for p, _ in written) <= 30 <= max(p for p, _ in written)
    assert "first difference at place 30" in figure.axes[0].get_title(loc="left")
    assert figure.axes[0].get_xlabel() == "place (counted from 0)"


def test_the_values_at_the_end_are_those_of_the_longer_side():
    figure = draw_tokens(compare_tokens(REFERENCE[:50], REFERENCE))
    texts = {t.get_position(): t.get_text() for t in figure.axes[1].texts}
    assert texts[(52, 1)] == "152" and (52, 0) not in texts
    assert "the first 50 equal" in figure.axes[0].get_title(loc="left")


def test_names_are_drawn_without_mathtext():
    title = draw_tokens(compare_tokens(REFERENCE, REFERENCE, "$x$")).axes[0].get_title(loc="left")
    assert title.startswith(r"\$x\$") and "all equal" in title


@pytest.mark.parametrize(
    ("left", "right"), [(np.zeros(0), np.zeros(0)), (np.zeros((2, 3, 4)), np.arange(4))]
)
def test_nothing_to_draw_is_said(left, right):
    figure = draw_tokens(compare_tokens(left, right, "speech tokens"))
    assert figure.axes[0].texts[0].get_text().startswith("speech tokens")


@pytest.mark.parametrize("count", [1, 2, 5000])
def test_any_length_can_be_drawn(count):
    render_png(draw_tokens(compare_tokens(np.arange(count), np.arange(count)[::-1])), 40)
