from __future__ import annotations

import pytest

from inspector.figures.notice import draw_notice
from inspector.figures.style import DARK, LIGHT, render_png


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_sentence_is_drawn_as_plain_text(theme):
    figure = draw_notice(r"No audio: $\frac{1}{0}$ <b>x</b>.", theme=theme)
    (text,) = figure.axes[0].texts
    assert r"\$" in text.get_text() and "<b>x</b>" in text.get_text()
    assert not figure.axes[0].axison
    assert render_png(figure, 50).startswith(b"\x89PNG")


def test_a_long_sentence_is_wrapped():
    figure = draw_notice("word " * 60)
    lines = figure.axes[0].texts[0].get_text().split("\n")
    assert len(lines) > 2 and max(map(len, lines)) <= 90
