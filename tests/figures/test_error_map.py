"""The drawn error map holds the numbers of the map."""

from __future__ import annotations

import numpy as np

from inspector.analysis.error_map import build_error_map
from inspector.figures.error_map import HIGHEST_LOG10, LOWEST_LOG10, draw_error_map
from inspector.figures.style import DARK


def test_the_image_holds_the_errors_and_the_axes_say_what_they_are(differing):
    grid = build_error_map(differing.tensors)
    figure = draw_error_map(grid, theme=DARK)
    axis = figure.axes[0]
    image = axis.images[0]
    np.testing.assert_allclose(
        np.ma.filled(image.get_array(), np.nan), grid.log10_error, equal_nan=True
    )
    assert image.get_clim() == (LOWEST_LOG10, HIGHEST_LOG10)
    assert axis.get_xlabel() == "ODE step"
    assert [t.get_text() for t in axis.get_xticklabels()] == [str(s) for s in grid.steps]
    assert "log10" in figure.axes[1].get_ylabel()
    assert figure.get_facecolor()[:3] != (1, 1, 1)
