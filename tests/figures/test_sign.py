"""What the sign figure contains."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from inspector.analysis.sign import SignComparison, SignRow
from inspector.figures.sign import draw_sign
from inspector.figures.style import DARK, LIGHT, Theme, render_png


def _row(place: int, name: str, step: int | None, r: float, c: float, a: float | None) -> SignRow:
    return SignRow(place, name, name, step, "x_after" if step else "mel", r, c, a)


def _result(count: int = 10) -> SignComparison:
    rows = tuple(
        _row(i, f"step{i + 1}_x", i + 1, 50 - 5 * i, 50 - i, 1 - i / 40) for i in range(count)
    )
    return SignComparison(rows, rows, rows[-1], rows[2], 0, "Signs.")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_it_renders_with_titles_units_and_legends(theme: Theme) -> None:
    figure = draw_sign(_result(), theme=theme)
    assert render_png(figure, 60)[:4] == b"\x89PNG"
    for axis in figure.axes:
        assert axis.get_title("left") and "(%)" in axis.get_ylabel()
        assert axis.get_legend() is not None


def test_both_sides_are_drawn_per_step_in_their_colours() -> None:
    result = _result()
    upper = draw_sign(result).axes[0]
    for place, colour in ((0, LIGHT.reference), (1, LIGHT.candidate)):
        line = upper.lines[place]
        np.testing.assert_array_equal(line.get_xdata(), range(1, 11))
        assert to_hex(line.get_color()) == colour
    np.testing.assert_allclose(upper.lines[1].get_ydata(), [50 - i for i in range(10)])
    assert upper.get_xlabel() == "ODE step"


def test_agreement_is_drawn_for_every_tensor_and_the_worst_is_named() -> None:
    lower = draw_sign(_result()).axes[1]
    np.testing.assert_allclose(lower.lines[0].get_ydata(), [100 - 2.5 * i for i in range(10)])
    assert lower.lines[1].get_label() == "lowest: step10_x, 77.50 %"


def test_without_steps_the_tensors_themselves_are_shown() -> None:
    rows = (_row(0, "mel$_x^2$", None, 10, 40, 0.5), _row(1, "mu", None, 50, 50, None))
    figure = draw_sign(SignComparison(rows, (), rows[0], rows[0], 0, "Signs."))
    labels = [t.get_text() for t in figure.axes[0].get_xticklabels()]
    assert labels == [r"mel\$_x^2\$", "mu"]
    assert render_png(figure, 50)


def test_undefined_agreement_is_said() -> None:
    rows = (_row(0, "a", None, 10, 40, None),)
    figure = draw_sign(SignComparison(rows, (), None, None, 0, "Signs."))
    assert "undefined" in figure.axes[1].texts[0].get_text()


def test_no_rows_give_the_sentence() -> None:
    figure = draw_sign(SignComparison((), (), None, None, 3, "No pair of tensors has signs."))
    assert "No pair of tensors has signs." in figure.axes[0].texts[0].get_text()
